// Writes samples with a model: several side by side in one batch, streamed as text.
// Token t of sample s is drawn with a number that depends on (seed, s, t) only, so a sample does not depend on its neighbours.

import type { LanguageModel } from '../architectures/language-model.ts';
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

/**
 * Continues the prompt `numSamples` times. An empty prompt starts from end-of-text, else from a newline, else from id 0.
 * A finished sample is fed a filler token until the last one is done. When `signal` fires, throws its reason before the next token.
 */
export async function* generate(
  model: Pick<LanguageModel, 'config' | 'startDecoding'>,
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
  const batch = options.numSamples;
  // A vocabulary padded to a round size has ids that the tokenizer does not know: they are never drawn.
  const known = Math.min(vocabSize, tokenizer.vocabSize);
  const writers = Array.from({ length: batch }, (_, s) => new Writer(tokenizer, prompt, options, s));
  signal?.throwIfAborted();
  const decoding = model.startDecoding(batch);
  try {
    let next: Int32Array = Int32Array.from(
      { length: batch * prompt.length },
      (_, i) => prompt[i % prompt.length]!,
    );
    for (;;) {
      const logits = decoding.feed(next); // (batch, V)
      const rows = writers.map((writer) => writer.row());
      next = await sampleTokens(logits, known, rows, options).finally(() => logits.dispose());
      await breathe();
      signal?.throwIfAborted();
      for (const [index, writer] of writers.entries()) {
        if (writer.finish) continue;
        const text = writer.write(next[index]!);
        if (text !== '') yield { kind: 'text', index, text };
        if (writer.finish) yield { kind: 'done', index, sample: writer.sample(writer.finish) };
      }
      if (writers.every((writer) => writer.finish)) return;
    }
  } finally {
    decoding.dispose();
  }
}

/** Waits for all samples of `generate`, in order; `onText` is given each piece of text as it comes. */
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
  readonly #endOfText: number | undefined;
  readonly #options: SamplingOptions;
  readonly #index: number;

  constructor(tokenizer: Tokenizer, prompt: readonly number[], options: SamplingOptions, index: number) {
    this.#seen = new Set(prompt);
    this.#characters = createTextStream(tokenizer);
    this.#stop = new StopText(options.stop);
    this.#endOfText = tokenizer.endOfText;
    this.#options = options;
    this.#index = index;
  }

  /** What its next token depends on beside the logits; none when it is finished. */
  row(): TokenRow | undefined {
    if (this.finish) return undefined;
    const key = keyFor(this.#options.seed, 'sample', this.#index, this.tokens.length);
    return { seen: this.#seen, uniform: new Stream(key).uniform() };
  }

  /** Takes the next token; returns the text that has become certain. */
  write(token: number): string {
    let text = '';
    if (token === this.#endOfText) this.finish = 'end-of-text';
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
