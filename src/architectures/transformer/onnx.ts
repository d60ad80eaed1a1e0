// What the ONNX graphs of transformers that write have in common: inputs and outputs are those that transformers.js feeds and
// reads, among them a cache of keys and values; attention, in which groups of heads may share these; and the mask.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import type { Dtype } from '../../formats/onnx/dtypes.ts';
import { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import { addedMask, isReal } from '../../formats/onnx/mask.ts';
import { lengthOf } from '../../formats/onnx/places.ts';

const TOTAL = 'past_sequence_length + sequence_length';

export interface HeadSizes {
  heads: number;
  kvHeads: number;
  headSize: number;
}

/** Queries (B, H, T, D), and the new positions' keys and values, each (B, K, T, D). */
interface AttentionParts {
  q: string;
  k: string;
  v: string;
}

export class TransformerGraph {
  readonly graph = new GraphBuilder();
  protected readonly weights: GraphWeights;
  protected readonly ids: string;
  protected readonly positions: string;
  readonly #root: string;
  readonly #mask: string;

  constructor(root: string, tensors: ReadonlyMap<string, FloatTensor>, dtype: Dtype) {
    const { graph } = this;
    this.#root = root;
    this.weights = new GraphWeights(graph, tensors, dtype);
    this.ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
    const attended = graph.input('attention_mask', 'int64', ['batch_size', TOTAL]);
    this.positions = graph.input('position_ids', 'int64', ['batch_size', 'sequence_length']);
    this.#mask = this.#maskOf(this.ids, attended);
  }

  /** x (B, T, C), and the table that it is multiplied by: (V, C). */
  protected writeLogits(
    x: string,
    table: readonly [name: string, shape: readonly [V: number, C: number]],
    softcap = 0,
  ): void {
    const { graph } = this;
    const at = '/lm_head';
    let logits = this.weights.cast(at, this.weights.productWithRows(at, x, ...table), 'float');
    if (softcap) {
      const small = graph.add(at, 'Div', [logits, graph.float(softcap)]);
      logits = graph.add(at, 'Mul', [graph.add(at, 'Tanh', [small]), graph.float(softcap)]);
    }
    graph.output(logits, 'logits', 'float', ['batch_size', 'sequence_length', table[1][0]]);
  }

  /** A vector for each position of each text: (B, T, H · D) */
  protected attend(at: string, layer: number, { q, k, v }: AttentionParts, sizes: HeadSizes): string {
    const { graph } = this;
    const { heads, kvHeads, headSize } = sizes;
    const shared = kvHeads < heads;
    // Where heads share keys and values, these have a dimension of 1 for the heads of a group.
    const grouped = (value: string) =>
      shared ? graph.add(at, 'Unsqueeze', [value, graph.ints([2])]) : value;
    const keys = grouped(this.#cached(at, layer, 'key', k, sizes)); // (B, K, 1, S, D) or (B, H, S, D)
    const values = grouped(this.#cached(at, layer, 'value', v, sizes));
    const queries = shared
      ? graph.add(at, 'Reshape', [q, graph.ints([0, kvHeads, heads / kvHeads, -1, headSize])])
      : q; // (B, K, H / K, T, D) or (B, H, T, D)
    const small = graph.add(at, 'Mul', [queries, this.weights.constant(1 / Math.sqrt(headSize))]);
    const turned = graph.add(at, 'Transpose', [keys], { perm: shared ? [0, 1, 2, 4, 3] : [0, 1, 3, 2] });
    const scores = this.weights.cast(at, graph.add(at, 'MatMul', [small, turned]), 'float'); // (…, T, S)
    const mask = shared ? graph.add(at, 'Unsqueeze', [this.#mask, graph.ints([1])]) : this.#mask;
    const shares = graph.add(at, 'Softmax', [graph.add(at, 'Add', [scores, mask])], { axis: -1 });
    const mixed = graph.add(at, 'MatMul', [this.weights.cast(at, shares, this.weights.float), values]);
    const inOrder = graph.add(at, 'Transpose', [mixed], { perm: shared ? [0, 3, 1, 2, 4] : [0, 2, 1, 3] });
    return graph.add(at, 'Reshape', [inOrder, graph.ints([0, 0, heads * headSize])]);
  }

  /** x (B, T, count · D) → (B, T, count, D) */
  protected splitHeads(at: string, x: string, count: number, headSize: number): string {
    return this.graph.add(at, 'Reshape', [x, this.graph.ints([0, 0, count, headSize])]);
  }

  /** (B, T, H, D) → (B, H, T, D) */
  protected headsFirst(at: string, x: string): string {
    return this.graph.add(at, 'Transpose', [x], { perm: [0, 2, 1, 3] });
  }

  /** The new positions' keys or values after those given as an input. */
  #cached(
    at: string,
    layer: number,
    kind: 'key' | 'value',
    fresh: string,
    { kvHeads, headSize }: HeadSizes,
  ): string {
    const dims = (length: string) => ['batch_size', kvHeads, length, headSize];
    const { float } = this.weights;
    const past = this.graph.input(`past_key_values.${layer}.${kind}`, float, dims('past_sequence_length'));
    const both = this.graph.add(at, 'Concat', [past, fresh], { axis: 2 });
    this.graph.output(both, `present.${layer}.${kind}`, float, dims(TOTAL));
    return both;
  }

  /** What is added to the scores, (B, 1, T, S): hiding padding and what comes after a position. */
  #maskOf(ids: string, attended: string): string {
    const { graph } = this;
    const at = `${this.#root}/mask`;
    const S = lengthOf(graph, at, attended);
    const past = graph.add(at, 'Sub', [S, lengthOf(graph, at, ids)]);
    const columns = graph.add(at, 'Range', [graph.ints(0), S, graph.ints(1)]); // (S)
    const rows = graph.add(at, 'Range', [past, S, graph.ints(1)]); // (T)
    const causal = graph.add(at, 'LessOrEqual', [
      columns,
      graph.add(at, 'Unsqueeze', [rows, graph.ints([1])]),
    ]); // (T, S)
    return addedMask(graph, at, graph.add(at, 'And', [causal, isReal(graph, at, attended)]));
  }
}
