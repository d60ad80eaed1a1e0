// Prepared pairs: what is written is what is read, by position; whole files are kept apart from damaged and hostile ones.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.ts';
import { PAIR_SPLITS } from '../../src/data/pair-split.ts';
import { pairsOf } from '../../src/data/pairs.ts';
import { prepareData } from '../../src/data/prepare.ts';
import { type PreparePairsOptions, preparePairs } from '../../src/data/prepare-pairs.ts';
import type { PairSource, TextPair } from '../../src/text/pair-source.ts';
import { pairTaskNamed } from '../../src/text/pair-tasks/list.ts';
import { openPairs } from '../../src/text/pairs.ts';
import { type PairTokenizerSpecs, tokenizersOfPairs } from '../../src/tokenizers/for-pairs.ts';
import { loadTokenizer } from '../../src/tokenizers/store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { codePointTokenizer, sourceOf } from './stand-ins.ts';

const root = temporaryFolder();
let folders = 0;
const newPath = () => join(root, `data-${folders++}`);
const ascii = codePointTokenizer(128);

function pairSource(pairs: readonly TextPair[]): PairSource {
  return {
    description: 'test pairs',
    async *pairs() {
      yield* pairs;
    },
  };
}

const LETTERS = [...'abcdefghijklmnopqrst'].map((letter) => ({
  source: `${letter}!`,
  target: letter.repeat(3),
}));

async function prepare(pairs: readonly TextPair[], options: Partial<PreparePairsOptions> = {}) {
  const out = newPath();
  const source = pairSource(pairs);
  const tokenizers = { tokenizer: ascii, sourceTokenizer: ascii };
  const meta = await preparePairs({ source, ...tokenizers, out, valFraction: 0.2, seed: 1, ...options });
  return { out, meta };
}

/** Every pair of a folder as text, whose tokens are code points, by split. */
function textsIn(out: string): Record<string, TextPair[]> {
  const data = openDataset(out, 'pairs');
  const text = (ids: Int32Array) => String.fromCodePoint(...ids);
  const texts = PAIR_SPLITS.map((split): [string, TextPair[]] => [
    split,
    Array.from({ length: data[split].length }, (_, i) => {
      const { source, target } = data[split].at(i);
      return { source: text(source), target: text(target) };
    }),
  ]);
  data.close();
  return Object.fromEntries(texts);
}

describe('prepared pairs', () => {
  it('come back, each in one split, in their order', async () => {
    const { out, meta } = await prepare(LETTERS);
    const texts = textsIn(out);
    const found = Object.values(texts).flat();
    expect(found.sort((a, b) => (a.source < b.source ? -1 : 1))).toEqual(LETTERS);
    for (const split of PAIR_SPLITS) {
      expect(texts[split]).toEqual(
        LETTERS.filter((pair) => texts[split]!.some((p) => p.source === pair.source)),
      );
      expect(meta.splits[split].pairs).toBe(texts[split]!.length);
    }
    const data = openDataset(out, 'pairs');
    await data.verify();
    data.close();
  });

  it('are files of a layout that is easily read: tokens without specials, and where each side ends', async () => {
    const { out, meta } = await prepare([...LETTERS, { source: 'longer', target: 'é日😀' }], {
      tokenizer: codePointTokenizer(0x110000),
      valFraction: 0.1,
    });
    expect(meta).toMatchObject({ kind: 'pairs', dtype: 'uint32' }); // the larger vocabulary's
    for (const split of PAIR_SPLITS) {
      const pairs = textsIn(out)[split]!;
      const [tokens, ends] = ['bin', 'ends.bin'].map((ending) =>
        readFileSync(join(out, `${split}.${ending}`)),
      );
      const lengths = pairs.flatMap(({ source, target }) => [[...source].length, [...target].length]);
      const cumulative = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b));
      expect(lengths.map((_, i) => ends!.readUInt32LE(4 * i))).toEqual(cumulative);
      const characters = [...pairs.map(({ source, target }) => source + target).join('')];
      expect(characters.map((_, i) => tokens!.readUInt32LE(4 * i))).toEqual(
        characters.map((character) => character.codePointAt(0)),
      );
      expect([tokens!.length, ends!.length]).toEqual([4 * characters.length, 4 * lengths.length]);
      const sums = [0, 1].map((side) => lengths.filter((_, i) => i % 2 === side));
      const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
      expect(meta.splits[split]).toEqual({
        pairs: pairs.length,
        sourceTokens: sums[0]!.reduce((a, b) => a + b),
        tokens: sums[1]!.reduce((a, b) => a + b),
        bytes: Buffer.byteLength(pairs.map(({ target }) => target).join('')),
        longestSource: Math.max(...sums[0]!),
        longestTarget: Math.max(...sums[1]!),
        sha256: sha256(tokens!),
        endsSha256: sha256(ends!),
      });
    }
  });

  it('with the same source are in the same split, whatever their targets', async () => {
    const repeated = Array.from({ length: 400 }, (_, i) => ({ source: `s${i % 40}`, target: `t${i}` }));
    const { out, meta } = await prepare(repeated, { valFraction: 0.1 });
    const sources = Object.values(textsIn(out)).map((pairs) => new Set(pairs.map(({ source }) => source)));
    expect(sources.reduce((sum, { size }) => sum + size, 0)).toBe(40);
    expect(PAIR_SPLITS.reduce((sum, split) => sum + meta.splits[split].pairs, 0)).toBe(400);
  });

  it('have the tokenizers of both sides beside them, and what is known of their task', async () => {
    const source = await openPairs('builtin:tags', { count: 60 });
    const tokenizers = await tokenizersOfPairs({ tokenizer: 'word', sourceTokenizer: 'word' }, source);
    const { out, meta } = await prepare([], { source, ...tokenizers });
    expect(meta).toMatchObject({
      source: 'builtin:tags (60 pairs, seed 1)',
      ceiling: pairTaskNamed('builtin:tags')!.ceiling,
      tokenizer: { kind: 'word', fingerprint: tokenizers.tokenizer.fingerprint },
      sourceTokenizer: { kind: 'word', fingerprint: tokenizers.sourceTokenizer.fingerprint },
    });
    const target = await loadTokenizer(out);
    expect([target.fingerprint, target.source?.fingerprint]).toEqual([
      meta.tokenizer.fingerprint,
      meta.sourceTokenizer.fingerprint,
    ]);
    const data = openDataset(out, 'pairs');
    const first = data.train.at(0);
    expect(target.decode(first.target)).toMatch(/^((O|[BI](PERSON|PLACE|DATE))( |$))+$/);
    expect(first.source.length).toBe(first.target.length);
    data.close();
    expect(readdirSync((await prepare(LETTERS)).out)).not.toContain('source_tokenizer.json'); // one for both sides
  });

  it('take the place of an earlier preparation, of pairs or of a text, and of nothing else', async () => {
    const { out } = await prepare(LETTERS, { sourceTokenizer: { ...ascii, fingerprint: 'a'.repeat(64) } });
    expect(readdirSync(out)).toContain('source_tokenizer.json');
    await prepareData({
      source: sourceOf([['some text']]),
      tokenizer: ascii,
      out,
      valFraction: 0.3,
      seed: 1,
    });
    expect(readdirSync(out)).not.toContain('source_tokenizer.json');
    await prepare(LETTERS, { out });
    expect(openDataset(out).meta.kind).toBe('pairs');
    mkdirSync(join(out, 'source'));
    writeFileSync(join(out, 'source', 'mine.txt'), 'precious');
    await expect(prepare(LETTERS, { out })).rejects.toThrow(
      'new, empty or a prepared text, but it holds source',
    );
    expect(readFileSync(join(out, 'source', 'mine.txt'), 'utf8')).toBe('precious');
  });

  it.each([
    [LETTERS.slice(0, 2), {}, 'at least three different sources'],
    [[...LETTERS.slice(0, 2), ...LETTERS.slice(0, 2)], {}, 'at least three different sources'],
    [
      LETTERS,
      { valFraction: 0.5 },
      'above 0 and below 0.5 (the test split is as large) for valFraction, but got 0.5',
    ],
    [LETTERS, { seed: 0.5 }, 'expected a whole number for seed'],
  ])(
    '%#: what cannot be prepared is refused, and nothing is left behind',
    async (pairs, options, message) => {
      const out = newPath();
      await expect(prepare(pairs, { ...options, out })).rejects.toThrow(message);
      expect(existsSync(out)).toBe(false);
    },
  );

  it('whose text has no token, or changes while it is read, are refused', async () => {
    const none = {
      ...ascii,
      name: 'none',
      encode: (text: string) => (text === 'a!' ? new Uint32Array() : ascii.encode(text)),
    };
    await expect(prepare(LETTERS, { sourceTokenizer: none })).rejects.toThrow(
      'expected a source of one token or more, but to the tokenizer none "a!" has none',
    );
    let readings = 0;
    const changing: PairSource = {
      description: 'changing pairs',
      async *pairs() {
        yield* LETTERS.slice(readings++);
      },
    };
    await expect(prepare([], { source: changing })).rejects.toThrow(
      'changing pairs changed while it was read',
    );
  });
});

describe('a folder of pairs', () => {
  it('that is opened for a text is refused, and a text opened for pairs', async () => {
    const { out } = await prepare(LETTERS);
    expect(() => openDataset(out, 'tokens')).toThrow(`expected a text, but ${out} holds pairs of texts`);
    const text = newPath();
    await prepareData({
      source: sourceOf([['some text']]),
      tokenizer: ascii,
      out: text,
      valFraction: 0.3,
      seed: 1,
    });
    expect(() => openDataset(text, 'pairs')).toThrow(`expected pairs of texts, but ${text} holds a text`);
  });

  it.each(PAIR_SPLITS.flatMap((split) => [`${split}.bin`, `${split}.ends.bin`]))(
    'with a truncated, missing or changed %s is refused',
    async (name) => {
      const { out } = await prepare(LETTERS);
      const path = join(out, name);
      const whole = readFileSync(path);
      truncateSync(path, whole.length - 1);
      expect(() => openDataset(out)).toThrow(`${name} is damaged: expected ${whole.length} bytes`);
      rmSync(path);
      expect(() => openDataset(out)).toThrow(`${name} is damaged: it is missing`);
      whole[whole.length - (name.includes('ends') ? 4 : 2)]! ^= 1;
      writeFileSync(path, whole);
      if (name.includes('ends')) expect(() => openDataset(out)).toThrow(`${name} is damaged`);
      else {
        const data = openDataset(out);
        await expect(data.verify()).rejects.toThrow(`${name} is damaged: expected SHA-256`);
        data.close();
      }
    },
  );

  it.each([
    ['decrease', (ends: Uint32Array) => ends.set([2, 5, 4], 0), 'end 2 is 4, but the one before it is 5'],
    ['stand still', (ends: Uint32Array) => ends.set([0], 0), 'end 0 is 0, but the one before it is 0'],
    [
      'point beyond the file',
      (ends: Uint32Array) => ends.set([2 ** 32 - 1], ends.length - 1),
      'expected sources and targets of',
    ],
    [
      'make pairs longer than is said',
      (ends: Uint32Array) => ends.set([3], 0),
      'expected sources and targets of',
    ],
    [
      'begin beyond the file',
      (ends: Uint32Array) => ends.set([2 ** 31], 0),
      'end 1 is 5, but the one before it is 2147483648',
    ],
  ])('with ends that %s is refused', async (_, change, message) => {
    const { out } = await prepare(LETTERS);
    const path = join(out, 'train.ends.bin');
    const bytes = readFileSync(path);
    const ends = Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
    change(ends);
    writeFileSync(path, ends);
    expect(() => openDataset(out)).toThrow(message);
  });

  it.each([
    ['splits.test', '"test": {', '"tests": {'],
    ['sourceTokenizer', '"sourceTokenizer"', '"tokenizerOfSources"'],
    ['splits.val.longestTarget', '"longestTarget": 3', '"longestTarget": 0'],
    ['valFraction', '"valFraction": 0.2', '"valFraction": 0.5'],
    ['kind', '"kind": "pairs"', '"kind": "triples"'],
  ])('whose meta.json lacks a right %s is refused', async (field, before, after) => {
    const { out } = await prepare(LETTERS);
    const path = join(out, 'meta.json');
    const text = readFileSync(path, 'utf8');
    const place = Math.max(text.indexOf(before, text.indexOf('"val": {')), text.indexOf(before));
    writeFileSync(path, text.slice(0, place) + text.slice(place).replace(before, after));
    expect(() => openDataset(out)).toThrow(
      new RegExp(`meta\\.json does not hold what was expected: ${field}`),
    );
  });
});

describe('pairs in memory', () => {
  it('are read as a split is', () => {
    const pairs = pairsOf([
      { source: Int32Array.of(1, 2), target: Int32Array.of(3) },
      { source: Int32Array.of(4), target: Int32Array.of(5, 6, 7) },
    ]);
    expect(pairs).toMatchObject({ length: 2, longestSource: 2, longestTarget: 3 });
    expect(pairs.at(1)).toEqual({ source: Int32Array.of(4), target: Int32Array.of(5, 6, 7) });
    for (const index of [-1, 2])
      expect(() => pairs.at(index)).toThrow(`pair ${index} asked for, but there are 2`);
  });
});

describe('the targets’ words are noted as labels', () => {
  const tagged = [
    { source: 'anna slept', target: 'BPERSON O' },
    { source: 'we met anna smith', target: 'O O BPERSON IPERSON' },
    { source: 'rome fell', target: 'BPLACE O' },
  ];
  const labelsOf = async (specs: PairTokenizerSpecs) => {
    const tokenizers = await tokenizersOfPairs(specs, pairSource(tagged));
    const { meta, out } = await prepare(tagged, tokenizers);
    expect(openDataset(out, 'pairs').meta).toEqual(meta);
    return meta.labels;
  };

  it('by their ids, where they are a few of their own', async () => {
    expect(await labelsOf({ tokenizer: 'word', sourceTokenizer: 'word' })).toEqual([
      'O',
      'BPERSON',
      'BPLACE',
      'IPERSON',
    ]);
  });

  it('whole, with their hyphens, where white space alone parts them', async () => {
    const hyphened = tagged.map(({ source, target }) => ({
      source,
      target: target.replace(/\b([BI])(?=P)/g, '$1-'),
    }));
    const specs = { tokenizer: 'whitespace', sourceTokenizer: 'whitespace' };
    const { meta, out } = await prepare(hyphened, await tokenizersOfPairs(specs, pairSource(hyphened)));
    expect(meta.labels).toEqual(['O', 'B-PERSON', 'B-PLACE', 'I-PERSON']);
    const { source, target } = openDataset(out, 'pairs').train.at(0);
    expect(target).toHaveLength(source.length);
  });

  it('and not where they are the sources’ words too, or no words', async () => {
    expect(await labelsOf({ tokenizer: 'word' })).toBe(undefined);
    expect(await labelsOf({ tokenizer: 'char', sourceTokenizer: 'word' })).toBe(undefined);
  });
});
