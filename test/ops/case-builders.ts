// A case of each op, given its sizes. The table of op cases takes awkward ones: odd, prime, larger than a tile.
import type * as tf from '#tfjs';
import type { Key } from '../../src/base/random.ts';
import * as ops from '../../src/ops/index.ts';
import { nearestBf16 } from '../backends/bf16.ts';
import { type Arrays, normal, type OpCase, whole } from './op-case.ts';
import * as reference from './reference.ts';

export type Sizes = Record<string, number>;

export const DROPOUT_KEY: Key = [-123456789, 987654321];

/** ids (…) → rows of a table (V, C) */
export function embedding(V: number, C: number, idShape: number[]): OpCase {
  const name = `table ${V}×${C}, ids (${idShape})`;
  return {
    op: 'embedding',
    name,
    inputs: { table: normal(`${name} table`, [V, C]) },
    constants: { ids: whole(`${name} ids`, idShape, V) },
    differentiable: ['table'],
    run: ({ table, ids }) => ({ y: ops.embedding(table as tf.Tensor2D, ids!) }),
    reference: ({ table, ids }) => ({ y: reference.embedding(table!, ids!) }),
  };
}

/** x (…, I); after the product comes nothing, GELU, or the addition of a residual. */
export function linear(
  xShape: number[],
  O: number,
  after: ops.Activation | 'residual' = 'none',
  scale = 1,
  biased = true,
): OpCase {
  const I = xShape.at(-1)!;
  const name = `(${xShape}) by ${I}×${O}, ${after}, scale ${scale}${biased ? '' : ', no bias'}`;
  const activation = after === 'gelu' ? 'gelu' : 'none';
  return {
    op: 'linear',
    name,
    inputs: {
      x: normal(`${name} x`, xShape, scale),
      weight: normal(`${name} weight`, [I, O], 1 / Math.sqrt(I)),
      ...(biased && { bias: normal(`${name} bias`, [O]) }),
      ...(after === 'residual' && { residual: normal(`${name} residual`, [...xShape.slice(0, -1), O]) }),
    },
    constants: {},
    differentiable: [
      'x',
      'weight',
      ...(biased ? ['bias'] : []),
      ...(after === 'residual' ? ['residual'] : []),
    ],
    run: ({ x, weight, bias, residual }) => ({
      y: ops.linear(x!, weight as tf.Tensor2D, bias as tf.Tensor1D | undefined, { activation, residual }),
    }),
    reference: ({ x, weight, bias, residual }) => {
      const y = reference.linear(x!, weight!, bias, residual);
      return { y: activation === 'gelu' ? reference.gelu(y) : y };
    },
  };
}

export function gelu(shape: number[], scale = 1): OpCase {
  const name = `(${shape}), scale ${scale}`;
  return {
    op: 'gelu',
    name,
    inputs: { x: normal(`${name} x`, shape, scale) },
    constants: {},
    differentiable: ['x'],
    run: ({ x }) => ({ y: ops.gelu(x!) }),
    reference: ({ x }) => ({ y: reference.gelu(x!) }),
  };
}

export function geluErf(shape: number[], scale = 1): OpCase {
  const name = `(${shape}), scale ${scale}`;
  return {
    op: 'geluErf',
    name,
    inputs: { x: normal(`${name} x`, shape, scale) },
    constants: {},
    differentiable: ['x'],
    run: ({ x }) => ({ y: ops.geluErf(x!) }),
    reference: ({ x }) => ({ y: reference.geluErf(x!) }),
  };
}

export function activate(
  shape: number[],
  activation: ops.ElementActivation,
  gated: boolean,
  scale = 1,
): OpCase {
  const name = `${activation} of (${shape}), ${gated ? 'gated, ' : ''}scale ${scale}`;
  return {
    op: 'activate',
    name,
    inputs: {
      x: normal(`${name} x`, shape, scale),
      ...(gated && { up: normal(`${name} up`, shape) }),
    },
    constants: {},
    differentiable: ['x', ...(gated ? ['up'] : [])],
    run: ({ x, up }) => ({ y: ops.activate(x!, activation, up) }),
    reference: ({ x, up }) => ({ y: reference.activate(x!, activation, up) }),
  };
}

/** x (…, C) of the given spread */
export function rmsNorm(shape: number[], spread = 1, epsilon = 1e-6): OpCase {
  const C = shape.at(-1)!;
  const name = `(${shape}), spread ${spread}, epsilon ${epsilon}`;
  return {
    op: 'rmsNorm',
    name,
    inputs: { x: normal(`${name} x`, shape, spread), weight: normal(`${name} weight`, [C]) },
    constants: {},
    differentiable: ['x', 'weight'],
    run: ({ x, weight }) => ({ y: ops.rmsNorm(x!, weight as tf.Tensor1D, epsilon) }),
    reference: ({ x, weight }) => ({ y: reference.rmsNorm(x!, weight!, epsilon) }),
  };
}

/** x (…, C) of the given spread around the given mean */
export function layerNorm(shape: number[], spread = 1, mean = 0, epsilon?: number): OpCase {
  const C = shape.at(-1)!;
  const name = `(${shape}), spread ${spread} around ${mean}${epsilon === undefined ? '' : `, epsilon ${epsilon}`}`;
  return {
    op: 'layerNorm',
    name,
    inputs: {
      x: normal(`${name} x`, shape, spread, mean),
      weight: normal(`${name} weight`, [C]),
      bias: normal(`${name} bias`, [C]),
    },
    constants: {},
    differentiable: ['x', 'weight', 'bias'],
    run: ({ x, weight, bias }) => ({
      y: ops.layerNorm(x!, weight as tf.Tensor1D, bias as tf.Tensor1D, epsilon),
    }),
    reference: ({ x, weight, bias }) => ({ y: reference.layerNorm(x!, weight!, bias!, epsilon) }),
  };
}

/** Which targets count. */
type Counted = 'all' | 'some' | 'none';

/** Logits are about as large as `scale`. */
export function crossEntropy({ N, C, V, scale = 1 }: Sizes, biased = true, counted: Counted = 'all'): OpCase {
  const name = `N=${N} C=${C} V=${V}, ${biased ? '' : 'no '}bias, ${counted} count, scale ${scale}`;
  const targets = whole(`${name} targets`, [N!], V!);
  const counts = { all: () => true, some: (n: number) => n % 3 === 1, none: () => false }[counted];
  return {
    op: 'crossEntropy',
    name,
    inputs: logitInputs(name, N!, C!, V!, scale, biased),
    constants: {
      targets: { ...targets, data: targets.data.map((t, n) => (counts(n) ? t : -1 - (n % 2) * 99)) },
    },
    differentiable: ['x', 'weight', ...(biased ? ['bias'] : [])],
    run: ({ x, weight, bias, targets }) => ({
      loss: ops.crossEntropy(
        x as tf.Tensor2D,
        weight as tf.Tensor2D,
        bias as tf.Tensor1D | undefined,
        targets as tf.Tensor1D,
      ),
    }),
    reference: ({ x, weight, bias, targets }) => ({
      loss: reference.crossEntropy(x!, weight!, bias, targets!),
    }),
  };
}

export function logits({ N, C, V }: Sizes, biased: boolean): OpCase {
  const name = `N=${N} C=${C} V=${V}, ${biased ? '' : 'no '}bias`;
  return {
    op: 'logits',
    name,
    inputs: logitInputs(name, N!, C!, V!, 1, biased),
    constants: {},
    differentiable: ['x', 'weight', ...(biased ? ['bias'] : [])],
    run: ({ x, weight, bias }) => ({
      y: ops.logits(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D | undefined),
    }),
    reference: ({ x, weight, bias }) => ({ y: reference.logits(x!, weight!, bias) }),
  };
}

function logitInputs(name: string, N: number, C: number, V: number, scale: number, biased: boolean): Arrays {
  return {
    x: normal(`${name} x`, [N, C], scale),
    weight: normal(`${name} weight`, [V, C], 1 / Math.sqrt(C)),
    ...(biased && { bias: normal(`${name} bias`, [V]) }),
  };
}

export function dropout(shape: number[], rate: number): OpCase {
  const name = `(${shape}), rate ${rate}`;
  const drop = { rate, key: DROPOUT_KEY };
  return {
    op: 'dropout',
    name,
    inputs: { x: normal(`${name} x`, shape) },
    constants: {},
    differentiable: ['x'],
    run: ({ x }) => ({ y: ops.dropout(x!, drop) }),
    reference: ({ x }) => ({ y: reference.dropout(x!, drop) }),
  };
}

/** `scale` saturates the gates. */
export function gatedConv({ B, T, I, H, K, dilation, scale = 1 }: Sizes): OpCase {
  const name = `B=${B} T=${T} I=${I} H=${H} K=${K} dilation=${dilation} scale=${scale}`;
  return {
    op: 'gatedConv',
    name,
    inputs: convInputs(name, { B, T, I, H, K, scale } as ConvSizes),
    constants: {},
    differentiable: ['x', 'weight', 'bias'],
    run: ({ x, ...weights }) => ({ y: ops.gatedConv(x as tf.Tensor3D, convWeights(weights), dilation!) }),
    reference: ({ x, weight, bias }) => ({ y: reference.gatedConv(x!, weight!, bias!, dilation!) }),
  };
}

/** After given inputs; `inputs` that come out are those that the next outputs will see. */
export function gatedConvFrom({ B, T, I, H, K, dilation }: Sizes): OpCase {
  const name = `B=${B} T=${T} I=${I} H=${H} K=${K} dilation=${dilation}`;
  const span = (K! - 1) * dilation!;
  return {
    op: 'gatedConvFrom',
    name,
    inputs: {
      ...convInputs(name, { B, T, I, H, K, scale: 1 } as ConvSizes),
      inputs: normal(`${name} inputs`, [B!, span, I!]),
    },
    constants: {},
    differentiable: [],
    run: ({ x, inputs, ...weights }) => {
      const state = { inputs: inputs as tf.Tensor3D };
      const given = convWeights(weights);
      const { outputs, state: after } = ops.gatedConvFrom(x as tf.Tensor3D, given, dilation!, state);
      return { outputs, inputs: after.inputs };
    },
    reference: ({ x, weight, bias, inputs }) => {
      const rows = Array.from({ length: B! }, (_, b) => {
        const own = ({ data }: reference.Values, steps: number) =>
          data.slice(b * steps * I!, (b + 1) * steps * I!);
        return [...own(inputs!, span), ...own(x!, T!)].slice(T! * I!);
      });
      return {
        outputs: reference.gatedConv(x!, weight!, bias!, dilation!, inputs),
        inputs: { shape: [B!, span, I!], data: rows.flat() },
      };
    },
  };
}

type ConvSizes = Record<'B' | 'T' | 'I' | 'H' | 'K' | 'scale', number>;

function convWeights({ weight, bias }: Record<string, tf.Tensor>): ops.GatedConvWeights {
  return { weight: weight as tf.Tensor2D, bias: bias as tf.Tensor1D };
}

function convInputs(name: string, { B, T, I, H, K, scale }: ConvSizes): Arrays {
  // The factors of large sums are such as bfloat16 holds exactly: what is lost in rounding them would be as large as the rest.
  const factor = (values: reference.Values) =>
    scale === 1 ? values : { ...values, data: values.data.map(nearestBf16) };
  return {
    x: factor(normal(`${name} x`, [B, T, I], scale)),
    weight: factor(normal(`${name} weight`, [K * I, 2 * H], 1 / Math.sqrt(K * I))),
    bias: normal(`${name} bias`, [2 * H]),
  };
}

export function globalNorm(shapes: number[][], scale = 1): OpCase {
  const name = `${shapes.map((shape) => `(${shape})`).join(' ')}, scale ${scale}`;
  return {
    op: 'globalNorm',
    name,
    inputs: Object.fromEntries(shapes.map((shape, i) => [`g${i}`, normal(`${name} g${i}`, shape, scale)])),
    constants: {},
    differentiable: [],
    run: (gradients) => ({ norm: ops.globalNorm(Object.values(gradients)) }),
    reference: (gradients) => ({ norm: reference.globalNorm(Object.values(gradients)) }),
  };
}
