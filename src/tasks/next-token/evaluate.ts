// How well a model predicts a text: loss, perplexity and bits per byte over a whole split, for every architecture.
import * as tf from '#tfjs';
import type { LanguageModel, Memory } from '../../architectures/language-model.ts';
import { breathe } from '../../base/breathe.ts';
import { TsgptError } from '../../base/errors.ts';
import { evenlySpaced } from '../../base/evenly-spaced.ts';
import type { Tokens } from '../../data/tokens.ts';
import { type ByteLength, bitsPerByte } from '../../evaluation/bits-per-byte.ts';
import { dealt } from '../dealt.ts';
import { rowsAtOnce } from '../rows.ts';
import type { MeasureOptions, Measures } from '../task.ts';
import { evalWindows } from './windows.ts';

export interface EvaluateOptions extends Omit<MeasureOptions, 'tokenizer'> {
  /** Bytes of text behind a token, 0 for special tokens; absent where tokens do not hold all of a text. */
  byteLength?: ByteLength | undefined;
  /** Tokens that are read together, if fewer than the context: at most 4,096 unless it is given. */
  window?: number | undefined;
  /** Tokens between the starts of windows; as many as a window has if not given. A smaller stride gives tokens more context and costs more. */
  stride?: number | undefined;
  /** Makes a model with a memory start every window afresh, as models without one must. */
  reset?: boolean | undefined;
}

/** The loss is in nats per token. All tokens but the split's first are predicted, unless maxTokens was given. */
export interface Evaluation extends Measures {
  perplexity: number;
  /** The nats of all tokens, end-of-text included, as bits over the bytes of the text. */
  bitsPerByte?: number;
  bytes?: number;
  stride: number;
  contextReset: string;
}

const MOST_ROWS = 16;
/** Contexts may be of a hundred thousand tokens, a window of which no memory holds beside its activations. */
const MOST_WINDOW = 4096;

/** So many tokens of each window or stretch are read at once, and so many of these side by side. */
interface Reading {
  context: number;
  rows: number;
}

/** Inputs and targets side by side; a target of −1 does not count. */
interface Chunk {
  rows: number;
  columns: number;
  inputs: Int32Array;
  targets: Int32Array;
}

/**
 * Measures how well a model predicts a text, in one pass over the whole split.
 * @param text A split, or any tokens.
 * @param options `byteLength` tells the bytes behind a token; `stride` gives each token more context; `maxTokens` reads less.
 * @example
 * import { byteLengths, evaluate, openDataset, openModel, startBackend } from 'tsgpt';
 * await startBackend();
 * const { model, tokenizer } = await openModel('checkpoints/poems');
 * const { val } = openDataset('data/poems', 'tokens');
 * const { loss, perplexity, bitsPerByte } = await evaluate(model, val, { byteLength: byteLengths(tokenizer) });
 * console.log(loss, perplexity, bitsPerByte);
 */
export async function evaluate(
  model: LanguageModel,
  text: Tokens,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { byteLength } = options;
  if (text.length < 2) {
    throw new TsgptError(`expected at least 2 tokens to evaluate, but the split has ${text.length}`);
  }
  const carries = model.startMemory !== undefined && !options.reset && options.stride === undefined;
  const context = Math.min(model.config.context, options.window ?? MOST_WINDOW);
  const rows = rowsAtOnce({ ...model.config, context }, MOST_ROWS);
  const lanes = laneCount(text.length, context, rows);
  const memory = carries ? model.startMemory?.(lanes) : undefined;
  const chunks = carries
    ? laneChunks(text, { context, rows: lanes }, options)
    : windowChunks(text, { context, rows }, options);
  const sums = { nats: 0, tokens: 0, bytes: 0 };
  const total = Math.min(text.length - 1, options.maxTokens ?? Infinity);
  try {
    // What one chunk leaves in the memory the next begins with, so every rank reads all of them.
    const ranks = carries ? undefined : options.ranks;
    const measured = dealt(chunks, ranks, 1, async (chunk) => [await meanLoss(model, chunk, memory)]);
    for await (const [chunk, mean] of measured) {
      const scored = chunk.targets.filter((id) => id >= 0).length;
      sums.nats += scored * mean!;
      sums.tokens += scored;
      if (byteLength) sums.bytes += bytesIn(chunk, byteLength);
      options.onProgress?.(Math.min(sums.tokens, total), total);
      await breathe();
    }
  } finally {
    memory?.dispose();
  }
  const loss = sums.nats / sums.tokens;
  return {
    loss,
    perplexity: Math.exp(loss),
    ...(byteLength && { bitsPerByte: bitsPerByte(sums), bytes: sums.bytes }),
    tokens: sums.tokens,
    stride: options.stride ?? context,
    contextReset: carries
      ? `state carried through the text${lanes === 1 ? '' : `, which is read in ${lanes} stretches side by side`}`
      : `every window of ${context} tokens starts afresh`,
  };
}

function bytesIn({ inputs, targets }: Chunk, byteLength: ByteLength): number {
  return targets.reduce((sum, id, i) => (id < 0 ? sum : sum + byteLength(id, inputs[i]!)), 0);
}

async function meanLoss(model: LanguageModel, chunk: Chunk, memory: Memory | undefined): Promise<number> {
  const mean = tf.tidy(() => {
    const inputs = tf.tensor2d(chunk.inputs, [chunk.rows, chunk.columns], 'int32');
    const targets = tf.tensor2d(chunk.targets, [chunk.rows, chunk.columns], 'int32');
    return model.loss(inputs, targets, memory ? { memory } : {});
  });
  const [value] = await mean.data();
  mean.dispose();
  return value!;
}

/** Yields windows side by side, up to `rows` of one length at a time. */
function* windowChunks(text: Tokens, { context, rows }: Reading, options: EvaluateOptions): Generator<Chunk> {
  const all = [...evalWindows(text.length, context, options.stride ?? context)];
  const most = Math.ceil((options.maxTokens ?? Infinity) / (options.stride ?? context));
  const windows = evenlySpaced(all.length, most).map((i) => all[i]!);
  for (let at = 0; at < windows.length; ) {
    const columns = windows[at]!.count;
    let end = at;
    while (end < windows.length && end - at < rows && windows[end]!.count === columns) end++;
    const chunk = emptyChunk(end - at, columns);
    for (const [row, { start, count, scored }] of windows.slice(at, end).entries()) {
      const ids = text.read(start, count + 1);
      chunk.inputs.set(ids.subarray(0, count), row * columns);
      chunk.targets.set(ids.subarray(1 + count - scored), row * columns + count - scored);
    }
    yield chunk;
    at = end;
  }
}

/** Cuts the split into `lanes` equal stretches, and reads them side by side, `context` tokens at a time. */
function* laneChunks(
  text: Tokens,
  { context, rows: lanes }: Reading,
  options: EvaluateOptions,
): Generator<Chunk> {
  const predicted = text.length - 1;
  const length = Math.ceil(predicted / lanes);
  const read = Math.min(length, Math.ceil((options.maxTokens ?? Infinity) / lanes));
  for (let at = 0; at < read; at += context) {
    const columns = Math.min(context, read - at);
    const chunk = emptyChunk(lanes, columns);
    for (let lane = 0; lane < lanes; lane++) {
      const start = lane * length + at;
      const count = Math.max(0, Math.min(columns, predicted - start));
      if (count === 0) continue;
      const ids = text.read(start, count + 1);
      chunk.inputs.set(ids.subarray(0, count), lane * columns);
      chunk.targets.set(ids.subarray(1), lane * columns);
    }
    yield chunk;
  }
}

function emptyChunk(rows: number, columns: number): Chunk {
  const inputs = new Int32Array(rows * columns);
  return { rows, columns, inputs, targets: new Int32Array(rows * columns).fill(-1) };
}

/** Lanes are kept long, since each begins without a memory of what was before. */
function laneCount(length: number, context: number, rows: number): number {
  return Math.max(1, Math.min(rows, Math.floor(length / (64 * context))));
}
