// Beam search: as wide as there are texts it finds the best of all, and as narrow as one it is greedy.
import { describe, expect, it } from 'vitest';
import type { PairModel, Steps } from '../../src/architectures/pair-model.ts';
import { keyFor, Stream } from '../../src/base/random.ts';
import { type BeamOptions, beamSearch, type Written } from '../../src/sampling/beam.ts';
import { tensorsInUse } from '../models/example.ts';
import { livelyPairModel, padded, paddedRows, SEQ2SEQ, stepsOf } from '../models/pair-example.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { type Next, scripted } from './scripted-steps.ts';

const V = 4;
const END = 1;
const MOST = 3;
/** As many as there are texts of at most MOST tokens, all of which are kept then. */
const WIDE = 1 + 3 + 9 + 27;

const random: Next = (text, tokens) => {
  const stream = new Stream(keyFor(text, `after ${tokens}`));
  return Array.from({ length: V }, () => 2 * stream.normal());
};

function search(steps: Steps, texts: number, options: Partial<BeamOptions> = {}): Promise<Written[]> {
  return beamSearch(steps, texts, { beam: 1, lengthPenalty: 1, maxTokens: MOST, end: END, ...options });
}

function logSoftmax(logits: readonly number[]): number[] {
  const sum = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
  return logits.map((logit) => logit - sum);
}

/** Every text there can be, with its log-probability. */
function allTexts(next: Next, text: number, tokens: number[] = [], logProbability = 0): Written[] {
  if (tokens.length === MOST) return [{ tokens, ended: false, logProbability }];
  return logSoftmax(next(text, [END, ...tokens])).flatMap((nats, token) =>
    token === END
      ? [{ tokens, ended: true, logProbability: logProbability + nats }]
      : allTexts(next, text, [...tokens, token], logProbability + nats),
  );
}

/** By the formula: the end is a token too. */
function scoreOf({ tokens, ended, logProbability }: Written, lengthPenalty: number): number {
  return logProbability / (tokens.length + (ended ? 1 : 0)) ** lengthPenalty;
}

/** The best first. */
function ranked(texts: Written[], lengthPenalty = 1): Written[] {
  return texts.toSorted((a, b) => scoreOf(b, lengthPenalty) - scoreOf(a, lengthPenalty));
}

function greedy(next: Next, text: number): number[] {
  const tokens: number[] = [];
  while (tokens.length < MOST) {
    const logits = next(text, [END, ...tokens]);
    const likeliest = logits.indexOf(Math.max(...logits));
    if (likeliest === END) break;
    tokens.push(likeliest);
  }
  return tokens;
}

/** Of one text alone, through every token there is, until as many as the beam have ended that beat all that grow. */
function plainSearch(next: Next, text: number, beam: number, maxTokens: number): Written {
  let finished: Written[] = [];
  let growing: Written[] = [{ tokens: [], ended: false, logProbability: 0 }];
  for (let length = 1; length <= maxTokens; length++) {
    const candidates = growing.flatMap(({ tokens, logProbability }) =>
      logSoftmax(next(text, [END, ...tokens])).map((nats, token) => ({
        tokens: token === END ? tokens : [...tokens, token],
        ended: token === END,
        logProbability: logProbability + nats,
      })),
    );
    growing = [];
    for (const candidate of candidates.toSorted((a, b) => b.logProbability - a.logProbability)) {
      if (growing.length === beam) break;
      (candidate.ended ? finished : growing).push(candidate);
    }
    finished = ranked(finished).slice(0, beam);
    const all = ranked([...finished, ...growing]);
    if (finished.length === beam && finished.every((each, i) => each === all[i])) break;
    finished = length === maxTokens ? all : finished;
  }
  return finished[0]!;
}

function expectSame(actual: Written[], expected: Written[]): void {
  const texts = (all: Written[]) => all.map(({ tokens, ended }) => ({ tokens, ended }));
  expect(texts(actual)).toEqual(texts(expected));
  const nats = (all: Written[]) => all.map(({ logProbability }) => logProbability);
  expect(nats(actual)).toAgree(nats(expected), 'model');
}

describeOnAllBackends(() => {
  const TEXTS = 20;
  const each = <T>(find: (text: number) => T) => Array.from({ length: TEXTS }, (_, text) => find(text));

  it.each([0, 0.6, 1, 2])(
    'of all texts finds the best by a length penalty of %d, if the beam has room for all',
    async (lengthPenalty) => {
      const found = await search(scripted(random, TEXTS), TEXTS, { beam: WIDE, lengthPenalty });
      expectSame(
        found,
        each((text) => ranked(allTexts(random, text), lengthPenalty)[0]!),
      );
    },
  );

  it('is greedy where the beam is one', async () => {
    const found = await search(scripted(random, TEXTS), TEXTS);
    expect(found.map(({ tokens }) => tokens)).toEqual(each((text) => greedy(random, text)));
  });

  it('of tokens that are equally likely takes the lower id', async () => {
    const [found] = await search(
      scripted(() => [0, -5, 3, 3], 1),
      1,
    );
    expect(found!.tokens).toEqual([2, 2, 2]);
  });

  it('finds what begins less likely and ends likelier, where greedy decoding does not', async () => {
    const logarithms = (probabilities: number[]) => probabilities.map(Math.log);
    const next: Next = (_, tokens) => {
      if (tokens.length === 1) return logarithms([0.5, 0.01, 0.4, 0.09]);
      return logarithms(tokens[1] === 0 ? [0.3, 0.3, 0.2, 0.2] : [0.02, 0.9, 0.04, 0.04]);
    };
    const [two] = await search(scripted(next, 1), 1, { beam: 2, lengthPenalty: 0 });
    expectSame([two!], [{ tokens: [2], ended: true, logProbability: Math.log(0.4 * 0.9) }]);
    expect((await search(scripted(next, 1), 1, { lengthPenalty: 0 }))[0]!.tokens[0]).toBe(0);
  });

  it('feeds a text no more once those that have ended beat all that grow', async () => {
    const lengths: number[] = [];
    const next: Next = (_, tokens) => {
      lengths.push(tokens.length);
      return [2, 3, 0, 0];
    };
    await search(scripted(next, 1), 1, { beam: 2 });
    expect(Math.max(...lengths)).toBe(2);
  });

  it.each([1, 2, 3])('finds what a search through every token finds, with a beam of %d', async (beam) => {
    const maxTokens = 6;
    const found = await search(scripted(random, TEXTS), TEXTS, { beam, maxTokens });
    expectSame(
      found,
      each((text) => plainSearch(random, text, beam, maxTokens)),
    );
  });

  it.each([1, 2, 3])('gives a text what it gives it alone, with a beam of %d', async (beam) => {
    const together = await search(scripted(random, TEXTS), TEXTS, { beam });
    const alone = each((text) =>
      search(
        scripted((_, tokens) => random(text, tokens), 1),
        1,
        { beam },
      ),
    );
    expectSame(together, (await Promise.all(alone)).flat());
  });

  it('ends when it is told to, and leaves no tensors behind', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const before = tensorsInUse();
    await expect(search(scripted(random, 2), 2, { signal })).rejects.toThrow('enough');
    await search(scripted(random, 2), 2, { beam: 3 });
    expect(tensorsInUse()).toEqual(before);
  });

  describe.each([
    { decoder: 'gru', attention: 'additive' },
    { decoder: 'transformer', attention: 'multihead' },
  ] as const)('with a $decoder with $attention attention and coverage', (settings) => {
    const SOURCES = [[3, 8, 1, 2], [5, 0], [4]];
    const writer = () =>
      livelyPairModel({ ...SEQ2SEQ, ...settings, vocabSize: V, end: END, coverage: 1, layers: 1 });

    it('finds the best of all texts, and greedy decoding’s where the beam is one', async () => {
      const model = writer();
      const next = await tableOf(model, SOURCES);
      const texts = SOURCES.map((_, text) => text);
      const found = await search(stepsOf(model, SOURCES), SOURCES.length, { beam: WIDE });
      expectSame(
        found,
        texts.map((text) => ranked(allTexts(next, text))[0]!),
      );
      const narrow = await search(stepsOf(model, SOURCES), SOURCES.length);
      expect(narrow.map(({ tokens }) => tokens)).toEqual(texts.map((text) => greedy(next, text)));
    });

    it('gives a source what it gives it alone', async () => {
      const model = writer();
      const options = { beam: 3, maxTokens: 8 };
      const together = await search(stepsOf(model, SOURCES), SOURCES.length, options);
      const alone: Written[] = [];
      for (const source of SOURCES) alone.push(...(await search(stepsOf(model, [source]), 1, options)));
      expectSame(together, alone);
    });
  });
});

/** What a model says after every text, from passes over whole texts. */
async function tableOf(model: PairModel, sources: number[][]): Promise<Next> {
  const tokens = Array.from({ length: V ** (MOST - 1) }, (_, i) => [END, Math.floor(i / V), i % V]);
  const tables: number[][][][] = [];
  for (const source of sources) {
    const texts = padded(tokens.map(() => source));
    tables.push((await model.logits(texts, paddedRows(tokens, 0)).array()) as number[][][]);
  }
  return (text, after) => {
    const [, first = 0, second = 0] = after;
    return tables[text]![first * V + second]![after.length - 1]!;
  };
}
