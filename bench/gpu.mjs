// Speed of training on a GPU beside PyTorch's and tfjs's own on the same card, and where the time goes: all the tables of
// docs/gpu.md, as Markdown: npm run bench:gpu -- [configuration …] [--quick] [--minutes N] [--steps N] [--runs N] [--compile] [--results FILE]
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatBytes, formatFlops, formatShare } from '#dist/base/format.js';
import { BENCHMARKS, benchmarkNamed } from '#dist/benchmark/configs.js';
import { contendersOnGpu, jsonOf } from './contenders.mjs';
import { measureProducts, productTables } from './matmul/tables.mjs';
import { best, compare, note, over, shown, table, times, told, whole } from './side-by-side.mjs';

/**
 * @import { Contender, Products, Profile, Summary } from './types.ts'
 *
 * @typedef {object} Report all that was measured
 * @property {{ card: string[], dawn: string, node: string }} machine
 * @property {string} date
 * @property {readonly string[]} configs
 * @property {number} runs
 * @property {Summary[]} results
 * @property {Products} products
 * @property {Profile[]} profiles
 */

const OPTIONS = /** @type {const} */ ({
  quick: { type: 'boolean', default: false },
  minutes: { type: 'string', default: '60' },
  steps: { type: 'string' },
  runs: { type: 'string', default: '1' },
  compile: { type: 'boolean', default: false },
  results: { type: 'string' },
});
/** The most time that a contender is given. */
const SECONDS = { usual: 300, quick: 60 };
/** Seconds that tfjs's own kernels, which take longest, leave for what is measured after them. */
const KEPT = 90;
/** @type {Record<string, number>} */
const QUICK_STEPS = { gpt2: 50, 'gpt2-1024': 20 };
/** The configurations whose products and programs are looked into. */
const CLOSER = ['gpt-char', 'gpt2-1024'];
const PYTORCH = ['PyTorch fp32', 'PyTorch tf32', 'PyTorch bf16'];
const COMPILED = PYTORCH.map((side) => `${side} compiled`);
const OURS = ['webgpu fp32', 'webgpu fp16'];
const STOCK = 'tfjs-webgpu';

function main() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const runs = whole('runs', values.runs);
  const steps = values.steps === undefined ? undefined : whole('steps', values.steps);
  const end = performance.now() + whole('minutes', values.minutes) * 60_000;
  const configs = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
  for (const config of configs) benchmarkNamed(config);
  const contenders = contendersOnGpu({ compile: values.compile });
  if (!contenders.some(({ side }) => PYTORCH.includes(side)))
    note('no Python whose PyTorch finds a CUDA device ($PYTHON, python3, /usr/bin/python3): left out');

  const { usual, quick } = SECONDS;
  const seconds = (kept = 0) =>
    Math.min(values.quick ? quick : usual, (end - performance.now()) / 1000 - kept);
  const stepsOf = (/** @type {string} */ config) =>
    steps ?? (values.quick ? (QUICK_STEPS[config] ?? 100) : undefined);
  const date = new Date().toISOString().slice(0, 10);
  const products = { fp32: undefined, fp16: undefined };
  /** @type {Report} */
  const all = { machine: machine(), date, configs, runs, results: [], products, profiles: [] };
  const keep = () => values.results && writeFileSync(values.results, JSON.stringify(all));
  const measureAll = (/** @type {Contender[]} */ sides, kept = 0) => {
    for (const config of configs) {
      all.results.push(
        ...compare(config, sides, runs, () => ({ steps: stepsOf(config), seconds: seconds(kept) })),
      );
      keep();
    }
  };
  measureAll(contenders.filter(({ slow }) => !slow));
  const closer = CLOSER.filter((config) => configs.includes(config));
  const gpts = configs.filter((config) => benchmarkNamed(config).model.arch === 'gpt');
  const looked = closer.length > 0 ? closer : gpts.slice(0, 1);
  all.products = measureProducts(looked, seconds);
  measureAll(
    contenders.filter(({ slow }) => slow),
    KEPT,
  );
  all.profiles = looked.flatMap((config) => profilesOf(config, seconds));
  keep();
  console.log(asMarkdown(all).join('\n'));
}

/**
 * The card by its own tool, where it has one, and the versions of what runs on it.
 *
 * @returns {Report['machine']}
 */
function machine() {
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  const dawn = JSON.parse(
    readFileSync(new URL('package.json', import.meta.resolve('webgpu')), 'utf8'),
  ).version;
  const card = status === 0 ? (stdout.trim().split('\n')[0] ?? '').split(', ') : [];
  return { card, dawn, node: process.versions.node };
}

/**
 * @param {string} config
 * @param {() => number} seconds
 * @returns {Profile[]}
 */
function profilesOf(config, seconds) {
  const script = fileURLToPath(new URL('gpu-profile.mjs', import.meta.url));
  return ['fp32', 'fp16'].flatMap((precision) => {
    const { result, error } = jsonOf([process.execPath, script, config, precision], seconds());
    note(`${config} · programs of a step, ${precision} · ${error ? `left out: ${error}` : 'done'}`);
    return result ?? [];
  });
}

/** @param {Report} report */
function asMarkdown({ machine: { card, dawn, node }, date, configs, runs, results, products, profiles }) {
  /**
   * @typedef {(config: string, side: string) => string} Cell
   * @typedef {(config: string) => string[]} Cells
   */
  const of = (/** @type {string} */ config, /** @type {string} */ side) => best(results, config, side);
  const rate = (/** @type {string} */ config, /** @type {string} */ side) =>
    of(config, side)?.tokensPerSecond;
  /** @type {(sides: string[], cell: Cell) => Cells} */
  const cells = (sides, cell) => (config) => sides.map((side) => cell(config, side));
  const compiled = COMPILED.filter((side) => results.some((result) => result.side === side));
  const speeds = cells([...OURS, ...PYTORCH, ...compiled, STOCK], (...at) => shown(rate(...at)));
  /** @type {(config: string, side: string, peer: string) => string} */
  const ratio = (config, side, peer) => shown(over(rate(config, side), rate(config, peer)), times);
  /** @type {Cells} */
  const ratios = (config) => [
    ratio(config, 'webgpu fp32', 'PyTorch fp32'),
    ratio(config, 'webgpu fp16', 'PyTorch bf16'),
    ratio(config, 'webgpu fp16', 'webgpu fp32'),
    ratio(config, 'webgpu fp32', STOCK),
  ];
  const flops = cells([...OURS, ...PYTORCH], (config, side) => {
    const counted = results.find((result) => result.config === config && result.gflopsPerSecond);
    const flopsPerToken = over(counted?.gflopsPerSecond, counted?.tokensPerSecond);
    return shown((rate(config, side) ?? Number.NaN) * flopsPerToken, formatFlops);
  });
  const idle = cells(OURS, (...at) => shown(of(...at)?.gpuIdle, formatShare));
  const memory = cells([...OURS, ...PYTORCH, STOCK], (...at) =>
    shown(of(...at)?.gpuMemoryBytes, formatBytes),
  );
  const rows = (/** @type {Cells[]} */ ...parts) =>
    configs.map((config) => [config, ...parts.flatMap((part) => part(config))]);
  const torch = results.find(({ side }) => PYTORCH.includes(side))?.backend ?? 'no PyTorch';
  const { name, description } = products.adapter ?? {};
  const [model, driver, size] = card;
  const gpu = model ? [model, `driver ${driver}`, size] : [name, description].filter(Boolean);
  return [
    [date, ...gpu, `Dawn of webgpu ${dawn}`, `Node ${node}`, torch].join(', '),
    '',
    `Tokens a second in training${runs > 1 ? `, medians of ${runs} runs in turn, of one for tfjs` : ''}:`,
    '',
    ...table(`configuration, ${[...OURS, ...PYTORCH, ...compiled, STOCK].join(', ')}`, rows(speeds)),
    '',
    'Ratios:',
    '',
    ...table(
      `configuration, fp32 to PyTorch fp32, fp16 to PyTorch bf16, fp16 to fp32, fp32 to ${STOCK}`,
      rows(ratios),
    ),
    '',
    'Operations a second, and the share of a step in which the GPU was idle:',
    '',
    ...table(`configuration, ${[...OURS, ...PYTORCH].join(', ')}, idle fp32, idle fp16`, rows(flops, idle)),
    '',
    'The most GPU memory in use:',
    '',
    ...table(`configuration, ${[...OURS, ...PYTORCH, STOCK].join(', ')}`, rows(memory)),
    '',
    ...productTables(products),
    ...profiles.flatMap(programTable),
  ];
}

/** @param {Profile} profile */
function programTable({ config, precision, dispatches, programs }) {
  const total = programs.reduce((sum, { ms }) => sum + ms, 0);
  const rows = programs.map(({ name, dispatches, ms }) => [
    name,
    String(dispatches),
    ms.toPrecision(3),
    `${((100 * ms) / total).toFixed(1)} %`,
  ]);
  return [
    '',
    `Programs of a step of ${config} in ${precision}: ${dispatches} dispatches, by themselves ${total.toPrecision(3)} ms:`,
    '',
    ...table('program, dispatches, ms, share', rows),
  ];
}

await told(main);
