// CausalAttention as flash attention: the (T, T) weights are never stored. Each thread has one query, and takes the keys tile
// by tile with an online softmax. The residuals are y and the log-sum-exp of each query's scores.
import type * as tf from '#tfjs';
import { type Kernel, output, reshaped } from '../memory.ts';
import { programs } from '../program.ts';
import { randomNumbers } from '../wgsl.ts';
import {
  ATTENTION_NUMBERS,
  type AttentionVariant,
  dotProduct,
  dropoutFactors,
  elementsOf,
  fillWithKeys,
  fours,
  ownQuery,
  THREADS,
  tileLength,
  tiles,
  vectorReader,
  vectorWriter,
} from './attention-code.ts';
import { attentionGradient } from './attention-grad.ts';
import { CachedAttention } from './cached-attention.ts';

export const KERNELS: Record<string, Kernel> = { CausalAttention, CausalAttentionGrad, CachedAttention };

const attend = programs((variant: AttentionVariant) => {
  const { D, dropped } = variant;
  const parts = fours(D);
  const keys = tileLength(D);
  const steps = [...Array(Math.min(8, keys)).keys()]; // keys that the online softmax takes at once
  const vector = (tile: string, step: number, d: number) => `${tile}[at + ${step * parts.length + d}u]`;
  const score = (step: number) =>
    dotProduct(
      D,
      (d) => `q${d}`,
      (d) => vector('first', step, d),
    );
  const weighted = (d: number) => steps.map((step) => `p${step} * ${vector('second', step, d)}`).join(' + ');
  return {
    name: 'causalAttention',
    reads: { qkv: elementsOf(D) },
    writes: { y: elementsOf(D), logSumExps: 'f32' },
    numbers: ATTENTION_NUMBERS,
    threads: THREADS,
    declarations: `
${tiles(D)}
${dropoutFactors(variant)}
${vectorReader('qkv', D)}
${vectorWriter('y', D)}`,
    body: `
  ${ownQuery(D)}
  ${parts.map((d) => `var sum${d} = vec4f();`).join(' ')}
  var largest = -3e38;
  var total = 0.0;
  for (var j0 = 0u; j0 < end; j0 += ${keys}u) {
    ${fillWithKeys(D)}
    for (var j = 0u; j < ${keys}u && j0 + j <= i; j += ${steps.length}u) {
      let at = j * ${parts.length}u;
      ${steps.map((step) => `var p${step} = select(-3e38, ${score(step)}, j0 + j + ${step}u <= i);`).join('\n      ')}
      let before = largest;
      ${steps.map((step) => `largest = max(largest, p${step});`).join(' ')}
      let rescale = exp(before - largest);
      ${steps.map((step) => `p${step} = exp(p${step} - largest);`).join(' ')}
      total = total * rescale + ${steps.map((step) => `p${step}`).join(' + ')};
      ${dropped ? dropping(steps.length) : ''}
      ${parts.map((d) => `sum${d} = sum${d} * rescale + ${weighted(d)};`).join('\n      ')}
    }
  }
  if (i >= n.T) { return; }
  ${parts.map((d) => `put(own * C + head, ${d}u, sum${d} / total);`).join(' ')}
  logSumExps[place.y * n.T + i] = largest + log(total);`,
  };
});

/** Dropout of the weights p0, p1, …, two by two. */
function dropping(steps: number): string {
  const pairs = [...Array(Math.ceil(steps / 2)).keys()].map((pair) => 2 * pair);
  return pairs
    .map((step) => {
      const first = `let f${step} = factorsAt(place.y * n.T + i, j0 + j + ${step}u); p${step} *= f${step}.x;`;
      return step + 1 < steps ? `${first} p${step + 1} *= f${step}.y;` : first;
    })
    .join('\n      ');
}

function CausalAttention({ qkv }: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const { B, T, heads, kvHeads, D, variant } = sizes(qkv!, attributes);
  const [y, logSumExps] = [output([B, T, heads * D]), output([B, heads, T])];
  const numbers = { T, heads, kvHeads, ...randomNumbers(attributes) };
  attend(variant).run({ qkv: qkv!, y, logSumExps }, numbers, [Math.ceil(T / THREADS), B * heads, 1]);
  return [y, reshaped(y, y.shape), logSumExps];
}

function CausalAttentionGrad(
  { dy, qkv, r0, r1 }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, heads, kvHeads, variant } = sizes(qkv!, attributes);
  const dqkv = output(qkv!.shape);
  const arrays = { dy: dy!, qkv: qkv!, y: r0!, logSumExps: r1!, dqkv };
  const numbers = { T, heads, kvHeads, ...randomNumbers(attributes) };
  attentionGradient(variant, arrays, numbers, B);
  return [dqkv];
}

function sizes({ shape }: tf.TensorInfo, { rate, ...attributes }: tf.NamedAttrMap) {
  const [B, T, E] = shape as [number, number, number];
  const { heads, kvHeads } = attributes as { heads: number; kvHeads: number };
  const D = E / (heads + 2 * kvHeads);
  return { B, T, heads, kvHeads, D, variant: { D, dropped: rate !== 0, even: T % 2 === 0 } };
}
