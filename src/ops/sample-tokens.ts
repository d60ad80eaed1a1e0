// sampleTokens: from logits (B, V), of which the first `known` of each row count, a token for each row, by sampleToken's rules.
// Kernel SampleTokens, so that no more than the tokens is read: logits and, where they count, the ids seen, (B, S) int32,
// each once, filled up with −1; attrs: known and, one for each row, the random numbers (uniforms) and each of TokenOptions
// → (B) int32, −1 where float32 cannot tell.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { hasKernel, runKernel } from './kernel.ts';
import { sampleToken, type TokenOptions } from './sample-token.ts';

/** What a row's token depends on beside its logits: see sampleToken. */
export interface TokenRow {
  options: TokenOptions;
  seen: ReadonlySet<number>;
  uniform: number;
}

export async function sampleTokens(
  logits: tf.Tensor2D,
  known: number,
  rows: readonly TokenRow[],
): Promise<Int32Array> {
  const { B, V } = dims('sampleTokens', { logits: [logits, 'B V'] });
  if (rows.length !== B) throw new Error(`sampleTokens: expected ${B} rows, but got ${rows.length}`);
  if (hasKernel('SampleTokens')) {
    const picks = await picksOfKernel(logits, known, rows);
    if (picks.every((pick) => pick >= 0)) return picks;
  }
  const values = await logits.data<'float32'>();
  return Int32Array.from(rows, ({ options, seen, uniform }, b) =>
    sampleToken(values.subarray(b * V!, b * V! + known), options, seen, uniform),
  );
}

async function picksOfKernel(
  logits: tf.Tensor2D,
  known: number,
  rows: readonly TokenRow[],
): Promise<Int32Array> {
  const each = (name: keyof TokenOptions) => rows.map(({ options }) => options[name]);
  const attributes = {
    known,
    uniforms: rows.map(({ uniform }) => uniform),
    temperature: each('temperature'),
    topK: each('topK'),
    topP: each('topP'),
    minP: each('minP'),
    repetitionPenalty: each('repetitionPenalty'),
  };
  const penalized = attributes.repetitionPenalty.some((penalty) => penalty !== 1);
  const picks = tf.tidy(
    () => runKernel('SampleTokens', { logits, ...(penalized && { seen: seenIds(rows) }) }, attributes)[0]!,
  );
  const values = await picks.data<'int32'>();
  picks.dispose();
  return values;
}

/** (B, S), with S a power of two: a length that grew with each token would need a new buffer each time. */
function seenIds(rows: readonly TokenRow[]): tf.Tensor2D {
  const penalized = rows.map(({ options, seen }) => (options.repetitionPenalty === 1 ? [] : [...seen]));
  const most = Math.max(64, ...penalized.map(({ length }) => length));
  const S = 2 ** Math.ceil(Math.log2(most));
  const ids = new Int32Array(rows.length * S).fill(-1);
  for (const [b, seen] of penalized.entries()) ids.set(seen, b * S);
  return tf.tensor2d(ids, [rows.length, S], 'int32');
}
