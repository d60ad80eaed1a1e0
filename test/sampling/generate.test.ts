import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { Decoding, LanguageModel } from '../../src/architectures/language-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { keyFor, Stream } from '../../src/base/random.ts';
import { sampleToken } from '../../src/ops/sample-token.ts';
import { collectSamples, generate, type SampleEvent } from '../../src/sampling/generate.ts';
import type { SamplingInput } from '../../src/sampling/options.ts';
import type { Tokenizer } from '../../src/tokenizers/tokenizer.ts';

beforeAll(() => startBackend('plain'));

const END = 256;
const VOCAB = 300; // padded: ids 257…299 are nobody's

/** One id a byte, and end-of-text; longer tokens where a test needs them. */
function tokenizerOf(longer: Record<number, string> = {}, endOfText: number | undefined = END): Tokenizer {
  const bytesOf = (id: number) => {
    const text = longer[id];
    return text === undefined ? Uint8Array.of(id) : new TextEncoder().encode(text);
  };
  return {
    name: 'bytes',
    kind: 'byte',
    vocabSize: 257,
    endOfText,
    encode: (text) => Uint32Array.from(new TextEncoder().encode(text)),
    decode: (ids) =>
      new TextDecoder().decode(Uint8Array.from(Array.from(ids).flatMap((id) => [...bytesOf(id)]))),
    bytesOf,
    toJSON: () => ({}),
    fingerprint: '',
  };
}

type Next = (sample: number, step: number) => number | Float32Array;

/**
 * Says what it is told to: for each sample and step a token (all but certain), or logits. Samples share the first step, in
 * which the prompt is fed. Notes what it was fed, and which samples left before which feed.
 */
function scripted(next: Next) {
  const fed: Record<number, number[]>[] = [];
  const left: [sample: number, feed: number][] = [];
  let disposals = 0;
  const model: Pick<LanguageModel, 'config' | 'startDecoding'> = {
    config: { arch: 'lstm', vocabSize: VOCAB, context: 8, layers: 1, width: 4, dropout: 0, tiedHead: true },
    startDecoding: (): Decoding => ({
      join: () => 0,
      fork: (row, count) => Array.from({ length: count }, (_, i) => row + 1 + i),
      feed(portions) {
        const logits = new Float32Array(portions.length * VOCAB);
        for (const [i, { row }] of portions.entries()) {
          const wanted = next(row, fed.length);
          if (typeof wanted === 'number') logits[i * VOCAB + wanted] = 1000;
          else logits.set(wanted, i * VOCAB);
        }
        fed.push(Object.fromEntries(portions.map(({ row, tokens }) => [row, Array.from(tokens)])));
        return tf.tensor2d(logits, [portions.length, VOCAB]);
      },
      leave: (row) => {
        left.push([row, fed.length]);
      },
      dispose: () => {
        disposals++;
      },
    }),
  };
  return { model, fed, left, disposals: () => disposals };
}

/** Writes the text's bytes, then end-of-text for ever. */
function saying(...texts: string[]) {
  const bytes = texts.map((text) => new TextEncoder().encode(text));
  return scripted((s, step) => bytes[s]![step] ?? END);
}

async function run(
  script: ReturnType<typeof scripted>,
  input: SamplingInput,
  tokenizer = tokenizerOf(),
  prompt: ArrayLike<number> = [65],
) {
  const pieces: string[] = [];
  const { numTensors } = tf.memory();
  const samples = await collectSamples(generate(script.model, tokenizer, prompt, input), (text) => {
    pieces.push(text);
  });
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(script.disposals()).toBe(1);
  return { samples, pieces };
}

describe('where a sample ends', () => {
  it('at end-of-text, which is neither text nor a token of it', async () => {
    const { samples } = await run(saying('hi'), {});
    expect(samples).toEqual([{ text: 'hi', tokens: [104, 105], finish: 'end-of-text' }]);
  });

  it('after maxTokens', async () => {
    const script = saying('hello');
    const { samples } = await run(script, { maxTokens: 3 });
    expect(samples).toEqual([{ text: 'hel', tokens: [104, 101, 108], finish: 'length' }]);
    expect(script.fed).toEqual([{ 0: [65] }, { 0: [104] }, { 0: [101] }]);
  });

  it('before a stop string that spans tokens, however they are cut', async () => {
    const tokenizer = tokenizerOf({ 1: 'one\nEN', 2: 'Dtwo', 3: '\nEnd' });
    const script = scripted((_, step) => [3, 1, 2][step] ?? END);
    const { samples, pieces } = await run(script, { stop: ['\nEND', 'never'] }, tokenizer);
    expect(samples).toEqual([{ text: '\nEndone', tokens: [3, 1, 2], finish: 'stop' }]);
    expect(pieces).toEqual(['\nEnd', 'one']);
  });

  it('with what was held back, when a stop string was only begun', async () => {
    for (const input of [{ maxTokens: 4 }, {}]) {
      const { samples, pieces } = await run(saying('a\n\nb'), { ...input, stop: ['\n\nbc'] });
      expect(samples[0]!.text).toBe('a\n\nb');
      expect(pieces).toEqual(['a', '\n\nb']);
    }
  });

  it('by the stop string, if that is complete with the last token allowed', async () => {
    const { samples } = await run(saying('ab.c'), { maxTokens: 3, stop: ['.'] });
    expect(samples[0]).toEqual({ text: 'ab', tokens: [97, 98, 46], finish: 'stop' });
  });
});

describe('streaming', () => {
  it('never shows half a character', async () => {
    const { samples, pieces } = await run(saying('né😀!'), {});
    expect(pieces).toEqual(['n', 'é', '😀', '!']);
    expect(samples[0]!.tokens).toHaveLength(1 + 2 + 4 + 1);
  });

  it('marks a character that was cut off by the end', async () => {
    const { samples, pieces } = await run(saying('a😀'), { maxTokens: 3 });
    expect(samples[0]!.text).toBe('a\ufffd');
    expect(pieces.join('')).toBe('a\ufffd');
  });
});

describe('several samples', () => {
  it('go on side by side until the last is done', async () => {
    const script = saying('abc', 'a', 'aq');
    const events: SampleEvent[] = [];
    for await (const event of generate(script.model, tokenizerOf(), [65, 66], { numSamples: 3 }))
      events.push(event);
    const order = events.map((event) => `${event.index}${event.kind === 'text' ? event.text : ' done'}`);
    expect(order).toEqual(['0a', '1a', '2a', '0b', '1 done', '2q', '0c', '2 done', '0 done']);
    expect(script.disposals()).toBe(1);
  });

  it('share the prompt, which is fed once, and leave when they are done', async () => {
    const script = saying('abc', 'a', 'aq');
    await run(script, { numSamples: 3 }, tokenizerOf(), [65, 66]);
    expect(script.fed).toEqual([
      { 0: [65, 66] },
      { 0: [97], 1: [97], 2: [97] },
      { 0: [98], 2: [113] },
      { 0: [99] },
    ]);
    expect(script.left).toEqual([
      [1, 2],
      [2, 3],
      [0, 4],
    ]);
    expect(script.disposals()).toBe(1);
  });

  it('are each what they would be with fewer beside them, and differ', async () => {
    const logits = (s: number, step: number) => {
      const random = new Stream(keyFor(5, 'logits', s, step));
      return Float32Array.from({ length: VOCAB }, (_, id) => (id < 97 || id > 122 ? -30 : random.normal()));
    };
    const input = { maxTokens: 12, seed: 9, repetitionPenalty: 1.2 };
    const { samples: four } = await run(scripted(logits), { ...input, numSamples: 4 });
    const { samples: two } = await run(scripted(logits), { ...input, numSamples: 2 });
    const { samples: other } = await run(scripted(logits), { ...input, numSamples: 2, seed: 10 });
    expect(four.slice(0, 2)).toEqual(two);
    expect(new Set([...four, ...other].map((sample) => sample.text)).size).toBe(6);
  });

  it('draw token t of sample s with the number at (seed, s, t)', async () => {
    const flat = new Float32Array(VOCAB).fill(-50, 128);
    const { samples } = await run(
      scripted(() => flat),
      { maxTokens: 5, seed: 4, temperature: 1, numSamples: 2 },
    );
    const plain = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
    const drawn = [0, 1].map((s) =>
      [0, 1, 2, 3, 4].map((t) => {
        const uniform = new Stream(keyFor(4, 'sample', s, t)).uniform();
        return sampleToken(flat.subarray(0, 257), plain, new Set(), uniform);
      }),
    );
    expect(samples.map((sample) => sample.tokens)).toEqual(drawn);
    expect(drawn[0]).toEqual(
      drawn[0]!.map((_, t) => Math.floor(128 * new Stream(keyFor(4, 'sample', 0, t)).uniform())),
    );
  });
});

describe('what is drawn', () => {
  it('is never an id that the tokenizer does not know', async () => {
    const logits = new Float32Array(VOCAB).fill(100, 257);
    logits[98] = 1;
    const { samples } = await run(
      scripted(() => logits),
      { temperature: 0, maxTokens: 2 },
    );
    expect(samples[0]!.text).toBe('bb');
  });

  it('is penalized for the prompt as for the text so far', async () => {
    const logits = new Float32Array(VOCAB).fill(-9);
    [logits[97], logits[98], logits[99]] = [3, 2, 1.8];
    const input = { temperature: 0, maxTokens: 3, repetitionPenalty: 2 };
    // a is in the prompt: 3 / 2 < 2, so b; then 2 / 2 < 1.8, so c; then a (1.5) again.
    const { samples } = await run(
      scripted(() => logits),
      input,
      tokenizerOf(),
      [97],
    );
    expect(samples[0]!.text).toBe('bca');
  });
});

describe('the prompt', () => {
  it('is fed whole, also beyond the context', async () => {
    const script = saying('x');
    await run(script, { maxTokens: 1 }, tokenizerOf(), new Uint32Array(20).fill(7));
    expect(script.fed).toEqual([{ 0: new Array(20).fill(7) }]);
  });

  it('if empty, is end-of-text, a newline or id 0', async () => {
    const withoutNewline: Tokenizer = {
      ...tokenizerOf(),
      endOfText: undefined,
      encode: () => {
        throw new Error('no newline here');
      },
    };
    const newline = { ...tokenizerOf(), endOfText: undefined };
    for (const [tokenizer, first] of [
      [tokenizerOf(), END],
      [newline, 10],
      [withoutNewline, 0],
    ] as const) {
      const script = saying('x');
      await run(script, { maxTokens: 1 }, tokenizer, []);
      expect(script.fed).toEqual([{ 0: [first] }]);
    }
  });

  it('of another tokenizer is refused before anything starts', async () => {
    const script = saying('x');
    const events = generate(script.model, tokenizerOf(), [5, 300]);
    await expect(collectSamples(events)).rejects.toThrow(
      'expected token ids below 300 for the prompt, but got 300',
    );
    expect(script.fed).toEqual([]);
  });
});

describe('stopping early', () => {
  it('throws the signal’s reason before the next token, and frees the decoding', async () => {
    const script = saying('abcdef');
    const stop = new AbortController();
    let shown = '';
    const events = generate(script.model, tokenizerOf(), [65], {}, stop.signal);
    const samples = collectSamples(events, (text) => {
      shown += text;
      if (shown === 'abc') stop.abort(new Error('interrupted'));
    });
    await expect(samples).rejects.toThrow('interrupted');
    expect([shown, script.disposals()]).toEqual(['abc', 1]);
  });

  it('starts nothing under a signal that has fired', async () => {
    const script = saying('x');
    const events = generate(script.model, tokenizerOf(), [65], {}, AbortSignal.abort());
    await expect(collectSamples(events)).rejects.toThrow('abort');
    expect([script.fed.length, script.disposals()]).toEqual([0, 0]);
  });

  it('frees the decoding when the reader leaves, and when the model fails', async () => {
    const left = saying('abc');
    for await (const event of generate(left.model, tokenizerOf(), [65])) if (event.kind === 'text') break;
    expect(left.disposals()).toBe(1);

    const failing = scripted(() => new Float32Array(VOCAB).fill(Number.NaN));
    await expect(collectSamples(generate(failing.model, tokenizerOf(), [65]))).rejects.toThrow(
      'finite logits',
    );
    expect(failing.disposals()).toBe(1);
  });
});
