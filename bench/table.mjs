// Speed of training on the CPU beside PyTorch's and tfjs's own, as Markdown tables:
// npm run bench -- [configuration …] [--runs N] [--json]
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { formatBytes } from '#dist/base/format.js';
import { BENCHMARKS, benchmarkNamed } from '#dist/benchmark/configs.js';
import { contendersOnCpu } from './contenders.mjs';
import { best, compare, note, over, shown, table, times, told, whole } from './side-by-side.mjs';

/** @import { Summary } from './types.ts' */

const OPTIONS = /** @type {const} */ ({
  runs: { type: 'string', default: '3' },
  json: { type: 'boolean', default: false },
});
const TOO_LARGE = 'gpt2-1024'; // a minute a step, and 20 GB in a PyTorch that keeps T × T

function main() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const runs = whole('runs', values.runs);
  const usual = Object.keys(BENCHMARKS).filter((config) => config !== TOO_LARGE);
  const configs = positionals.length > 0 ? positionals : usual;
  for (const config of configs) benchmarkNamed(config);
  const contenders = contendersOnCpu();
  if (!contenders.some(({ side }) => side.startsWith('PyTorch')))
    note('no Python with PyTorch was found ($PYTHON, python3, /usr/bin/python3): left out');
  const results = configs.flatMap((config) => compare(config, contenders, runs));
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} threads, Node ${process.versions.node}`;
  console.log(
    values.json ? JSON.stringify({ machine, runs, results }) : asMarkdown(machine, runs, configs, results),
  );
}

/**
 * @param {string} machine
 * @param {number} runs
 * @param {readonly string[]} configs
 * @param {readonly Summary[]} results
 */
function asMarkdown(machine, runs, configs, results) {
  const speed = configs.map((config) => {
    const rate = (/** @type {string} */ side) => best(results, config, side)?.tokensPerSecond;
    const pair = (/** @type {string} */ precision) => {
      const [native, pytorch] = [rate(`native ${precision}`), rate(`PyTorch ${precision}`)];
      const how = best(results, config, `PyTorch ${precision}`)?.compiled ? ' c' : '';
      return [shown(native), shown(pytorch) + how, shown(over(native, pytorch), times)];
    };
    return [config, ...pair('fp32'), ...pair('bf16'), shown(rate('plain')), shown(rate('tfjs'))];
  });
  const cost = configs.map((config) => [
    config,
    ...['native fp32', 'native bf16'].map((side) => shown(best(results, config, side)?.gflopsPerSecond)),
    ...['native fp32', 'PyTorch fp32', 'native bf16', 'PyTorch bf16'].map((side) =>
      shown(best(results, config, side)?.peakMemoryBytes, formatBytes),
    ),
  ]);
  return [
    `Tokens a second in training, medians of ${runs} runs in turn, of one for plain and tfjs (${machine}):`,
    '',
    ...table(
      'configuration, native fp32, PyTorch fp32, ratio, native bf16, PyTorch bf16, ratio, plain, tfjs',
      speed,
    ),
    '',
    'PyTorch is at its best of eager with one thread and with all, and compiled (c).',
    '',
    'GFLOP/s of the native engine, and the most memory each process had in use:',
    '',
    ...table('configuration, fp32, bf16, native fp32, PyTorch fp32, native bf16, PyTorch bf16', cost),
  ].join('\n');
}

await told(main);
