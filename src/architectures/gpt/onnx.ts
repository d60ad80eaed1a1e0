// GPT-2 as an ONNX graph.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import type { Dtype } from '../../formats/onnx/dtypes.ts';
import { gelu } from '../../formats/onnx/gelu.ts';
import type { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { TransformerGraph } from '../transformer/onnx.ts';
import type { GptConfig } from './config.ts';

const ROOT = '/transformer';

/** By Hugging Face's names ("transformer.wte.weight"). */
export function gptGraph(
  config: GptConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
  dtype: Dtype,
): GraphBuilder {
  return new GptGraph(config, tensors, dtype).graph;
}

class GptGraph extends TransformerGraph {
  readonly #config: GptConfig;

  constructor(config: GptConfig, tensors: ReadonlyMap<string, FloatTensor>, dtype: Dtype) {
    super(ROOT, tensors, dtype);
    const { vocabSize, context, layers, width } = config;
    const { graph } = this;
    this.#config = config;
    const table = ['transformer.wte.weight', [vocabSize, width]] as const;
    const words = this.weights.rows(`${ROOT}/wte`, this.ids, ...table);
    const places = graph.add(`${ROOT}/wpe`, 'Gather', [
      this.weights.tensor('transformer.wpe.weight', [context, width]),
      this.positions,
    ]);
    let x = graph.add(ROOT, 'Add', [words, places]); // (B, T, C)
    for (let layer = 0; layer < layers; layer++) x = this.#block(x, layer);
    this.writeLogits(this.#layerNorm('ln_f', x), table);
  }

  /** x (B, T, C) → (B, T, C) */
  #block(x: string, layer: number): string {
    const h = `h.${layer}`;
    const add = (a: string, b: string) => this.graph.add(`${ROOT}/${h}`, 'Add', [a, b]);
    const middle = add(x, this.#attention(this.#layerNorm(`${h}.ln_1`, x), layer));
    return add(middle, this.#mlp(this.#layerNorm(`${h}.ln_2`, middle), `${h}.mlp`));
  }

  #attention(x: string, layer: number): string {
    const { width, heads } = this.#config;
    const headSize = width / heads;
    const name = `h.${layer}.attn`;
    const at = scopeOf(name);
    const qkv = this.#linear(`${name}.c_attn`, x, width, 3 * width);
    const [q, k, v] = this.graph
      .addMany(at, 'Split', [qkv], { axis: 2 }, 3)
      .map((part) => this.headsFirst(at, this.splitHeads(at, part, heads, headSize)));
    const sizes = { heads, kvHeads: heads, headSize };
    const mixed = this.attend(at, layer, { q: q!, k: k!, v: v! }, sizes);
    return this.#linear(`${name}.c_proj`, mixed, width, width);
  }

  #mlp(x: string, name: string): string {
    const { width } = this.#config;
    const wide = this.#linear(`${name}.c_fc`, x, width, 4 * width); // (B, T, 4C)
    return this.#linear(
      `${name}.c_proj`,
      gelu(this.graph, scopeOf(`${name}.act`), wide, (value) => this.weights.constant(value)),
      4 * width,
      width,
    );
  }

  #layerNorm(name: string, x: string): string {
    return this.weights.layerNorm(scopeOf(name), x, `transformer.${name}`, this.#config.width);
  }

  /** x (…, I) · weight (I, O) + bias (O) → (…, O) */
  #linear(name: string, x: string, I: number, O: number): string {
    return this.weights.linear(scopeOf(name), x, `transformer.${name}`, [I, O]);
  }
}

/** "h.0.attn.c_attn" → "/transformer/h.0/attn/c_attn" */
function scopeOf(name: string): string {
  return `${ROOT}/${name.replace(/\.(?!\d)/g, '/')}`;
}
