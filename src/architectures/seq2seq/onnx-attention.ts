// Attention in the ONNX graphs of a sequence-to-sequence model.
import type { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import type { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import { addedMask } from '../../formats/onnx/mask.ts';
import { placesOf } from '../../formats/onnx/places.ts';
import type { AttentionShape } from './parameters.ts';

export interface Source {
  /** (B, S, C) */
  states: string;
  /** (B, 1, 1, S), added to the scores */
  mask: string;
  /** Where attention covers: how much the queries before each one have looked where, (B, H, T, S). */
  coverage?: string | undefined;
}

interface Attended {
  /** (B, T, C) */
  context: string;
  /** (B, H, T, S) */
  shares: string;
}

export class AttentionGraph {
  readonly #graph: GraphBuilder;
  readonly #weights: GraphWeights;
  readonly #heads: number;
  readonly #width: number;

  constructor(
    graph: GraphBuilder,
    weights: GraphWeights,
    { heads, width }: { heads: number; width: number },
  ) {
    this.#graph = graph;
    this.#weights = weights;
    this.#heads = heads;
    this.#width = width;
  }

  /** queries (B, T, C) */
  attend(path: string, shape: AttentionShape, queries: string, { states, mask, coverage }: Source): Attended {
    const { kind, gptLayers } = shape;
    const product = (name: string, x: string) =>
      this.#weights.linear(`/${path}`, x, `${path}.${name}`, [this.#width, this.#width]);
    if (kind === 'multihead') {
      const isGpts = gptLayers !== undefined;
      const q = this.#split(path, product(isGpts ? 'q_attn' : 'query', queries));
      const [k, v] = isGpts ? this.#packed(path, states) : [product('key', states), product('value', states)];
      const scores = this.#scores(path, q, this.#split(path, k), this.#width / this.#heads);
      const shares = this.#shares(path, this.#covered(path, scores, this.#heads, coverage), mask);
      const mixed = this.#mixed(path, shares, this.#split(path, v));
      return { context: product(isGpts ? 'c_proj' : 'output', mixed), shares };
    }
    const whole = this.#whole(path, states);
    const scores =
      kind === 'dot'
        ? this.#covered(path, this.#scores(path, this.#whole(path, queries), whole, this.#width), 1, coverage)
        : this.#additive(path, product('query', queries), product('key', states), coverage);
    const shares = this.#shares(path, scores, mask);
    return { context: this.#mixed(path, shares, whole), shares };
  }

  /** scores (B, H, T, S), to which what each head's coverage weighs is added */
  #covered(path: string, scores: string, heads: number, coverage: string | undefined): string {
    if (coverage === undefined) return scores;
    const graph = this.#graph;
    const weight = this.#weights.tensor(`${path}.coverage.weight`, [heads]);
    const own = graph.add(`/${path}`, 'Unsqueeze', [weight, graph.ints([1, 2])]); // (H, 1, 1)
    return graph.add(`/${path}`, 'Add', [scores, graph.add(`/${path}`, 'Mul', [coverage, own])]);
  }

  /** GPT-2's keys and values, which are one product. */
  #packed(path: string, states: string): [keys: string, values: string] {
    const C = this.#width;
    const both = this.#weights.linear(`/${path}`, states, `${path}.c_attn`, [C, 2 * C]);
    return this.#graph.addMany(`/${path}`, 'Split', [both], { axis: 2 }, 2) as [string, string];
  }

  /** To itself, each position to those up to it. x (B, T, C) → (B, T, C) */
  causal(path: string, x: string): string {
    const graph = this.#graph;
    const at = `/${path}`;
    const C = this.#width;
    const qkv = this.#weights.linear(at, x, `${path}.c_attn`, [C, 3 * C]);
    const [q, k, v] = graph
      .addMany(at, 'Split', [qkv], { axis: 2 }, 3)
      .map((part) => this.#split(path, part)) as [string, string, string];
    const places = placesOf(graph, at, x);
    const isPast = graph.add(at, 'LessOrEqual', [
      places,
      graph.add(at, 'Unsqueeze', [places, graph.ints([1])]),
    ]); // (T, T)
    const mask = addedMask(graph, at, isPast);
    const mixed = this.#mixed(path, this.#shares(path, this.#scores(path, q, k, C / this.#heads), mask), v);
    return this.#weights.linear(at, mixed, `${path}.c_proj`, [C, C]);
  }

  /** (B, T, C) → (B, 1, T, C) */
  #whole(path: string, x: string): string {
    return this.#graph.add(`/${path}`, 'Unsqueeze', [x, this.#graph.ints([1])]);
  }

  /** (B, T, C) → (B, H, T, D) */
  #split(path: string, x: string): string {
    const graph = this.#graph;
    const shape = graph.ints([0, 0, this.#heads, this.#width / this.#heads]);
    return graph.add(`/${path}`, 'Transpose', [graph.add(`/${path}`, 'Reshape', [x, shape])], {
      perm: [0, 2, 1, 3],
    });
  }

  /** (B, H, T, D) and (B, H, S, D) → (B, H, T, S) */
  #scores(path: string, queries: string, keys: string, D: number): string {
    const graph = this.#graph;
    const at = `/${path}`;
    const small = graph.add(at, 'Mul', [queries, graph.float(1 / Math.sqrt(D))]);
    return graph.add(at, 'MatMul', [small, graph.add(at, 'Transpose', [keys], { perm: [0, 1, 3, 2] })]);
  }

  /** (B, T, C) and (B, S, C), coverage (B, 1, T, S) → (B, 1, T, S) */
  #additive(path: string, queries: string, keys: string, coverage: string | undefined): string {
    const graph = this.#graph;
    const at = `/${path}`;
    let sum = graph.add(at, 'Add', [
      graph.add(at, 'Unsqueeze', [queries, graph.ints([2])]),
      graph.add(at, 'Unsqueeze', [keys, graph.ints([1])]),
    ]); // (B, T, S, C)
    if (coverage !== undefined) {
      const seen = graph.add(at, 'Transpose', [coverage], { perm: [0, 2, 3, 1] }); // (B, T, S, 1)
      const cover = this.#weights.tensor(`${path}.coverage.weight`, [this.#width]);
      sum = graph.add(at, 'Add', [sum, graph.add(at, 'Mul', [seen, cover])]);
    }
    const weight = this.#weights.tensor(`${path}.score.weight`, [this.#width, 1]);
    const scores = graph.add(at, 'MatMul', [graph.add(at, 'Tanh', [sum]), weight]); // (B, T, S, 1)
    return graph.add(at, 'Transpose', [scores], { perm: [0, 3, 1, 2] });
  }

  /** scores (B, H, T, S) → what each query looks at, which adds up to 1 */
  #shares(path: string, scores: string, mask: string): string {
    const masked = this.#graph.add(`/${path}`, 'Add', [scores, mask]);
    return this.#graph.add(`/${path}`, 'Softmax', [masked], { axis: -1 });
  }

  /** shares (B, H, T, S), values (B, H, S, D) → (B, T, C) */
  #mixed(path: string, shares: string, values: string): string {
    const graph = this.#graph;
    const at = `/${path}`;
    const mixed = graph.add(at, 'MatMul', [shares, values]);
    const inOrder = graph.add(at, 'Transpose', [mixed], { perm: [0, 2, 1, 3] });
    return graph.add(at, 'Reshape', [inOrder, graph.ints([0, 0, this.#width])]);
  }
}
