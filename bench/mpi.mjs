// How much of its speed training keeps when a machine's cores are divided among ranks, as Markdown:
// npm run bench:mpi -- [--steps N] [--rounds N]. One process of all cores, and a rank of one thread for each of two cores, take turns.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openText, prepareData, tokenizerFor } from 'tsgpt';
import { median } from '#dist/base/median.js';
import { readLog } from '#dist/run/log.js';
import { note, table, whole } from './side-by-side.mjs';

const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const MPIRUN = '--allow-run-as-root --bind-to none --oversubscribe -n'.split(' ');
const RANKS = 2;

/** Two batches a step: one for each rank. @type {Record<string, string[]>} */
const CONFIGURATIONS = {
  'gpt-char': words(
    '--layers 6 --heads 6 --width 384 --context 256 --batch-size 4 --total-batch-tokens 2048',
  ),
  gpt2: words('--layers 12 --heads 12 --width 768 --context 256 --batch-size 2 --total-batch-tokens 1024'),
};

async function main() {
  const { values } = parseArgs({
    options: { steps: { type: 'string', default: '6' }, rounds: { type: 'string', default: '3' } },
  });
  const [steps, rounds] = [whole('steps', values.steps), whole('rounds', values.rounds)];
  const folder = mkdtempSync(join(tmpdir(), 'tsgpt-mpi-'));
  try {
    const data = join(folder, 'data');
    const source = await openText(['builtin:stories'], { stories: 2000 });
    const tokenizer = await tokenizerFor('char', source, {});
    await prepareData({ source, tokenizer, out: data, valFraction: 0.1, seed: 1 });
    const rows = Object.entries(CONFIGURATIONS).map(([name, sizes]) => {
      /** @param {number} ranks */
      const measure = (ranks) =>
        speedOf(join(folder, 'run'), ranks, [...sizes, '--data', data, '--max-steps', `${steps}`]);
      const pairs = Array.from({ length: rounds }, () => [measure(RANKS), measure(1)]); // in turns
      note(name);
      const [together, alone] = [0, 1].map((i) => median(pairs.map((pair) => pair[i] ?? 0)));
      const ratio = median(pairs.map(([a = 0, b = 1]) => a / b));
      return [name, `${alone?.toFixed(0)}`, `${together?.toFixed(0)}`, ratio.toFixed(3)];
    });
    const heads = `configuration, one process of ${RANKS} threads, ${RANKS} ranks of one, ratio`;
    const machine = `Tokens a second in fp32; ${cpus()[0]?.model.trim()}.`;
    console.log([...table(heads, rows), '', machine].join('\n'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Tokens a second in the median step. @param {string} out @param {number} ranks @param {string[]} settings */
function speedOf(out, ranks, settings) {
  const train = [
    'train',
    '--out',
    out,
    '--threads',
    `${RANKS / ranks}`,
    '--backend',
    'native',
    '--precision',
    'fp32',
  ];
  const never = words('--dropout 0 --eval-tokens 1000 --eval-interval 100000 --checkpoint-interval 100000');
  const program = [process.execPath, PROGRAM, ...train, ...never, ...settings];
  const started = ranks > 1 ? ['mpirun', ...MPIRUN, `${ranks}`, ...program] : program;
  const { status, stderr } = spawnSync(/** @type {string} */ (started[0]), started.slice(1), {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const speeds = readLog(out).flatMap((entry) => ('tokensPerSecond' in entry ? [entry.tokensPerSecond] : []));
  rmSync(out, { recursive: true });
  return median(speeds.slice(2)); // the first ones warm up
}

/** @param {string} line */
function words(line) {
  return line.split(' ');
}

await main();
