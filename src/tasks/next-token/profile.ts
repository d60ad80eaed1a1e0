// Where a model's loss comes from: by position in the context, and whether it is as sure as it is right (calibration).
import * as tf from '#tfjs';
import type { LanguageModel } from '../../architectures/language-model.ts';
import { breathe } from '../../base/breathe.ts';
import { keyFor, Stream, shuffled } from '../../base/random.ts';
import type { Tokens } from '../../data/tokens.ts';
import { rowsAtOnce } from '../rows.ts';
import type { Profile } from '../task.ts';

const BINS = 10;
/** Floats of logits held at once. */
const MOST_LOGITS = 2 ** 22;

/**
 * Reads whole windows, each afresh, spread evenly over the text; and once more with each window's tokens in a random order.
 * @param maxTokens About so many are read.
 */
export async function profile(model: LanguageModel, text: Tokens, maxTokens: number): Promise<Profile> {
  const { context } = model.config;
  const possible = Math.floor((text.length - 1) / context);
  const windows = Math.min(possible, Math.max(1, Math.floor(maxTokens / context)));
  const rowsTogether = rowsAtOnce(model.config, windows, MOST_LOGITS);
  const lossAt = new Float64Array(context);
  const bins = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, right: 0 }));
  let shuffledNats = 0;
  for (let done = 0; done < windows; done += rowsTogether) {
    const rows = Array.from({ length: Math.min(rowsTogether, windows - done) }, (_, i) => {
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
    const inDisorder = await judged(
      model,
      rows.map((ids, i) => Int32Array.from(shuffled(ids, new Stream(keyFor(0, 'shuffle', done + i))))),
    );
    for (const value of inDisorder.nats) shuffledNats += value;
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
