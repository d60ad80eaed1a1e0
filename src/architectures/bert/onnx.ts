// BERT as an ONNX graph; inputs and outputs are those that transformers.js feeds and reads.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import type { Dtype } from '../../formats/onnx/dtypes.ts';
import { GraphBuilder, TYPE } from '../../formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import type { BertConfig } from './config.ts';
import { EMBEDDINGS, EPSILON, HEAD, layerName } from './parameters.ts';

/** exp of this, beside anything a model produces, is 0. */
const MASKED = -1e9;

export function bertGraph(
  config: BertConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
  dtype: Dtype,
): GraphBuilder {
  return new BertGraph(config, tensors, dtype).graph;
}

class BertGraph {
  readonly graph = new GraphBuilder();
  readonly #config: BertConfig;
  readonly #weights: GraphWeights;

  constructor(config: BertConfig, tensors: ReadonlyMap<string, FloatTensor>, dtype: Dtype) {
    const { vocabSize, layers, width } = config;
    const { graph } = this;
    this.#config = config;
    this.#weights = new GraphWeights(graph, tensors, dtype);
    const input = (name: string) => graph.input(name, 'int64', ['batch_size', 'sequence_length']);
    const [ids, attended, types] = [input('input_ids'), input('attention_mask'), input('token_type_ids')];
    const table = [`${EMBEDDINGS}.word_embeddings.weight`, [vocabSize, width]] as const;
    const at = scopeOf(EMBEDDINGS);
    let x = graph.add(at, 'Add', [this.#weights.rows(at, ids, ...table), this.#added(ids, types)]);
    x = this.#norm(EMBEDDINGS, x); // (B, T, C)
    const mask = this.#mask(attended);
    for (let i = 0; i < layers; i++) x = this.#layer(x, layerName(i), mask);
    const transformed = this.#gelu(scopeOf(HEAD), this.#linear(`${HEAD}.transform.dense`, x, width, width));
    x = this.#norm(`${HEAD}.transform`, transformed);
    const scores = this.#weights.productWithRows(scopeOf(HEAD), x, ...table);
    const biased = graph.add(scopeOf(HEAD), 'Add', [
      scores,
      this.#weights.tensor(`${HEAD}.bias`, [vocabSize]),
    ]);
    graph.output(this.#cast(scopeOf(HEAD), biased, 'float'), 'logits', 'float', [
      'batch_size',
      'sequence_length',
      vocabSize,
    ]);
  }

  /** The vectors of positions and token types, (B, T, C). */
  #added(ids: string, types: string): string {
    const { graph } = this;
    const { context, width, tokenTypes } = this.#config;
    const at = scopeOf(EMBEDDINGS);
    const size = graph.add(at, 'Shape', [ids], { start: 1, end: 2 });
    const T = graph.add(at, 'Squeeze', [size, graph.ints([0])]);
    const positions = graph.add(at, 'Range', [graph.ints(0), T, graph.ints(1)]); // (T)
    const rows = (name: string, count: number, of: string) =>
      graph.add(at, 'Gather', [this.#weights.tensor(`${EMBEDDINGS}.${name}.weight`, [count, width]), of]);
    return graph.add(at, 'Add', [
      rows('token_type_embeddings', tokenTypes, types),
      rows('position_embeddings', context, positions),
    ]);
  }

  /** What is added to the scores, (B, 1, 1, S): 0 for tokens, MASKED for padding. */
  #mask(attended: string): string {
    const { graph } = this;
    const real = graph.add('/mask', 'Cast', [attended], { to: TYPE.bool });
    const wide = graph.add('/mask', 'Unsqueeze', [real, graph.ints([1, 2])]);
    return graph.add('/mask', 'Where', [wide, graph.float(0), graph.float(MASKED)]);
  }

  /** x (B, T, C) → (B, T, C) */
  #layer(x: string, name: string, mask: string): string {
    const { width } = this.#config;
    const add = (a: string, b: string) => this.graph.add(scopeOf(name), 'Add', [a, b]);
    const mixed = this.#linear(
      `${name}.attention.output.dense`,
      this.#attention(x, name, mask),
      width,
      width,
    );
    const middle = this.#norm(`${name}.attention.output`, add(x, mixed));
    const wide = this.#linear(`${name}.intermediate.dense`, middle, width, 4 * width); // (B, T, 4C)
    const narrow = this.#linear(`${name}.output.dense`, this.#gelu(scopeOf(name), wide), 4 * width, width);
    return this.#norm(`${name}.output`, add(middle, narrow));
  }

  #attention(x: string, layer: string, mask: string): string {
    const { graph } = this;
    const { width, heads } = this.#config;
    const D = width / heads;
    const at = scopeOf(`${layer}.attention.self`);
    const [q, k, v] = (['query', 'key', 'value'] as const).map((part) => {
      const whole = this.#linear(`${layer}.attention.self.${part}`, x, width, width);
      const split = graph.add(at, 'Reshape', [whole, graph.ints([0, 0, heads, D])]);
      return graph.add(at, 'Transpose', [split], { perm: part === 'key' ? [0, 2, 3, 1] : [0, 2, 1, 3] }); // (B, H, T, D)
    });
    const small = graph.add(at, 'Mul', [q!, this.#constant(1 / Math.sqrt(D))]);
    const scores = this.#cast(at, graph.add(at, 'MatMul', [small, k!]), 'float'); // (B, H, T, S)
    const shares = graph.add(at, 'Softmax', [graph.add(at, 'Add', [scores, mask])], { axis: -1 });
    const mixed = graph.add(at, 'MatMul', [this.#cast(at, shares, this.#weights.float), v!]);
    const inOrder = graph.add(at, 'Transpose', [mixed], { perm: [0, 2, 1, 3] }); // (B, T, H, D)
    return graph.add(at, 'Reshape', [inOrder, graph.ints([0, 0, width])]);
  }

  /** 0.5 x (1 + erf(x/√2)) */
  #gelu(at: string, x: string): string {
    const mul = (a: string, b: string) => this.graph.add(at, 'Mul', [a, b]);
    const erf = this.graph.add(at, 'Erf', [mul(x, this.#constant(Math.SQRT1_2))]);
    return mul(mul(x, this.#constant(0.5)), this.graph.add(at, 'Add', [erf, this.#constant(1)]));
  }

  #norm(name: string, x: string): string {
    return this.#weights.layerNorm(scopeOf(name), x, `${name}.LayerNorm`, this.#config.width, EPSILON);
  }

  /** x (…, I) · weight (I, O) + bias (O) → (…, O) */
  #linear(name: string, x: string, I: number, O: number): string {
    const product = this.#weights.product(scopeOf(name), x, `${name}.weight`, [I, O]);
    return this.graph.add(scopeOf(name), 'Add', [product, this.#weights.tensor(`${name}.bias`, [O])]);
  }

  /** The constant has the type that the graph computes in. */
  #constant(value: number): string {
    return this.#cast('/constant', this.graph.float(value), this.#weights.float);
  }

  #cast(at: string, value: string, to: 'float' | 'float16'): string {
    return this.#weights.float === 'float' ? value : this.graph.add(at, 'Cast', [value], { to: TYPE[to] });
  }
}

/** "bert.encoder.layer.0.output" → "/bert/encoder/layer.0/output" */
function scopeOf(name: string): string {
  return `/${name.replace(/\.(?!\d)/g, '/')}`;
}
