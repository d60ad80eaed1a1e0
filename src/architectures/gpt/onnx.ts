// GPT-2 as an ONNX graph with a cache of keys and values; inputs and outputs are those that transformers.js feeds and reads.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import type { Dtype } from '../../formats/onnx/dtypes.ts';
import { gelu } from '../../formats/onnx/gelu.ts';
import { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import { addedMask, isReal } from '../../formats/onnx/mask.ts';
import type { GptConfig } from './config.ts';

const ROOT = '/transformer';
const TOTAL = 'past_sequence_length + sequence_length';

/** By Hugging Face's names ("transformer.wte.weight"). */
export function gptGraph(
  config: GptConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
  dtype: Dtype,
): GraphBuilder {
  return new GptGraph(config, tensors, dtype).graph;
}

class GptGraph {
  readonly graph = new GraphBuilder();
  readonly #config: GptConfig;
  readonly #weights: GraphWeights;

  constructor(config: GptConfig, tensors: ReadonlyMap<string, FloatTensor>, dtype: Dtype) {
    const { vocabSize, context, layers, width } = config;
    const { graph } = this;
    this.#config = config;
    this.#weights = new GraphWeights(graph, tensors, dtype);

    const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
    const attended = graph.input('attention_mask', 'int64', ['batch_size', TOTAL]);
    const positions = graph.input('position_ids', 'int64', ['batch_size', 'sequence_length']);
    const mask = this.#mask(ids, attended);

    const table = ['transformer.wte.weight', [vocabSize, width]] as const;
    const words = this.#weights.rows(`${ROOT}/wte`, ids, ...table);
    const places = graph.add(`${ROOT}/wpe`, 'Gather', [
      this.#weights.tensor('transformer.wpe.weight', [context, width]),
      positions,
    ]);
    let x = graph.add(ROOT, 'Add', [words, places]); // (B, T, C)
    for (let layer = 0; layer < layers; layer++) x = this.#block(x, layer, mask);
    x = this.#layerNorm('ln_f', x);
    const logits = this.#weights.cast(
      '/lm_head',
      this.#weights.productWithRows('/lm_head', x, ...table),
      'float',
    );
    graph.output(logits, 'logits', 'float', ['batch_size', 'sequence_length', vocabSize]);
  }

  /** What is added to the scores, (B, 1, T, S): hiding padding and what comes after a position. */
  #mask(ids: string, attended: string): string {
    const { graph } = this;
    const at = `${ROOT}/mask`;
    const sizeOf = (value: string) => {
      const size = graph.add(at, 'Shape', [value], { start: 1, end: 2 });
      return graph.add(at, 'Squeeze', [size, graph.ints([0])]);
    };
    const S = sizeOf(attended);
    const past = graph.add(at, 'Sub', [S, sizeOf(ids)]);
    const columns = graph.add(at, 'Range', [graph.ints(0), S, graph.ints(1)]); // (S)
    const rows = graph.add(at, 'Range', [past, S, graph.ints(1)]); // (T)
    const causal = graph.add(at, 'LessOrEqual', [
      columns,
      graph.add(at, 'Unsqueeze', [rows, graph.ints([1])]),
    ]); // (T, S)
    return addedMask(graph, at, graph.add(at, 'And', [causal, isReal(graph, at, attended)]));
  }

  /** x (B, T, C) → (B, T, C) */
  #block(x: string, layer: number, mask: string): string {
    const h = `h.${layer}`;
    const add = (a: string, b: string) => this.graph.add(`${ROOT}/${h}`, 'Add', [a, b]);
    const middle = add(x, this.#attention(this.#layerNorm(`${h}.ln_1`, x), layer, mask));
    return add(middle, this.#mlp(this.#layerNorm(`${h}.ln_2`, middle), `${h}.mlp`));
  }

  #attention(x: string, layer: number, mask: string): string {
    const { graph } = this;
    const { width, heads } = this.#config;
    const D = width / heads;
    const name = `h.${layer}.attn`;
    const at = scopeOf(name);
    const qkv = this.#linear(`${name}.c_attn`, x, width, 3 * width);
    const [q, k, v] = graph.addMany(at, 'Split', [qkv], { axis: 2 }, 3).map((part) => {
      const split = graph.add(at, 'Reshape', [part, graph.ints([0, 0, heads, D])]);
      return graph.add(at, 'Transpose', [split], { perm: [0, 2, 1, 3] }); // (B, H, T, D)
    });
    const keys = this.#cached(at, layer, 'key', k!); // (B, H, S, D)
    const values = this.#cached(at, layer, 'value', v!);
    const small = graph.add(at, 'Mul', [q!, this.#weights.constant(1 / Math.sqrt(D))]);
    const turned = graph.add(at, 'Transpose', [keys], { perm: [0, 1, 3, 2] });
    const scores = this.#weights.cast(at, graph.add(at, 'MatMul', [small, turned]), 'float'); // (B, H, T, S)
    const shares = graph.add(at, 'Softmax', [graph.add(at, 'Add', [scores, mask])], { axis: -1 });
    const mixed = graph.add(at, 'MatMul', [this.#weights.cast(at, shares, this.#weights.float), values]);
    const inOrder = graph.add(at, 'Transpose', [mixed], { perm: [0, 2, 1, 3] }); // (B, T, H, D)
    const joined = graph.add(at, 'Reshape', [inOrder, graph.ints([0, 0, width])]);
    return this.#linear(`${name}.c_proj`, joined, width, width);
  }

  /** The new positions' keys or values after those given as an input. */
  #cached(at: string, layer: number, kind: 'key' | 'value', fresh: string): string {
    const { width, heads } = this.#config;
    const dims = (length: string) => ['batch_size', heads, length, width / heads];
    const { float } = this.#weights;
    const past = this.graph.input(`past_key_values.${layer}.${kind}`, float, dims('past_sequence_length'));
    const both = this.graph.add(at, 'Concat', [past, fresh], { axis: 2 });
    this.graph.output(both, `present.${layer}.${kind}`, float, dims(TOTAL));
    return both;
  }

  #mlp(x: string, name: string): string {
    const { width } = this.#config;
    const wide = this.#linear(`${name}.c_fc`, x, width, 4 * width); // (B, T, 4C)
    return this.#linear(
      `${name}.c_proj`,
      gelu(this.graph, scopeOf(`${name}.act`), wide, (value) => this.#weights.constant(value)),
      4 * width,
      width,
    );
  }

  #layerNorm(name: string, x: string): string {
    return this.#weights.layerNorm(scopeOf(name), x, `transformer.${name}`, this.#config.width);
  }

  /** x (…, I) · weight (I, O) + bias (O) → (…, O) */
  #linear(name: string, x: string, I: number, O: number): string {
    return this.#weights.linear(scopeOf(name), x, `transformer.${name}`, [I, O]);
  }
}

/** "h.0.attn.c_attn" → "/transformer/h.0/attn/c_attn" */
function scopeOf(name: string): string {
  return `${ROOT}/${name.replace(/\.(?!\d)/g, '/')}`;
}
