// A checkpoint's tensors in a graph, and the products with them: as fp32, as fp16, or quantised to int8 or int4.
// int8 quantises what is multiplied by, too, when the graph runs ("dynamic"): one scale for all of it. int4 does not, and
// has tables as int8 has them, which lose more by it.
import { TsgptError } from '../../base/errors.ts';
import { toFloat16 } from '../../base/half.ts';
import type { FloatTensor } from '../../base/safetensors-file.ts';
import { LAYER_NORM_EPSILON } from '../../ops/layer-norm.ts';
import { BLOCK } from '../four-bits.ts';
import type { Dtype } from './dtypes.ts';
import { bytesOf, type GraphBuilder, TYPE } from './graph-builder.ts';
import { type Axis, blocksOf, quantise, quantiseToFourBits, scalesOf, ZERO_POINT } from './quantise.ts';
import type { LaterBytes } from './write-protobuf.ts';

const MOST_FLOAT16 = 65504;

export class GraphWeights {
  /** The type that the graph computes in. */
  readonly float: 'float' | 'float16';
  readonly #graph: GraphBuilder;
  /** The keys are the names that the tensors have in the graph. */
  readonly #tensors: ReadonlyMap<string, FloatTensor>;
  readonly #dtype: Dtype;

  constructor(graph: GraphBuilder, tensors: ReadonlyMap<string, FloatTensor>, dtype: Dtype) {
    this.#graph = graph;
    this.#tensors = tensors;
    this.#dtype = dtype;
    this.float = dtype === 'fp16' ? 'float16' : 'float';
  }

  tensor(name: string, shape: readonly number[]): string {
    const values = this.#values(name, shape);
    return this.#graph.tensor(name, this.float, shape, () =>
      this.float === 'float' ? bytesOf(values) : halves(name, values),
    );
  }

  /** A number of the type that the graph computes in. */
  constant(value: number): string {
    return this.cast('/constant', this.#graph.float(value), this.float);
  }

  /** Between float32 and the type that the graph computes in; nothing where they are the same. */
  cast(scope: string, value: string, to: 'float' | 'float16'): string {
    return this.float === 'float' ? value : this.#graph.add(scope, 'Cast', [value], { to: TYPE[to] });
  }

  /** x (…, C) → (…, C). Computed in float32 whatever x is: so says ONNX's stash_type, 1 by default. */
  layerNorm(scope: string, x: string, name: string, C: number, epsilon = LAYER_NORM_EPSILON): string {
    const [weight, bias] = [this.tensor(`${name}.weight`, [C]), this.tensor(`${name}.bias`, [C])];
    const attributes = { axis: -1, epsilon };
    return this.#graph.add(scope, 'LayerNormalization', [x, weight, bias], attributes);
  }

  /** x (…, I) · weight (I, O) → (…, O) */
  product(scope: string, x: string, name: string, shape: readonly [I: number, O: number]): string {
    if (!this.#isQuantised) return this.#graph.add(scope, 'MatMul', [x, this.tensor(name, shape)]);
    if (this.#dtype === 'int4') return this.#fourBitProduct(scope, x, name, shape);
    return this.#quantisedProduct(scope, x, this.#quantised(name, shape, 'columns'));
  }

  /** x (…, I) · weight (I, O) + bias (O) → (…, O) */
  linear(scope: string, x: string, name: string, shape: readonly [I: number, O: number]): string {
    const product = this.product(scope, x, `${name}.weight`, shape);
    return this.#graph.add(scope, 'Add', [product, this.tensor(`${name}.bias`, [shape[1]])]);
  }

  /** ids (…) → their rows (…, C) of a table (V, C) */
  rows(scope: string, ids: string, name: string, shape: readonly [V: number, C: number]): string {
    const graph = this.#graph;
    if (!this.#isQuantised) return graph.add(scope, 'Gather', [this.tensor(name, shape), ids]);
    const { matrix, zeroPoint, scales } = this.#quantised(name, shape, 'rows');
    const asFloat = (value: string) => graph.add(scope, 'Cast', [value], { to: TYPE.float });
    const row = asFloat(graph.add(scope, 'Gather', [matrix, ids]));
    const scale = graph.add(scope, 'Unsqueeze', [
      graph.add(scope, 'Gather', [scales, ids]),
      graph.ints([-1]),
    ]);
    return graph.add(scope, 'Mul', [graph.add(scope, 'Sub', [row, asFloat(zeroPoint)]), scale]);
  }

  /** x (…, C) · the same table turned over → (…, V) */
  productWithRows(scope: string, x: string, name: string, shape: readonly [V: number, C: number]): string {
    const graph = this.#graph;
    const turned = (table: string) => graph.add(scope, 'Transpose', [table], { perm: [1, 0] });
    if (!this.#isQuantised) return graph.add(scope, 'MatMul', [x, turned(this.tensor(name, shape))]);
    const table = this.#quantised(name, shape, 'rows');
    return this.#quantisedProduct(scope, x, { ...table, matrix: turned(table.matrix) });
  }

  get #isQuantised(): boolean {
    return this.#dtype === 'int8' || this.#dtype === 'int4';
  }

  #fourBitProduct(scope: string, x: string, name: string, [I, O]: readonly [number, number]): string {
    const values = this.#values(name, [I, O]);
    refuseBeyond(Number.MAX_VALUE, name, values, this.#dtype);
    const blocks = blocksOf(I);
    const { matrix, scales } = quantiseToFourBits(values, O);
    const dims = [O, blocks, BLOCK / 2];
    return this.#graph.add(
      scope,
      'MatMulNBits',
      [
        x,
        this.#graph.tensor(`${name}_Q4`, 'uint8', dims, () => matrix),
        this.#graph.tensor(`${name}_scales`, 'float', [O * blocks], () => bytesOf(scales)),
      ],
      { K: I, N: O, bits: 4, block_size: BLOCK },
    );
  }

  #quantisedProduct(scope: string, x: string, { matrix, zeroPoint, scales }: QuantisedNames): string {
    const graph = this.#graph;
    const [whole, scale, zero] = graph.addMany(scope, 'DynamicQuantizeLinear', [x], {}, 3);
    const sums = graph.add(scope, 'MatMulInteger', [whole!, matrix, zero!, zeroPoint]);
    const bothScales = graph.add(scope, 'Mul', [scale!, scales]);
    return graph.add(scope, 'Mul', [graph.add(scope, 'Cast', [sums], { to: TYPE.float }), bothScales]);
  }

  /** A scale for each row or each column. */
  #quantised(name: string, shape: readonly [number, number], axis: Axis): QuantisedNames {
    const values = this.#values(name, shape);
    refuseBeyond(Number.MAX_VALUE, name, values, this.#dtype);
    const scales = scalesOf(values, shape[1], axis);
    const quantisedBytes = later(values.length, () => quantise(values, shape[1], axis, scales));
    return {
      matrix: this.#graph.tensor(`${name}_quantized`, 'uint8', shape, () => quantisedBytes),
      zeroPoint: this.#graph.tensor('zero_point', 'uint8', [], () => Uint8Array.of(ZERO_POINT)),
      scales: this.#graph.tensor(`${name}_scale`, 'float', [scales.length], () => bytesOf(scales)),
    };
  }

  #values(name: string, shape: readonly number[]): Float32Array {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new TsgptError(`the checkpoint has no tensor ${name}`);
    if (tensor.shape.join() === shape.join()) return tensor.data;
    throw new TsgptError(
      `expected tensor ${name} of shape (${shape}), but got (${tensor.shape})`,
      'config.json must be that of the weights',
    );
  }
}

interface QuantisedNames {
  matrix: string;
  zeroPoint: string;
  scales: string;
}

function halves(name: string, values: Float32Array): LaterBytes {
  refuseBeyond(MOST_FLOAT16, name, values, 'fp16');
  return later(2 * values.length, () => bytesOf(toFloat16(values)));
}

function refuseBeyond(most: number, name: string, values: Float32Array, dtype: Dtype): void {
  const strange = values.find((value) => !(Math.abs(value) <= most));
  if (strange === undefined) return;
  throw new TsgptError(`tensor ${name} holds ${strange}, which ${dtype} cannot`, 'export it as fp32');
}

function later(length: number, make: () => Uint8Array): LaterBytes {
  return { length, make };
}
