// Time to nanoGPT's best loss on tiny Shakespeare (1.4697, after 82 million tokens on an A100), by --preset shakespeare and by the
// same with one lever turned at a time, as Markdown: npm run bench:recipe -- [--only names] [--seeds N] [--steps N] [--out folder]
// Each run is in a folder of its own: after a stop the same command goes on. The loss is that of the whole validation split.
// Levers can be told apart by fewer steps than the preset's.
import { existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBackend } from '#dist/backends/index.js';
import { median } from '#dist/base/median.js';
import { sampleOf } from '#dist/comparison/statistics.js';
import { prepareData } from '#dist/data/prepare.js';
import { readLog } from '#dist/run/log.js';
import { hasRun } from '#dist/run/record.js';
import { startRun } from '#dist/run/start.js';
import { resolveSettings, trainingOf } from '#dist/settings/settings.js';
import { openText } from '#dist/text/open.js';
import { tokenizerFor } from '#dist/tokenizers/choose.js';
import { note, table, whole } from './side-by-side.mjs';

const TARGET = 1.4697;
/** What each lever is turned to. @type {Record<string, Record<string, string | number | boolean>>} */
const LEVERS = {
  recipe: {},
  AdamW: { optimizer: 'adamw' },
  'learned positions': { positions: 'learned' },
  'no QK-norm': { qkNorm: false },
  LayerNorm: { norm: 'layer' },
  GELU: { activation: 'gelu' },
  'ReLU²': { activation: 'relu2' },
  'zero-initialised projections': { zeroInit: true },
  'no dropout': { dropout: 0 },
  'no weight decay': { weightDecay: 0 },
  'twice the rate': { learningRate: 2e-3 },
  'half the rate': { learningRate: 5e-4 },
  'twice the batch': { batchSize: 16 },
  'half the batch': { batchSize: 4 },
};

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string' },
    out: { type: 'string', default: 'checkpoints/recipe' },
  },
});
const { out } = values;
const names = values.only?.split(',') ?? Object.keys(LEVERS);
const seeds = Array.from({ length: whole('seeds', values.seeds) }, (_, i) => i + 1);
const preset = trainingOf(resolveSettings({ arch: 'llama', preset: 'shakespeare' }));
const steps = values.steps === undefined ? preset.maxSteps : whole('steps', values.steps);
const data = join(out, 'data');
if (!existsSync(join(data, 'meta.json'))) {
  const source = await openText(['shakespeare']);
  const tokenizer = await tokenizerFor('char', source, {});
  await prepareData({ source, tokenizer, out: data, valFraction: 0.1, seed: 1337 });
}
const rows = [];
for (const name of names) {
  const runs = [];
  for (const seed of seeds) runs.push(await trained(name, seed));
  rows.push(rowOf(name, runs));
}
const { name, detail, precision } = await startBackend('auto');
console.log(
  [
    ...table('lever, minutes to 1.4697, tokens to it, best loss, tokens/s', rows),
    '',
    `Medians of ${seeds.length}, and the best loss ± its standard deviation; – where the loss was not reached. ${name} (${detail}), ${precision}, on ${availableParallelism()} cores of ${cpus()[0]?.model.trim()}.`,
  ].join('\n'),
);

/** @param {string} lever @param {number} seed */
async function trained(lever, seed) {
  const turned = LEVERS[lever];
  if (turned === undefined)
    throw new Error(`expected one of ${Object.keys(LEVERS).join(', ')}, but got ${lever}`);
  const folder = join(out, `${lever.replaceAll(' ', '-')}-${seed}`);
  // As many tokens whatever the batch.
  const { batchSize = preset.batchSize } = turned;
  const maxSteps = Math.round((steps * preset.batchSize) / Number(batchSize));
  const flags = { ...turned, maxSteps, evalInterval: Math.ceil(maxSteps / 5), seed };
  const request = hasRun(folder)
    ? { out: folder, resume: true }
    : { out: folder, data, arch: 'llama', preset: 'shakespeare', flags };
  await startRun(request, {}, { onEvent: (event) => told(lever, seed, event) });
  const found = courseOf(folder);
  note(
    `${lever}, seed ${seed}: best ${found.best.toFixed(4)}, ${minutes(found.seconds)} minutes to ${TARGET}`,
  );
  return found;
}

/** When a run first was at the target. @param {string} folder */
function courseOf(folder) {
  let [seconds, tokens, best] = [0, 0, Infinity];
  /** @type {{ seconds: number, tokens: number } | undefined} */
  let reached;
  for (const entry of readLog(folder)) {
    if ('valLoss' in entry) {
      best = Math.min(best, entry.valLoss);
      if (entry.valLoss <= TARGET) reached ??= { seconds, tokens };
    } else {
      seconds += entry.ms / 1000;
      tokens = entry.tokens;
    }
  }
  return { best, seconds: reached?.seconds, tokens: reached?.tokens, speed: tokens / seconds };
}

/** @param {string} name @param {ReturnType<typeof courseOf>[]} runs */
function rowOf(name, runs) {
  const all = (/** @type {(number | undefined)[]} */ found) =>
    found.every((value) => value !== undefined) ? median(found) : undefined;
  const { mean, spread } = sampleOf(runs.map(({ best }) => best));
  const tokens = all(runs.map((run) => run.tokens));
  return [
    name,
    minutes(all(runs.map(({ seconds }) => seconds))),
    tokens === undefined ? '–' : `${(tokens / 1e6).toFixed(1)} M`,
    runs.length > 1 ? `${mean.toFixed(4)} ± ${spread.toFixed(4)}` : mean.toFixed(4),
    Math.round(median(runs.map(({ speed }) => speed))).toLocaleString('en'),
  ];
}

/** @param {number | undefined} seconds */
function minutes(seconds) {
  return seconds === undefined ? '–' : (seconds / 60).toFixed(1);
}

/** @param {string} lever @param {number} seed @param {import('../src/run/events.ts').RunEvent} event */
function told(lever, seed, event) {
  if (event.type !== 'evaluation') return;
  const { step, valLoss } = event.entry;
  note(`${lever}, seed ${seed}, step ${step}: ${valLoss.toFixed(4)}`);
}
