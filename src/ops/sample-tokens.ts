// sampleTokens: from logits (B, V), of which the first `known` of each row count, a token for each row, by sampleToken's rules.
// Kernel SampleTokens, so that no more than the tokens is read: logits, uniforms (B) and, where they count, the ids seen,
// (B, S) int32, each once, filled up with −1; attrs: the options and known → (B) int32, −1 where float32 cannot tell.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { hasKernel, runKernel } from './kernel.ts';
import { sampleToken, type TokenOptions } from './sample-token.ts';

/** See sampleToken. */
export interface TokenRow {
  seen: ReadonlySet<number>;
  uniform: number;
}

/** A row without settings is not looked at, and gets 0. */
export async function sampleTokens(
  logits: tf.Tensor2D,
  known: number,
  rows: readonly (TokenRow | undefined)[],
  options: TokenOptions,
): Promise<Int32Array> {
  const { V } = dims('sampleTokens', { logits: [logits, 'B V'] });
  if (hasKernel('SampleTokens')) {
    const picks = await picksOfKernel(logits, known, rows, options);
    if (rows.every((row, b) => row === undefined || picks[b]! >= 0))
      return picks.map((pick, b) => (rows[b] ? pick : 0));
  }
  const values = await logits.data<'float32'>();
  const pick = ({ seen, uniform }: TokenRow, b: number) =>
    sampleToken(values.subarray(b * V!, b * V! + known), options, seen, uniform);
  return Int32Array.from(rows, (row, b) => (row ? pick(row, b) : 0));
}

async function picksOfKernel(
  logits: tf.Tensor2D,
  known: number,
  rows: readonly (TokenRow | undefined)[],
  options: TokenOptions,
): Promise<Int32Array> {
  const picks = tf.tidy(() => {
    const uniforms = tf.tensor1d(rows.map((row) => row?.uniform ?? 0));
    const inputs = { logits, uniforms, ...(options.repetitionPenalty !== 1 && { seen: seenIds(rows) }) };
    return runKernel('SampleTokens', inputs, { ...options, known })[0]!;
  });
  const values = await picks.data<'int32'>();
  picks.dispose();
  return values;
}

/** (B, S), with S a power of two: a length that grew with each token would need a new buffer each time. */
function seenIds(rows: readonly (TokenRow | undefined)[]): tf.Tensor2D {
  const most = Math.max(64, ...rows.map((row) => row?.seen.size ?? 0));
  const S = 2 ** Math.ceil(Math.log2(most));
  const ids = new Int32Array(rows.length * S).fill(-1);
  for (const [b, row] of rows.entries()) if (row) ids.set([...row.seen], b * S);
  return tf.tensor2d(ids, [rows.length, S], 'int32');
}
