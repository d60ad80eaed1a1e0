// How long recurrent architectures remember, and how far they count, on generated exercises, as Markdown:
// npm run bench:memory -- [--seeds N]
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  collectSamples,
  evaluate,
  generate,
  openDataset,
  openModel,
  openText,
  prepareData,
  startBackend,
  startRun,
  tokenizerFor,
} from 'tsgpt';
import { floorOf } from '#dist/evaluation/floor.js';
import { note, table, whole } from './side-by-side.mjs';

/** @typedef {{ name: string, arch: string, flags?: Record<string, unknown> }} Variant */

/** @type {Variant[]} */
const COPIERS = ['rnn', 'gru', 'lstm'].map((name) => ({ name, arch: name }));
/** @type {Variant[]} */
const COUNTERS = [...COPIERS, { name: 'lstm --peepholes', arch: 'lstm', flags: { peepholes: true } }];

const DISTANCES = [5, 20, 50, 100];
/** Counters learn from 1 to TAUGHT, and are asked from 1 to ASKED. */
const [TAUGHT, ASKED] = [20, 60];

const ONCE = {
  maxSteps: 1_000_000,
  evalTokens: 4000,
  evalInterval: 1_000_000,
  checkpointInterval: 1_000_000,
};
const SHARED = { layers: 1, dropout: 0, batchSize: 8, minLearningRate: 1e-4, ...ONCE };
const COPYING = { ...SHARED, width: 64, maxTokens: 10_000_000 };
const COUNTING = { ...SHARED, width: 16, maxTokens: 3_000_000, context: 128 };
/** Without gates there is no stable training at the rates that suit the others. @type {Record<string, number>} */
const RATES = { rnn: 1e-3, gru: 3e-3, lstm: 5e-3 };

async function main() {
  const { values } = parseArgs({ options: { seeds: { type: 'string', default: '3' } } });
  const seeds = Array.from({ length: whole('seeds', values.seeds) }, (_, i) => i + 1);
  const { name, detail } = await startBackend('auto', { precision: 'fp32' });
  const folder = mkdtempSync(join(tmpdir(), 'tsgpt-memory-'));
  try {
    const copied = await copying(folder, seeds);
    const counted = await counting(folder, seeds);
    const machine = `${cpus()[0]?.model.trim()}, ${name} (${detail})`;
    console.log([...copied, '', ...counted, '', `Of seeds ${seeds.join(', ')}; ${machine}.`].join('\n'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Which share of the letters' nats each predicts after so many dots. @param {string} folder @param {number[]} seeds */
async function copying(folder, seeds) {
  const rows = [];
  for (const distance of DISTANCES) {
    const data = await prepared(`builtin:copying-${distance}`, folder);
    const dataset = openDataset(data, 'tokens');
    const { val } = dataset.meta.splits;
    const [length, floor] = [val.tokens / val.documents, /** @type {{ loss: number }} */ (floorOf(val)).loss];
    const context = 32 * Math.ceil((3 * length) / 32); // some whole exercises
    const cells = [];
    for (const variant of COPIERS) {
      const shares = [];
      for (const seed of seeds) {
        const { model } = await trained(variant, data, folder, { ...COPYING, context, seed });
        const { loss } = await evaluate(model, dataset.val, {});
        model.dispose();
        // The floor is the letters' nats when they come first; forgotten, they cost the same again.
        shares.push(Math.max(0, 1 - (loss - floor) / floor));
        note(`${variant.name}, ${distance} dots, seed ${seed}: ${percent(shares.at(-1))}`);
      }
      cells.push(shares.map(percent).join(', '));
    }
    dataset.close();
    rows.push([String(distance), ...cells]);
  }
  return table(`dots, ${COPIERS.map(({ name }) => name).join(', ')}`, rows);
}

/** From where to where each counts. @param {string} folder @param {number[]} seeds */
async function counting(folder, seeds) {
  const data = await prepared(`builtin:counting-${TAUGHT}`, folder);
  const rows = [];
  for (const variant of COUNTERS) {
    const found = [];
    for (const seed of seeds) {
      const opened = await trained(variant, data, folder, { ...COUNTING, seed });
      found.push(await longestStretch(opened));
      opened.model.dispose();
      note(`${variant.name}, seed ${seed}: ${found.at(-1)}`);
    }
    rows.push([variant.name, found.join(', ')]);
  }
  return table('model, counts', rows);
}

/** The longest stretch of n in which each aⁿb is completed by bⁿ⁻¹cⁿ and the end. @param {Awaited<ReturnType<typeof openModel>>} opened */
async function longestStretch({ model, tokenizer }) {
  let [best, length] = ['none', 0];
  let from = 1;
  for (let n = 1; n <= ASKED; n++) {
    const prompt = [tokenizer.endOfText ?? 0, ...tokenizer.encode(`${'a'.repeat(n)}b`)];
    const events = generate(model, tokenizer, prompt, { temperature: 0, maxTokens: 2 * n + 1 });
    const [sample] = await collectSamples(events);
    if (sample?.text !== `${'b'.repeat(n - 1)}${'c'.repeat(n)}`) from = n + 1;
    else if (n - from + 1 > length) [best, length] = [`${from}–${n}`, n - from + 1];
  }
  return best;
}

/** @param {string} text @param {string} folder */
async function prepared(text, folder) {
  const data = join(folder, text.replace(':', '-'));
  const source = await openText([text]);
  const tokenizer = await tokenizerFor('char', source, {});
  await prepareData({ source, tokenizer, out: data, valFraction: 0.1, seed: 1 });
  return data;
}

/** @param {Variant} variant @param {string} data @param {string} folder @param {Record<string, unknown>} flags */
async function trained({ arch, flags: own }, data, folder, flags) {
  const out = join(folder, 'run');
  rmSync(out, { recursive: true, force: true });
  await startRun({ out, data, arch, flags: { learningRate: RATES[arch], ...flags, ...own } });
  return openModel(out);
}

/** @param {number | undefined} share */
const percent = (share = Number.NaN) => `${Math.round(100 * share)} %`;

await main();
