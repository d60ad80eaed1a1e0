// Speed of training on a GPU beside PyTorch's and tfjs's own on the same card, and where the time goes: all tables of
// docs/gpu.md, as Markdown: npm run bench:gpu -- [configuration …] [--quick] [--minutes N] [--steps N] [--runs N] [--compile] [--results FILE]
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatBytes, formatFlops, formatShare } from '../dist/base/format.js';
import { BENCHMARKS, benchmarkNamed } from '../dist/benchmark/configs.js';
import { contendersOnGpu, jsonOf } from './contenders.mjs';
import { measureProducts, productTables } from './products/gpu.mjs';
import { best, compare, note, shown, table, times, told, whole } from './side-by-side.mjs';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  minutes: { type: 'string', default: '60' },
  steps: { type: 'string' },
  runs: { type: 'string', default: '1' },
  compile: { type: 'boolean', default: false },
  results: { type: 'string' },
};
/** Of a contender. */
const SECONDS = { usual: 300, quick: 60 };
/** What tfjs's own kernels, which take longest, leave of the time for what comes after them. */
const KEPT = 90;
const QUICK_STEPS = { default: 100, gpt2: 50, 'gpt2-1024': 20 };
/** Whose products and programs are looked into. */
const CLOSER = ['gpt-char', 'gpt2-1024'];
const PYTORCH = ['PyTorch fp32', 'PyTorch tf32', 'PyTorch bf16'];
const COMPILED = PYTORCH.map((side) => `${side} compiled`);
const OURS = ['webgpu fp32', 'webgpu fp16'];
const STOCK = 'tfjs-webgpu';

function main() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const runs = whole('runs', values.runs);
  const steps = values.steps && whole('steps', values.steps);
  const end = performance.now() + whole('minutes', values.minutes) * 60_000;
  const configs = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
  for (const config of configs) benchmarkNamed(config);
  const contenders = contendersOnGpu({ compile: values.compile });
  if (!contenders.some(({ side }) => PYTORCH.includes(side)))
    note('no Python whose PyTorch finds a CUDA device ($PYTHON, python3, /usr/bin/python3): left out');

  const { usual, quick } = SECONDS;
  const seconds = (kept = 0) =>
    Math.min(values.quick ? quick : usual, (end - performance.now()) / 1000 - kept);
  const quickSteps = (config) => QUICK_STEPS[config] ?? QUICK_STEPS.default;
  const stepsOf = (config) => steps ?? (values.quick ? quickSteps(config) : undefined);
  const all = { machine: machine(), date: new Date().toISOString().slice(0, 10), configs, runs, results: [] };
  const keep = () => values.results && writeFileSync(values.results, JSON.stringify(all));
  const measureAll = (sides, kept) => {
    for (const config of configs) {
      all.results.push(
        ...compare(config, sides, runs, () => ({ steps: stepsOf(config), seconds: seconds(kept) })),
      );
      keep();
    }
  };
  measureAll(contenders.filter(({ slow }) => !slow));
  const closer = CLOSER.filter((config) => configs.includes(config));
  const gpts = configs.filter((config) => BENCHMARKS[config].model.arch === 'gpt');
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

/** The card by its own tool, where it has one, and the versions of what runs on it. */
function machine() {
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  const dawn = JSON.parse(
    readFileSync(new URL('package.json', import.meta.resolve('webgpu')), 'utf8'),
  ).version;
  const card = status === 0 ? stdout.trim().split('\n')[0].split(', ') : [];
  return { card, dawn, node: process.versions.node };
}

function profilesOf(config, seconds) {
  const script = fileURLToPath(new URL('gpu-profile.mjs', import.meta.url));
  return ['fp32', 'fp16'].flatMap((precision) => {
    const { result, error } = jsonOf([process.execPath, script, config, precision], seconds());
    note(`${config} · programs of a step, ${precision} · ${error ? `left out: ${error}` : 'done'}`);
    return result ?? [];
  });
}

function asMarkdown({ machine: { card, dawn, node }, date, configs, runs, results, products, profiles }) {
  const of = (config, side) => best(results, config, side);
  const rate = (config, side) => of(config, side)?.tokensPerSecond;
  const cells = (sides, cell) => (config) => sides.map((side) => cell(config, side));
  const compiled = COMPILED.filter((side) => results.some((result) => result.side === side));
  const speeds = cells([...OURS, ...PYTORCH, ...compiled, STOCK], (...at) => shown(rate(...at)));
  const ratio = (config, side, peer) => shown(rate(config, side) / rate(config, peer), times);
  const ratios = (config) => [
    ratio(config, 'webgpu fp32', 'PyTorch fp32'),
    ratio(config, 'webgpu fp16', 'PyTorch bf16'),
    ratio(config, 'webgpu fp16', 'webgpu fp32'),
    ratio(config, 'webgpu fp32', STOCK),
  ];
  const flops = cells([...OURS, ...PYTORCH], (config, side) => {
    const counted = results.find((result) => result.config === config && result.gflopsPerSecond);
    return shown((rate(config, side) * counted?.gflopsPerSecond) / counted?.tokensPerSecond, formatFlops);
  });
  const idle = cells(OURS, (...at) => shown(of(...at)?.gpuIdle, formatShare));
  const memory = cells([...OURS, ...PYTORCH, STOCK], (...at) =>
    shown(of(...at)?.gpuMemoryBytes, formatBytes),
  );
  const rows = (...parts) => configs.map((config) => [config, ...parts.flatMap((part) => part(config))]);
  const torch = results.find(({ side }) => PYTORCH.includes(side))?.backend ?? 'no PyTorch';
  const { name, description } = products.adapter ?? {};
  const gpu = card.length > 0 ? [card[0], `driver ${card[1]}`, card[2]] : [name, description].filter(Boolean);
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
