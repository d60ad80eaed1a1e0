// Where a model's loss comes from: by position in the context, and whether it is as sure as it is right (calibration).
import * as tf from '#tfjs';
import type { LanguageModel } from '../../architectures/language-model.ts';
import { breathe } from '../../base/breathe.ts';
import { keyFor, Stream } from '../../base/random.ts';
import type { Tokens } from '../../data/tokens.ts';
import type { Profile } from '../task.ts';

const BINS = 10;
/** Floats of logits held at once. */
const MOST_LOGITS = 2 ** 22;

/**
 * Reads whole windows, each afresh, spread evenly over the text; and once more with each window's tokens in a random order.
 * @param maxTokens About so many are read.
 */
export async function profile(model: LanguageModel, text: Tokens, maxTokens: number): Promise<Profile> {
  const { context, vocabSize } = model.config;
  const possible = Math.floor((text.length - 1) / context);
  const windows = Math.min(possible, Math.max(1, Math.floor(maxTokens / context)));
  const rowsAtOnce = Math.max(1, Math.floor(MOST_LOGITS / (context * vocabSize)));
  const lossAt = new Float64Array(context);
  const bins = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, right: 0 }));
  let shuffledNats = 0;
  for (let done = 0; done < windows; done += rowsAtOnce) {
    const rows = Array.from({ length: Math.min(rowsAtOnce, windows - done) }, (_, i) => {
      const start = context * Math.floor(((done + i) * possible) / windows);
      return text.read(start, context + 1);
    });
    const { nats, confidence, right } = await judged(model, rows);
    for (let i = 0; i < rows.length * context; i++) {
      lossAt[i % context]! += nats[i]!;
      const bin = bins[Math.min(BINS - 1, Math.floor(confidence[i]! * BINS))]!;
      bin.count++;
      bin.confidence += confidence[i]!;
      bin.right += right[i]!;
    }
    const shuffled = await judged(
      model,
      rows.map((ids, i) => shuffle(ids, done + i)),
    );
    for (const value of shuffled.nats) shuffledNats += value;
    await breathe();
  }
  return {
    windows,
    lossByPosition: Array.from(lossAt, (sum) => sum / windows),
    shuffledLoss: shuffledNats / (windows * context),
    calibration: bins
      .filter(({ count }) => count > 0)
      .map(({ count, confidence, right }) => ({
        count,
        confidence: confidence / count,
        accuracy: right / count,
      })),
  };
}

/** In an order that depends on the window's number alone (Fisher and Yates). */
function shuffle(ids: Int32Array, window: number): Int32Array {
  const random = new Stream(keyFor(0, 'shuffle', window));
  const shuffled = ids.slice();
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}

/** For each token of the windows, T + 1 ids each: its nats, the probability of the likeliest one, and whether that was it. */
async function judged(model: LanguageModel, rows: readonly Int32Array[]) {
  const { context } = model.config;
  const shape: [number, number] = [rows.length, context];
  const inputs = new Int32Array(rows.length * context);
  const targets = new Int32Array(inputs.length);
  for (const [row, ids] of rows.entries()) {
    inputs.set(ids.subarray(0, context), row * context);
    targets.set(ids.subarray(1), row * context);
  }
  const [nats, confidence, right] = tf.tidy(() => {
    const logProbabilities = tf.logSoftmax(model.logits(tf.tensor2d(inputs, shape, 'int32'))); // (B, T, V)
    const wanted = tf.oneHot(tf.tensor2d(targets, shape, 'int32'), model.config.vocabSize, 1, 0, 'float32');
    const likeliest = logProbabilities.argMax(2);
    return [
      logProbabilities.mul(wanted).sum(2).neg(),
      logProbabilities.max(2).exp(),
      likeliest.equal(tf.tensor2d(targets, shape, 'int32')).toFloat(),
    ] as const;
  });
  const values = await Promise.all([nats.data(), confidence.data(), right.data()]);
  tf.dispose([nats, confidence, right]);
  return { nats: values[0], confidence: values[1], right: values[2] };
}
