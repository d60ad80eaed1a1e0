// The evaluator against plain sums over the text, with models whose every prediction is known.

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { LanguageModel } from '../../../src/architectures/language-model.ts';
import { startBackend } from '../../../src/backends/index.ts';
import { type Tokens, tokensOf } from '../../../src/data/tokens.ts';
import { byteLengths } from '../../../src/evaluation/bits-per-byte.ts';
import { evaluate } from '../../../src/tasks/next-token/evaluate.ts';
import { learning } from '../../../src/tasks/next-token/learning.ts';
import { byteTokenizer } from '../../../src/tokenizers/byte-pair.ts';
import { fromJson } from '../../../src/tokenizers/from-json.ts';
import { codePointTokenizer } from '../../data/stand-ins.ts';
import { nats, type Reading, StandIn } from '../../evaluation/stand-in.ts';
import { goldenTokenizer } from '../../golden/tokenizers.ts';
import {
  fullLogits,
  GPT,
  LSTM,
  livelyModel,
  nextLogits,
  randomTexts,
  STACKED,
  tensorsInUse,
} from '../../models/example.ts';

const byteLength = () => 1;

/** Sums in float64 against a model's float32 means. */
const CLOSE = 1e-5;

beforeAll(() => startBackend('plain'));

describe('a model that knows only the token before', () => {
  const cases = fc
    .record({
      length: fc.integer({ min: 2, max: 300 }),
      context: fc.integer({ min: 1, max: 30 }),
      memory: fc.boolean(),
      reset: fc.boolean(),
    })
    .chain((row) =>
      fc.record({
        ...mapConstant(row),
        stride: fc.option(fc.integer({ min: 1, max: row.context }), { nil: undefined }),
      }),
    );

  it('costs the same however its text is read, and every token is scored once', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ length, context, memory, reset, stride }) => {
        const text = randomTexts(length, 1, length, 7)[0]!;
        const expected = text.slice(1).reduce((sum, id, i) => sum + nats(text[i]!, id), 0);
        const sizeOf = (id: number) => (id === 0 ? 0 : id);
        const model = new StandIn({ context, memory });
        const result = await evaluate(model, tokensOf(text), { byteLength: sizeOf, stride, reset });
        const bytes = text.slice(1).reduce((sum, id) => sum + sizeOf(id), 0);
        expect(result).toMatchObject({ tokens: length - 1, bytes, stride: stride ?? context });
        expect(Math.abs(result.loss * (length - 1) - expected)).toBeLessThan(CLOSE * expected);
        expect(result.perplexity).toBe(Math.exp(result.loss));
        if (bytes > 0)
          expect(Math.abs(result.bitsPerByte! - expected / Math.log(2) / bytes)).toBeLessThan(
            CLOSE * result.bitsPerByte!,
          );
      }),
      { numRuns: 60 },
    );
  });

  it('reads every position once, each after the one before it', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ length, context, memory, reset, stride }) => {
        const model = new StandIn({ context, memory });
        await evaluate(model, positions(length), { byteLength, stride, reset });
        const scored = model.readings.flatMap(({ scored }) => scored);
        expect(scored.toSorted((a, b) => a - b)).toEqual(range(1, length));
        const windows = !memory || reset || stride !== undefined;
        for (const { inputs, scored } of model.readings) {
          if (scored.length === 0) continue; // a lane that is done while others go on
          const last = scored.at(-1)!;
          const first = inputs[0]!;
          expect(inputs.slice(0, last - first)).toEqual(range(first, last));
          expect(scored).toEqual(range(scored[0]!, last + 1));
          const seen = scored[0]! - first;
          if (windows) expect(first === 0 || seen > context - (stride ?? context)).toBe(true);
          expect(inputs.length).toBeLessThanOrEqual(context);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('with a memory reads long stretches side by side, each without a gap', async () => {
    const model = new StandIn({ context: 2, memory: true });
    const result = await evaluate(model, positions(500), { byteLength }); // 3 · 64 · 2 ≤ 500
    const lanes: Reading[][] = [[], [], []];
    for (const [i, reading] of model.readings.entries()) lanes[i % 3]!.push(reading);
    expect(lanes.map((lane) => lane.flatMap(({ scored }) => scored))).toEqual([
      range(1, 168), // 499 targets in stretches of 167
      range(168, 335),
      range(335, 500),
    ]);
    expect(model.readings.every(({ memory }) => memory === model.memories[0])).toBe(true);
    expect(model.memories).toEqual([{ batch: 3, disposed: true }]);
    expect(result.contextReset).toBe(
      'state carried through the text, which is read in 3 stretches side by side',
    );
  });

  it.each([
    { memory: false, reset: false, stride: undefined },
    { memory: true, reset: true, stride: undefined },
    { memory: true, reset: false, stride: 4 },
  ])('has no memory where $memory, $reset, $stride', async ({ memory, reset, stride }) => {
    const model = new StandIn({ context: 8, memory });
    const result = await evaluate(model, positions(40), { byteLength, reset, stride });
    expect(model.memories).toEqual([]);
    expect(result.contextReset).toBe('every window of 8 tokens starts afresh');
  });

  it('reads windows of 4096 tokens of a longer context, or as many as are asked for', async () => {
    const model = new StandIn({ context: 100_000 });
    expect(await evaluate(model, positions(50), {})).toMatchObject({ stride: 4096 });
    expect(await evaluate(model, positions(50), { window: 7 })).toMatchObject({
      stride: 7,
      contextReset: 'every window of 7 tokens starts afresh',
    });
  });

  it('lets its memory go when the evaluation is broken off', async () => {
    const model = new StandIn({ context: 2, memory: true });
    const before = tensorsInUse();
    const stop = () => {
      throw new Error('enough');
    };
    await expect(evaluate(model, positions(50), { byteLength, onProgress: stop })).rejects.toThrow('enough');
    expect(model.memories).toEqual([{ batch: 1, disposed: true }]);
    expect(tensorsInUse()).toEqual(before);
  });

  it('reads as many windows at once as fit, and fewer of a large vocabulary', async () => {
    for (const { vocabSize, rows } of [
      { vocabSize: 100, rows: 16 },
      { vocabSize: 2 ** 19, rows: 8 },
      { vocabSize: 2 ** 30, rows: 1 },
    ]) {
      const model = new StandIn({ context: 8, vocabSize });
      await evaluate(model, positions(8 * 16 + 1), { byteLength });
      expect(model.batches).toEqual(new Array(16 / rows).fill(rows));
    }
  });
});

describe('part of a text', () => {
  it('is windows spread evenly over it', async () => {
    const model = new StandIn({ context: 10 });
    const { tokens } = await evaluate(model, positions(1001), { byteLength, maxTokens: 50 });
    expect(tokens).toBe(50);
    expect(model.readings.map(({ inputs }) => inputs[0])).toEqual([0, 200, 400, 600, 800]);
  });

  it('is the beginning of every stretch for a model with a memory', async () => {
    const model = new StandIn({ context: 10, memory: true });
    const { tokens } = await evaluate(model, positions(1921), { byteLength, maxTokens: 75 });
    expect(tokens).toBe(75);
    expect(model.readings.flatMap(({ scored }) => scored).toSorted((a, b) => a - b)).toEqual([
      ...range(1, 26), // three stretches of 640
      ...range(641, 666),
      ...range(1281, 1306),
    ]);
  });

  it.each([false, true])('is all of it where that is asked for (memory: %s)', async (memory) => {
    const model = new StandIn({ context: 10, memory });
    for (const maxTokens of [990, 991, 5000])
      expect((await evaluate(model, positions(991), { byteLength, maxTokens })).tokens).toBe(990);
  });

  it.each([
    { maxTokens: undefined, total: 999 },
    { maxTokens: 300, total: 300 },
  ])('tells how far it is: $maxTokens', async ({ maxTokens, total }) => {
    const model = new StandIn({ context: 10 });
    const seen: number[] = [];
    const onProgress = (done: number, of: number) => {
      expect(of).toBe(total);
      seen.push(done);
    };
    await evaluate(model, positions(1000), { byteLength, maxTokens, onProgress });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(total);
    expect(seen.length).toBeGreaterThan(1);
  });
});

describe('a GPT', () => {
  const text = randomTexts(9, 1, 75, GPT.vocabSize)[0]!;

  it.each([undefined, 16, 11, 5, 1])('with a stride of %s loses what its logits say', async (stride) => {
    const model = livelyModel(GPT);
    const result = await evaluate(model, tokensOf(text), { byteLength, stride });
    const T = GPT.context;
    const step = stride ?? T;
    let expected = 0;
    for (let target = 1; target < text.length; target++) {
      // The first of the windows at 0, step, 2 · step, … that reaches the target.
      const start = step * Math.max(0, Math.ceil((target - T) / step));
      const window = text.slice(start, start + T);
      const logits = (await fullLogits(model, [window]))[0]![target - 1 - start]!;
      expected -= logProbability(logits, text[target]!);
    }
    expect(result.tokens).toBe(74);
    expect(Math.abs(result.loss - expected / 74)).toBeLessThan(CLOSE * result.loss);
  });

  it('leaves no tensors behind', async () => {
    const model = livelyModel(GPT);
    const before = tensorsInUse();
    await evaluate(model, tokensOf(text), { byteLength, stride: 5 });
    expect(tensorsInUse()).toEqual(before);
  });
});

describe.each(STACKED)('a model of the kind %s', (_, kind) => {
  const config = { ...kind, context: 2 };
  const text = randomTexts(9, 1, 300, config.vocabSize)[0]!;

  it.each([
    { length: 100, stretch: 99, read: 'through the text' },
    { length: 255, stretch: 254, read: 'through the text' },
    { length: 256, stretch: 128, read: 'through the text, which is read in 2 stretches side by side' }, // 2 · 64 · context
    { length: 300, stretch: 150, read: 'through the text, which is read in 2 stretches side by side' },
  ])('of $length tokens remembers all of its stretch', async ({ length, stretch, read }) => {
    const model = livelyModel(config);
    const part = text.slice(0, length);
    const result = await evaluate(model, tokensOf(part), { byteLength });
    expect(result.tokens).toBe(length - 1);
    expect(result.contextReset).toBe(`state carried ${read}`);
    const expected = await lossByDecoding(model, part, stretch);
    expect(Math.abs(result.loss - expected)).toBeLessThan(CLOSE * expected);
  });

  it('forgets between windows where it must', async () => {
    const model = livelyModel(config);
    const expected = await lossByDecoding(model, text, config.context);
    for (const options of [{ reset: true }, { stride: config.context }]) {
      const result = await evaluate(model, tokensOf(text), { byteLength, ...options });
      expect(Math.abs(result.loss - expected)).toBeLessThan(CLOSE * expected);
    }
    const carried = await evaluate(model, tokensOf(text), { byteLength });
    expect(Math.abs(carried.loss - expected)).toBeGreaterThan(100 * CLOSE);
  });

  it('leaves no tensors behind', async () => {
    const model = livelyModel(config);
    const before = tensorsInUse();
    await evaluate(model, tokensOf(text), { byteLength });
    expect(tensorsInUse()).toEqual(before);
  });
});

it.each([GPT, LSTM])('a uniform $arch loses ln V, and its perplexity is V', async (config) => {
  const model = livelyModel({ ...config, vocabSize: 64 });
  for (const [name, variable] of model.parameters)
    if (/^(wte|head)\./.test(name)) variable.assign(tf.zerosLike(variable));
  const text = tokensOf(randomTexts(3, 1, 100, 64)[0]!);
  const { loss, perplexity, bitsPerByte } = await evaluate(model, text, { byteLength });
  expect(loss).toBeCloseTo(Math.log(64), 6);
  expect(perplexity).toBeCloseTo(64, 4);
  expect(bitsPerByte).toBeCloseTo(6, 6);
});

describe('bytes', () => {
  it('are those of the text behind each token, none for end-of-text', async () => {
    const end = 0x10ffff; // any code point that the text has not
    const tokenizer = codePointTokenizer(end + 1, end);
    const text = [...tokenizer.encode('aé€'), end, ...tokenizer.encode('𝄞b')]; // 1, 2, 3, 0, 4 and 1 bytes
    const lengths = byteLengths(tokenizer);
    expect(text.map((id) => lengths(id))).toEqual([1, 2, 3, 0, 4, 1]);
    const result = await evaluate(new StandIn({ context: 4 }), tokensOf(text), { byteLength: lengths });
    expect(result).toMatchObject({ tokens: 5, bytes: 10 }); // the first token is not predicted
    const all = text.slice(1).reduce((sum, id, i) => sum + nats(text[i]!, id), 0); // end-of-text included
    expect(result.bitsPerByte!).toBeCloseTo(all / Math.log(2) / 10, 5);
  });
});

describe('bytes of texts before which a tokenizer writes a space', () => {
  const texts = ['Hello, world', ' a  b', 'é 漢\n', '\ufeffx', '▁'];

  it.each(['llama2', 'mistral', 'gemma', 'llama3', 'metaspace'])(
    'are those of the texts: %s',
    async (shape) => {
      const tokenizer = fromJson(goldenTokenizer(shape).tokenizer, shape, { eos_token: '</s>' });
      const { startOfText = [], endOfText = startOfText[0]! } = tokenizer;
      const kept = texts.filter((text) => tokenizer.decode(tokenizer.encode(text)) === text);
      expect(kept.length).toBeGreaterThan(1);
      const stream = kept.flatMap((text) => [...startOfText, ...tokenizer.encode(text), endOfText]);
      const bytes = Buffer.byteLength(kept.join(''));
      const byteLength = byteLengths(tokenizer);
      const whole = tokensOf([endOfText, ...stream], endOfText);
      for (const context of [4, 64])
        expect(await evaluate(new StandIn({ context }), whole, { byteLength })).toMatchObject({ bytes });
    },
  );
});

it('a prompt may have more tokens than a function takes arguments', () => {
  const model = livelyModel(GPT);
  expect(() => learning.write!(model, byteTokenizer(), 'a'.repeat(200_000), {})).not.toThrow();
});

describe('refuses', () => {
  it.each([0, 1])('a text of %d tokens, in which there is nothing to predict', async (length) => {
    await expect(evaluate(new StandIn({ context: 4 }), positions(length), { byteLength })).rejects.toThrow(
      `expected at least 2 tokens to evaluate, but the split has ${length}`,
    );
  });

  it('a stride longer than the context', async () => {
    const model = new StandIn({ context: 4 });
    await expect(evaluate(model, positions(9), { byteLength, stride: 5 })).rejects.toThrow(
      'expected a whole number from 1 to the context, 4, for stride, but got 5',
    );
  });
});

/** Fed one token at a time to a new decoding for each stretch. */
async function lossByDecoding(model: LanguageModel, text: number[], stretch: number): Promise<number> {
  let sum = 0;
  for (let start = 0; start < text.length - 1; start += stretch) {
    const decoding = model.startDecoding();
    const row = decoding.join();
    for (let at = start; at < Math.min(start + stretch, text.length - 1); at++) {
      const [logits] = await nextLogits(decoding, [{ row, tokens: [text[at]!] }]);
      sum -= logProbability(logits!, text[at + 1]!);
    }
    decoding.dispose();
  }
  return sum / (text.length - 1);
}

function logProbability(logits: ArrayLike<number>, id: number): number {
  const sum = Array.from(logits).reduce((total, logit) => total + Math.exp(logit), 0);
  return logits[id]! - Math.log(sum);
}

/** A text whose tokens are their own positions. */
function positions(length: number): Tokens {
  return tokensOf(range(0, length));
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

function mapConstant<T extends object>(row: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, fc.constant(value)])) as {
    [K in keyof T]: fc.Arbitrary<T[K]>;
  };
}
