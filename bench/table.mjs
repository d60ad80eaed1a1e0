// Speed of training beside PyTorch's and tfjs's own, as Markdown tables: npm run bench -- [configuration …] [--runs N] [--json]
// Each is measured in a process of its own, never two at once, all in turn (A B C, A B C, …); shown are medians over the runs.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { formatBytes, formatCount } from '../dist/base/format.js';
import { median } from '../dist/base/median.js';
import { BENCHMARKS, benchmarkNamed } from '../dist/benchmark/configs.js';
import { contendersFor, measureOnce, python } from './contenders.mjs';

const OPTIONS = { runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } };
const NUMBERS = ['msPerStep', 'tokensPerSecond', 'gflopsPerSecond', 'peakMemoryBytes'];

function main() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`expected --runs 1 or more, but got ${values.runs}`);
  const configs = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
  for (const config of configs) benchmarkNamed(config);
  if (python === undefined)
    note('no Python with PyTorch was found ($PYTHON, python3, /usr/bin/python3): left out');
  const results = configs.flatMap((config) => compare(config, runs));
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} threads, Node ${process.versions.node}`;
  console.log(
    values.json ? JSON.stringify({ machine, runs, results }) : asMarkdown(machine, runs, configs, results),
  );
}

/** One result for each contender that could run. */
function compare(config, runs) {
  const measured = new Map(contendersFor(config).map((contender) => [contender, []]));
  for (let run = 1; run <= runs; run++) {
    for (const [contender, results] of measured) {
      if (contender.slow && run > 1) continue;
      const { result, error } = measureOnce(contender, config);
      const said = result ? `${formatCount(result.tokensPerSecond)} tokens/s` : `left out: ${error}`;
      note(`${config} · run ${run}/${runs} · ${contender.name} · ${said}`);
      if (result) results.push(result);
      else measured.delete(contender);
    }
  }
  return [...measured].map(([{ side }, results]) => ({ ...results[0], side, ...medians(results) }));
}

function medians(results) {
  const present = NUMBERS.filter((key) => key in results[0]);
  const middle = present.map((key) => [key, median(results.map((result) => result[key]))]);
  return { ...Object.fromEntries(middle), runs: results.map(({ tokensPerSecond }) => tokensPerSecond) };
}

function asMarkdown(machine, runs, configs, results) {
  const best = (config, side) =>
    results
      .filter((result) => result.config === config && result.side === side)
      .sort((a, b) => b.tokensPerSecond - a.tokensPerSecond)[0];
  const speed = configs.map((config) => {
    const rate = (side) => best(config, side)?.tokensPerSecond;
    const pair = (precision) => {
      const [native, pytorch] = [rate(`native ${precision}`), rate(`PyTorch ${precision}`)];
      return [shown(native), shown(pytorch), shown(native / pytorch, (x) => `${x.toFixed(2)} ×`)];
    };
    return [config, ...pair('fp32'), ...pair('bf16'), shown(rate('plain')), shown(rate('tfjs'))];
  });
  const cost = configs.map((config) => [
    config,
    ...['native fp32', 'native bf16'].map((side) => shown(best(config, side)?.gflopsPerSecond)),
    ...['native fp32', 'PyTorch fp32', 'native bf16', 'PyTorch bf16'].map((side) =>
      shown(best(config, side)?.peakMemoryBytes, formatBytes),
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
    'GFLOP/s of the native engine, and the most memory each process had in use:',
    '',
    ...table('configuration, fp32, bf16, native fp32, PyTorch fp32, native bf16, PyTorch bf16', cost),
  ].join('\n');
}

/** A dash for what was not measured. */
function shown(value, format = formatCount) {
  return Number.isFinite(value) ? format(value) : '–';
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const head = heads.split(', ');
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)];
}

function note(text) {
  process.stderr.write(`${text}\n`);
}

try {
  main();
} catch (error) {
  note(`error: ${error.message}${error.hint ? `\n  → ${error.hint}` : ''}`);
  process.exitCode = 2;
}
