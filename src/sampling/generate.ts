// Writes samples with a model: several side by side in one batch, streamed as text.
// Token t of sample s is drawn with a number that depends on (seed, s, t) only, so a sample does not depend on its neighbours.
import * as tf from '#tfjs';
import type { Decoding, LanguageModel } from '../architectures/language-model.ts';
import { breathe } from '../base/breathe.ts';
import { unexpected } from '../base/errors.ts';
import { keyFor, Stream } from '../base/random.ts';
import { sampleTokens, type TokenRow } from '../ops/index.ts';
import { createTextStream } from '../tokenizers/text-stream.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type SamplingInput, type SamplingOptions, samplingOptions } from './options.ts';
import { StopText } from './stop-text.ts';

export interface Sample {
  /** What was written after the prompt, up to (and without) a stop string. */
  text: string;
  /** Every token drawn but end-of-text; those that spell a stop string are among them. */
  tokens: number[];
  finish: 'length' | 'stop' | 'end-of-text';
}

/** `index` says which of the samples. The texts of one sample, joined, are its `sample.text`. */
export type SampleEvent =
  | { kind: 'text'; index: number; text: string }
  | { kind: 'done'; index: number; sample: Sample };

/** What samples are written with. */
export type SampleModel = Pick<LanguageModel, 'config' | 'startDecoding'> & {
  /** Each sample is a text of its own from the beginning, and no fork of the first. */
  readonly startsApart?: true;
  /** A token that ends a sample, beside end-of-text. */
  readonly endsAt?: number;
};

/**
 * Continues a prompt `numSamples` times, side by side in one batch, and yields the text as it is written. The prompt is run
 * once for all of them.
 * @param promptIds The prompt's tokens. Without any, a text starts from end-of-text, else from a newline, else from id 0.
 * @param input How tokens are drawn: temperature, topK, topP, minP, repetitionPenalty, maxTokens, seed, stop, numSamples.
 * @param signal When it fires, its reason is thrown before the next token.
 * @example
 * import { generate, openModel, startBackend } from 'tsgpt';
 * await startBackend();
 * const { model, tokenizer } = await openModel('checkpoints/poems');
 * const events = generate(model, tokenizer, tokenizer.encode('The moon'), { temperature: 0.8, maxTokens: 100 });
 * for await (const event of events) if (event.kind === 'text') console.log(event.text);
 */
export async function* generate(
  model: SampleModel,
  tokenizer: Tokenizer,
  promptIds: ArrayLike<number>,
  input: SamplingInput = {},
  signal?: AbortSignal,
): AsyncGenerator<SampleEvent, void> {
  const options = samplingOptions(input);
  const prompt = promptIds.length > 0 ? Array.from(promptIds) : [firstToken(tokenizer)];
  const { vocabSize } = model.config;
  const stranger = prompt.find((id) => !(id >= 0 && id < vocabSize));
  if (stranger !== undefined) {
    throw unexpected(
      'the prompt',
      `token ids below ${vocabSize}`,
      stranger,
      'use the tokenizer of the model',
    );
  }
  // A vocabulary padded to a round size has ids that the tokenizer does not know: they are never drawn.
  const known = Math.min(vocabSize, tokenizer.vocabSize);
  signal?.throwIfAborted();
  const decoding = model.startDecoding();
  try {
    const begin = model.startsApart ? beginApart : beginForked;
    const { rows, ...first } = begin(decoding, prompt, options.numSamples);
    let { logits } = first; // (samples, V)
    let writers = rows.map((row, s) => new Writer(tokenizer, model.endsAt, prompt, options, s, row));
    for (;;) {
      const choices = writers.map((writer) => writer.choice());
      const picks = await sampleTokens(logits, known, choices).finally(() => logits.dispose());
      await breathe();
      signal?.throwIfAborted();
      for (const [i, writer] of writers.entries()) {
        const { index, row } = writer;
        const text = writer.write(picks[i]!);
        if (text !== '') yield { kind: 'text', index, text };
        if (!writer.finish) continue;
        decoding.leave(row);
        yield { kind: 'done', index, sample: writer.sample(writer.finish) };
      }
      writers = writers.filter(({ finish }) => !finish);
      if (writers.length === 0) return;
      logits = decoding.feed(writers.map(({ row, tokens }) => ({ row, tokens: tokens.slice(-1) })));
    }
  } finally {
    decoding.dispose();
  }
}

interface Begun {
  rows: number[];
  logits: tf.Tensor2D;
}

/** The prompt is run once. */
function beginForked(decoding: Decoding, prompt: number[], samples: number): Begun {
  const first = decoding.join();
  const logits = repeated(decoding.feed([{ row: first, tokens: prompt }]), samples);
  return { rows: [first, ...decoding.fork(first, samples - 1)], logits };
}

function beginApart(decoding: Decoding, prompt: number[], samples: number): Begun {
  const rows = Array.from({ length: samples }, () => decoding.join());
  return { rows, logits: decoding.feed(rows.map((row) => ({ row, tokens: prompt }))) };
}

/** Gives back one row's logits, (1, V), as those of several rows. */
function repeated(logits: tf.Tensor2D, rows: number): tf.Tensor2D {
  if (rows === 1) return logits;
  const all = tf.tile(logits, [rows, 1]);
  logits.dispose();
  return all;
}

/** The events of a sample that comes all at once. */
export function* wholeSample(index: number, sample: Sample): Generator<SampleEvent, void> {
  yield { kind: 'text', index, text: sample.text };
  yield { kind: 'done', index, sample };
}

/**
 * Waits for all samples of `generate`, and returns them in order.
 * @param onText Called with each piece of text as it comes.
 * @example
 * import { collectSamples, generate, openModel, startBackend } from 'tsgpt';
 * await startBackend();
 * const { model, tokenizer } = await openModel('checkpoints/poems');
 * const samples = await collectSamples(generate(model, tokenizer, [], { numSamples: 3, seed: 7 }));
 * for (const { text, finish } of samples) console.log(text, finish);
 */
export async function collectSamples(
  events: AsyncIterable<SampleEvent>,
  onText?: (text: string, index: number) => void,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const event of events) {
    if (event.kind === 'text') onText?.(event.text, event.index);
    else samples[event.index] = event.sample;
  }
  return samples;
}

function firstToken(tokenizer: Tokenizer): number {
  if (tokenizer.endOfText !== undefined) return tokenizer.endOfText;
  try {
    return tokenizer.encode('\n')[0] ?? 0;
  } catch {
    return 0; // a character vocabulary without newline
  }
}

/** One sample while it is written. */
class Writer {
  readonly tokens: number[] = [];
  finish: Sample['finish'] | undefined;
  #text = '';
  readonly #seen: Set<number>;
  readonly #characters;
  readonly #stop: StopText;
  readonly #ends: readonly (number | undefined)[];
  readonly #options: SamplingOptions;
  /** Which of the samples. */
  readonly index: number;
  /** The decoding's row in which it is decoded. */
  readonly row: number;

  constructor(
    tokenizer: Tokenizer,
    endsAt: number | undefined,
    prompt: readonly number[],
    options: SamplingOptions,
    index: number,
    row: number,
  ) {
    this.#seen = new Set(prompt);
    this.#characters = createTextStream(tokenizer);
    this.#stop = new StopText(options.stop);
    this.#ends = [tokenizer.endOfText, endsAt];
    this.#options = options;
    this.index = index;
    this.row = row;
  }

  /** What its next token depends on beside the logits. */
  choice(): TokenRow {
    const key = keyFor(this.#options.seed, 'sample', this.index, this.tokens.length);
    return { options: this.#options, seen: this.#seen, uniform: new Stream(key).uniform() };
  }

  /** Takes the next token; returns the text that has become certain. */
  write(token: number): string {
    let text = '';
    if (this.#ends.includes(token)) this.finish = 'end-of-text';
    else {
      this.tokens.push(token);
      this.#seen.add(token);
      text = this.#stop.push(this.#characters.push(token));
      if (this.tokens.length === this.#options.maxTokens) this.finish = 'length';
    }
    if (this.finish) text += this.#stop.push(this.#characters.end());
    if (this.#stop.stopped) this.finish = 'stop';
    else if (this.finish) text += this.#stop.end();
    this.#text += text;
    return text;
  }

  sample(finish: Sample['finish']): Sample {
    return { text: this.#text, tokens: this.tokens, finish };
  }
}
