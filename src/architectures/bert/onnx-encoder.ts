// BERT's encoder as a part of an ONNX graph: what stands under a path is named as in parameters.ts.
import type { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import type { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import { placesOf } from '../../formats/onnx/places.ts';
import type { BertConfig } from './config.ts';
import { EPSILON } from './parameters.ts';

export class BertEncoderGraph {
  readonly #graph: GraphBuilder;
  readonly #weights: GraphWeights;
  readonly #config: Pick<BertConfig, 'width' | 'heads'>;

  constructor(graph: GraphBuilder, weights: GraphWeights, config: Pick<BertConfig, 'width' | 'heads'>) {
    this.#graph = graph;
    this.#weights = weights;
    this.#config = config;
  }

  /** ids (B, T); types, which broadcasts to it → (B, T, C) */
  embedded(
    path: string,
    ids: string,
    types: string,
    { vocabSize, context, tokenTypes }: Pick<BertConfig, 'vocabSize' | 'context' | 'tokenTypes'>,
  ): string {
    const graph = this.#graph;
    const { width } = this.#config;
    const at = scopeOf(path);
    const positions = placesOf(graph, at, ids); // (T)
    const rows = (name: string, count: number, of: string) =>
      graph.add(at, 'Gather', [this.#weights.tensor(`${path}.${name}.weight`, [count, width]), of]);
    const added = graph.add(at, 'Add', [
      rows('token_type_embeddings', tokenTypes, types),
      rows('position_embeddings', context, positions),
    ]);
    const words = this.#weights.rows(at, ids, `${path}.word_embeddings.weight`, [vocabSize, width]);
    return this.norm(path, graph.add(at, 'Add', [words, added]));
  }

  /** x (B, T, C), mask (B, 1, 1, T) → (B, T, C) */
  layer(x: string, path: string, mask: string): string {
    const { width } = this.#config;
    const add = (a: string, b: string) => this.#graph.add(scopeOf(path), 'Add', [a, b]);
    const mixed = this.linear(`${path}.attention.output.dense`, this.#attention(x, path, mask), width, width);
    const middle = this.norm(`${path}.attention.output`, add(x, mixed));
    const wide = this.linear(`${path}.intermediate.dense`, middle, width, 4 * width); // (B, T, 4C)
    const narrow = this.linear(`${path}.output.dense`, this.gelu(scopeOf(path), wide), 4 * width, width);
    return this.norm(`${path}.output`, add(middle, narrow));
  }

  #attention(x: string, layer: string, mask: string): string {
    const graph = this.#graph;
    const { width, heads } = this.#config;
    const D = width / heads;
    const at = scopeOf(`${layer}.attention.self`);
    const [q, k, v] = (['query', 'key', 'value'] as const).map((part) => {
      const whole = this.linear(`${layer}.attention.self.${part}`, x, width, width);
      const split = graph.add(at, 'Reshape', [whole, graph.ints([0, 0, heads, D])]);
      return graph.add(at, 'Transpose', [split], { perm: part === 'key' ? [0, 2, 3, 1] : [0, 2, 1, 3] }); // (B, H, T, D)
    });
    const small = graph.add(at, 'Mul', [q!, this.#weights.constant(1 / Math.sqrt(D))]);
    const scores = this.#weights.cast(at, graph.add(at, 'MatMul', [small, k!]), 'float'); // (B, H, T, S)
    const shares = graph.add(at, 'Softmax', [graph.add(at, 'Add', [scores, mask])], { axis: -1 });
    const mixed = graph.add(at, 'MatMul', [this.#weights.cast(at, shares, this.#weights.float), v!]);
    const inOrder = graph.add(at, 'Transpose', [mixed], { perm: [0, 2, 1, 3] }); // (B, T, H, D)
    return graph.add(at, 'Reshape', [inOrder, graph.ints([0, 0, width])]);
  }

  /** 0.5 x (1 + erf(x/√2)) */
  gelu(at: string, x: string): string {
    const mul = (a: string, b: string) => this.#graph.add(at, 'Mul', [a, b]);
    const erf = this.#graph.add(at, 'Erf', [mul(x, this.#weights.constant(Math.SQRT1_2))]);
    return mul(
      mul(x, this.#weights.constant(0.5)),
      this.#graph.add(at, 'Add', [erf, this.#weights.constant(1)]),
    );
  }

  norm(path: string, x: string): string {
    return this.#weights.layerNorm(scopeOf(path), x, `${path}.LayerNorm`, this.#config.width, EPSILON);
  }

  /** x (…, I) · weight (I, O) + bias (O) → (…, O) */
  linear(path: string, x: string, I: number, O: number): string {
    return this.#weights.linear(scopeOf(path), x, path, [I, O]);
  }
}

/** "bert.encoder.layer.0.output" → "/bert/encoder/layer.0/output" */
export function scopeOf(path: string): string {
  return `/${path.replace(/\.(?!\d)/g, '/')}`;
}
