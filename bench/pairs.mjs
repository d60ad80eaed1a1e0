// What models of pairs learn, by encoder, decoder and attention, as Markdown: npm run bench:pairs -- [--only groups] [--out folder] [--seeds N]
// Each group (--only dates,looks,reverse,repeats,tags,stretched) is a comparison in a folder of its own: after a stop the same
// command goes on. Models are so small that one thread trains each; as many groups as there are cores are under way at once.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { isPairModel } from '#dist/architectures/pair-model.js';
import { startBackend } from '#dist/backends/index.js';
import { keyFor, Stream } from '#dist/base/random.js';
import { compare } from '#dist/comparison/compare.js';
import { sampleOf } from '#dist/comparison/statistics.js';
import { openDataset } from '#dist/data/dataset.js';
import { preparePairs } from '#dist/data/prepare-pairs.js';
import { openAnyModel } from '#dist/run/open.js';
import { evaluatePairs } from '#dist/tasks/pairs/evaluate.js';
import { openPairs } from '#dist/text/pairs.js';
import { tokenizersOfPairs } from '#dist/tokenizers/for-pairs.js';
import { table as linesOf, note, whole } from './side-by-side.mjs';

/** @import { ComparisonEntry } from '../src/comparison/findings.ts' */

const KINDS = ['rnn', 'lstm', 'gru', 'cnn', 'transformer'];
const ATTENTIONS = ['none', 'additive', 'dot', 'multihead'];
const SHARED = { width: 64, batchSize: 32, minLearningRate: 1e-4, keepLast: 1, evalTokens: 4000 };
/** Transformers want more layers and a lower rate. @param {string} kind */
const own = (kind) =>
  kind === 'transformer' ? ':layers=2:learningRate=0.003' : ':layers=1:learningRate=0.006';
const LENGTHS = [5, 10, 20, 40];
const DATES = { maxSteps: 900, context: 40 };
const ENGINE = /** @type {const} */ ({ precision: 'fp32', threads: 1 });

/** @param {string} encoder @param {string} decoder @param {string} attention */
const named = (encoder, decoder, attention) =>
  `seq2seq:encoder=${encoder}:decoder=${decoder}:attention=${attention}${own([encoder, decoder].includes('transformer') ? 'transformer' : encoder)}`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    out: { type: 'string', default: 'checkpoints/pairs' },
    seeds: { type: 'string', default: '3' },
  },
});
const { out, only } = values;
/** The longest first. @type {Record<string, () => Promise<string>>} */
const GROUPS = { reverse: reversed, dates, looks, repeats, stretched, tags };
const ORDER = ['dates', 'looks', 'reverse', 'repeats', 'tags', 'stretched'];
const seeds = whole('seeds', values.seeds);
mkdirSync(out, { recursive: true });
const started = performance.now();
const groups = only?.split(',') ?? Object.keys(GROUPS);
const unknown = groups.find((group) => GROUPS[group] === undefined);
if (unknown !== undefined) throw new Error(`expected one of ${ORDER.join(', ')}, but got ${unknown}`);

const [alone] = groups;
if (groups.length === 1 && alone !== undefined) {
  await startBackend('auto', ENGINE);
  console.log(await GROUPS[alone]?.());
} else {
  const found = await each(groups, sectionOf);
  const sections = ORDER.flatMap((group) => found.get(group) ?? []);
  const { name, detail } = await startBackend('auto', ENGINE);
  const minutes = Math.round((performance.now() - started) / 60_000);
  console.log(
    [
      ...sections,
      `${seeds} seeds each; ${minutes} minutes on ${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, ${name} (${detail}), fp32.`,
    ].join('\n\n'),
  );
}

/** Calls it for each group, for as many at once as there are cores. @param {readonly string[]} groups @param {(group: string) => Promise<string>} call */
async function each(groups, call) {
  const [waiting, found] = [[...groups], new Map()];
  const work = async () => {
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift())
      found.set(group, await call(group));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return found;
}

/** A group in a process of its own. @param {string} group */
async function sectionOf(group) {
  const words = [fileURLToPath(import.meta.url), '--only', group, '--out', out, '--seeds', `${seeds}`];
  const child = promisify(execFile)(process.execPath, words);
  child.child.stderr?.pipe(process.stderr);
  return (await child).stdout.trim();
}

/** Every encoder with every decoder. */
async function dates() {
  const data = await prepared('builtin:dates');
  const grid = KINDS.flatMap((encoder) => KINDS.map((decoder) => named(encoder, decoder, 'multihead')));
  const found = await compared('dates', data, grid, DATES);
  const rows = KINDS.map((encoder) => [
    encoder,
    ...KINDS.map((decoder) => exact(found, named(encoder, decoder, 'multihead'))),
  ]);
  return [
    '## Dates',
    'Exact dates of the validation split, multihead attention: an encoder a row, a decoder a column.',
    table(`encoder, ${KINDS.join(', ')}`, rows),
  ].join('\n\n');
}

/** Each kind with every other attention. */
async function looks() {
  const data = await prepared('builtin:dates', undefined, 'looks'); // of its own, as both groups may be under way
  const attentions = ATTENTIONS.filter((attention) => attention !== 'multihead');
  const archs = KINDS.flatMap((kind) => attentions.map((attention) => named(kind, kind, attention)));
  const found = await compared('looks', data, archs, DATES);
  const rows = KINDS.map((kind) => [
    kind,
    ...attentions.map((attention) => exact(found, named(kind, kind, attention))),
  ]);
  return [
    'The same by attention, where encoder and decoder are of one kind:',
    table(`both, ${attentions.join(', ')}`, rows),
  ].join('\n\n');
}

/** From 1 to 40 letters, asked for by length. */
async function reversed() {
  const longest = Math.max(...LENGTHS);
  const data = await prepared(
    lettersFile('reverse', 40_000, () => 0, longest),
    'char',
  );
  const archs = KINDS.flatMap((kind) =>
    (kind === 'gru' ? ATTENTIONS : ['none', 'multihead']).map((attention) => named(kind, kind, attention)),
  );
  const found = await compared('reverse', data, archs, { maxSteps: 3000, context: longest + 1 });
  const rows = [];
  for (const [entry, { runs }] of found) {
    const cells = [];
    for (const length of LENGTHS) {
      const asked = await prepared(
        lettersFile(`reverse-${length}`, 600, () => length, length),
        data,
      );
      const shares = [];
      for (const { checkpoint } of runs) shares.push(await exactOf(checkpoint, asked));
      cells.push(percent(shares));
    }
    const [, , decoder = '', attention = ''] = entry.split(':').map((part) => part.split('=')[1] ?? '');
    rows.push([`${decoder}, ${attention}`, ...cells]);
    note(rows.at(-1)?.join(' · ') ?? '');
  }
  const text = `Exact answers to sources of exactly so many letters; training has from 1 to ${longest}.`;
  return ['## Reverse', text, table(`model, ${LENGTHS.join(', ')}`, rows)].join('\n\n');
}

/** With and without coverage. */
async function repeats() {
  const data = await prepared('builtin:repeats');
  const looks = ATTENTIONS.slice(1).flatMap((attention) =>
    [0, 1].map((coverage) => ({
      attention,
      coverage,
      name: `${named('gru', 'gru', attention)}:coverage=${coverage}`,
    })),
  );
  const found = await compared(
    'repeats',
    data,
    looks.map((look) => look.name),
    { maxSteps: 800, context: 80 },
  );
  const rows = looks.map((look) => [
    `${look.attention}${look.coverage ? ', coverage 1' : ''}`,
    exact(found, look.name),
    figure(found, look.name, 'edit distance'),
  ]);
  return [
    '## Repeats',
    'GRUs, with and without coverage:',
    table('attention, exact, edits a token', rows),
  ].join('\n\n');
}

/** A softmax and a CRF over the same encoder. */
async function tags() {
  const data = await prepared('builtin:tags');
  const heads = ['gru', 'transformer'].flatMap((encoder) =>
    ['softmax', 'crf'].map((head) => ({
      encoder,
      head,
      name: `tagger:encoder=${encoder}:head=${head}${own(encoder)}`,
    })),
  );
  const found = await compared(
    'tags',
    data,
    heads.map((head) => head.name),
    { maxSteps: 600, context: 40 },
  );
  const labels = ['label accuracy', 'exact match', 'span F1', 'against the BIO rule'];
  const rows = heads.map(({ encoder, head, name }) => [
    `${encoder}, ${head}`,
    ...labels.map((label) => figure(found, name, label)),
  ]);
  return ['## Tags', table(`model, ${labels.join(', ')}`, rows)].join('\n\n');
}

/** CTC alone, attention alone, and both. */
async function stretched() {
  const data = await prepared('builtin:stretched');
  const limits = { maxSteps: 800, context: 72 };
  const alone = `tagger:encoder=gru:head=ctc${own('gru')}`;
  const attentive = `${named('gru', 'gru', 'multihead')}:ctcWeight=0`;
  const joint = `${named('gru', 'gru', 'multihead')}:ctcWeight=0.3`;
  const labelled = await compared('stretched-ctc', data, [alone], limits);
  const written = await compared('stretched', data, [attentive, joint], limits);
  const row = (
    /** @type {string} */ title,
    /** @type {typeof written} */ found,
    /** @type {string} */ name,
  ) => [title, exact(found, name), figure(found, name, 'edit distance')];
  const rows = [
    row('CTC', labelled, alone),
    row('attention', written, attentive),
    row('both, 0.3 CTC', written, joint),
  ];
  return ['## Stretched', table('model, exact, edits a token', rows)].join('\n\n');
}

/** @param {string} group @param {string} data @param {readonly string[]} archs @param {Record<string, unknown>} flags */
async function compared(group, data, archs, flags) {
  const settings = {
    flags: { ...SHARED, evalInterval: flags.maxSteps, checkpointInterval: flags.maxSteps, ...flags },
  };
  const { entries } = await compare({
    out: join(out, group),
    data,
    archs,
    seeds,
    match: 'none',
    settings,
    ...ENGINE,
  });
  note(
    `${group}: ${entries.length} models, ${Math.round((performance.now() - started) / 60_000)} minutes so far`,
  );
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/** @param {Map<string, ComparisonEntry>} found @param {string} name */
function exact(found, name) {
  return figure(found, name, 'exact match');
}

/** @param {Map<string, ComparisonEntry>} found @param {string} name @param {string} label */
function figure(found, name, label) {
  const { runs } = /** @type {ComparisonEntry} */ (found.get(name));
  return percent(
    runs.map(({ figures }) => figures.find((figure) => figure.label === label)?.value ?? Number.NaN),
  );
}

/** @param {string} header @param {string[][]} rows */
function table(header, rows) {
  return linesOf(header, rows).join('\n');
}

/** @param {readonly number[]} shares */
function percent(shares) {
  const { mean, spread } = sampleOf(shares);
  return `${(100 * mean).toFixed(1)} ± ${(100 * spread).toFixed(1)}`;
}

/** @param {string} checkpoint @param {string} folder */
async function exactOf(checkpoint, folder) {
  const { model, tokenizer } = await openAnyModel(checkpoint);
  if (!isPairModel(model)) throw new Error(`${checkpoint} is no model of pairs`);
  const dataset = openDataset(folder, 'pairs');
  const { exactMatch } = await evaluatePairs(model, dataset.train, { tokenizer });
  dataset.close();
  model.dispose();
  return exactMatch;
}

/**
 * A file of letters and the same backwards.
 * @param {string} title @param {number} count @param {() => number} fixed A length of all, or 0 @param {number} longest
 */
function lettersFile(title, count, fixed, longest) {
  const lines = Array.from({ length: count }, (_, i) => {
    const random = new Stream(keyFor(1, title, i));
    const length = fixed() || 1 + random.below(longest);
    const letters = Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz'[random.below(26)]);
    return `${letters.join('')}\t${letters.toReversed().join('')}\n`;
  });
  const file = join(out, `${title}.tsv`);
  writeFileSync(file, lines.join(''));
  return file;
}

/** @param {string} input @param {string} [tokenizer] Its name, or the folder of one @param {string} [name] */
async function prepared(input, tokenizer, name = input.split(/[:/]/).at(-1)?.replace('.tsv', '') ?? '') {
  const folder = join(out, 'data', name);
  const source = await openPairs(input, {});
  const spec = tokenizer ?? source.tokenizers?.target ?? 'char';
  const separate = tokenizer === undefined ? source.tokenizers?.source : undefined;
  const tokenizers = await tokenizersOfPairs({ tokenizer: spec, sourceTokenizer: separate }, source);
  await preparePairs({ source, ...tokenizers, out: folder, valFraction: 0.1, seed: 1 });
  return folder;
}
