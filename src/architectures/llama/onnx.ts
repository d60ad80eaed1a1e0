// A Llama as an ONNX graph.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import type { Dtype } from '../../formats/onnx/dtypes.ts';
import { gelu } from '../../formats/onnx/gelu.ts';
import type { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { type Turns, turnsAt } from '../../formats/onnx/rotary.ts';
import { TransformerGraph } from '../transformer/onnx.ts';
import { isGated, type LlamaConfig } from './config.ts';
import { frequenciesOf, ropeAt } from './frequencies.ts';
import { type BranchNorms, blockNorms } from './parameters.ts';

const ROOT = '/model';

/** By Hugging Face's names ("model.embed_tokens.weight"). */
export function llamaGraph(
  config: LlamaConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
  dtype: Dtype,
): GraphBuilder {
  return new LlamaGraph(config, tensors, dtype).graph;
}

class LlamaGraph extends TransformerGraph {
  readonly #config: LlamaConfig;
  /** Of each position given, by frequencies: those of the blocks, joined. */
  readonly #turns = new Map<string, Turns>();

  constructor(config: LlamaConfig, tensors: ReadonlyMap<string, FloatTensor>, dtype: Dtype) {
    super(ROOT, tensors, dtype);
    const { vocabSize, context, layers, width, positions, scaledEmbedding, tiedHead, softcap } = config;
    const { graph } = this;
    this.#config = config;
    const table = ['model.embed_tokens.weight', [vocabSize, width]] as const;
    let x = this.weights.rows(`${ROOT}/embed_tokens`, this.ids, ...table); // (B, T, C)
    if (scaledEmbedding) x = graph.add(ROOT, 'Mul', [x, this.weights.constant(Math.sqrt(width))]);
    if (positions === 'learned') {
      const places = this.weights.tensor('model.embed_positions.weight', [context, width]);
      x = graph.add(ROOT, 'Add', [
        x,
        graph.add(`${ROOT}/embed_positions`, 'Gather', [places, this.positions]),
      ]);
    }
    for (let layer = 0; layer < layers; layer++) x = this.#block(x, layer);
    const head = tiedHead ? table : (['lm_head.weight', table[1]] as const);
    this.writeLogits(this.#norm('norm', x), head, softcap);
  }

  /** x (B, T, C) → (B, T, C) */
  #block(x: string, layer: number): string {
    const name = `layers.${layer}`;
    const { attention, mlp } = blockNorms(this.#config);
    const branch = (stream: string, { before, after }: BranchNorms, layerOf: (given: string) => string) => {
      const added = layerOf(this.#norm(`${name}.${before}`, stream));
      const normal = after ? this.#norm(`${name}.${after}`, added) : added;
      return this.graph.add(`${ROOT}/${name}`, 'Add', [stream, normal]);
    };
    const middle = branch(x, attention, (given) => this.#attention(given, layer));
    return branch(middle, mlp, (given) => this.#mlp(given, `${name}.mlp`));
  }

  #attention(x: string, layer: number): string {
    const { width, heads, kvHeads, headSize, qkvBias } = this.#config;
    const name = `layers.${layer}.self_attn`;
    const at = scopeOf(name);
    const project = (part: string, count: number) => {
      const path = `${name}.${part}_proj`;
      const shape = [width, count * headSize] as const;
      const y = qkvBias
        ? this.weights.linear(scopeOf(path), x, `model.${path}`, shape)
        : this.#product(path, x, ...shape);
      return this.splitHeads(at, y, count, headSize); // (B, T, count, D)
    };
    const turns = this.#turnsAt(layer);
    const q = this.headsFirst(at, this.#placed(at, project('q', heads), `${name}.q_norm`, turns));
    const k = this.headsFirst(at, this.#placed(at, project('k', kvHeads), `${name}.k_norm`, turns));
    const v = this.headsFirst(at, project('v', kvHeads));
    const mixed = this.attend(at, layer, { q, k, v }, { heads, kvHeads, headSize });
    return this.#product(`${name}.o_proj`, mixed, heads * headSize, width);
  }

  /** Queries or keys (B, T, count, D) as they are compared: normalised, and turned by their positions. */
  #placed(at: string, x: string, norm: string, turns: Turns | undefined): string {
    const { graph } = this;
    const normal = this.#config.qkNorm ? this.#rmsNorm(norm, x, this.#config.headSize) : x;
    if (turns === undefined) return normal;
    const { cos, sin } = turns;
    const [a, b] = graph.addMany(at, 'Split', [normal], { axis: 3 }, 2) as [string, string];
    const mul = (half: string, by: string) => graph.add(at, 'Mul', [half, by]);
    const first = graph.add(at, 'Sub', [mul(a, cos), mul(b, sin)]);
    const second = graph.add(at, 'Add', [mul(b, cos), mul(a, sin)]);
    return graph.add(at, 'Concat', [first, second], { axis: 3 });
  }

  /** Of a block; none where positions are learned. */
  #turnsAt(layer: number): Turns | undefined {
    if (this.#config.positions === 'learned') return undefined;
    const frequencies = frequenciesOf(ropeAt(this.#config, layer));
    const key = frequencies.join();
    const known = this.#turns.get(key);
    if (known) return known;
    const at = `${ROOT}/rotary_emb${this.#turns.size || ''}`;
    const turns = turnsAt(this.graph, at, {
      frequencies,
      ids: this.positions,
      context: this.#config.context,
    });
    const shaped = (turn: string) =>
      this.graph.add(at, 'Unsqueeze', [
        this.weights.cast(at, turn, this.weights.float),
        this.graph.ints([2]),
      ]);
    const own = { cos: shaped(turns.cos), sin: shaped(turns.sin) }; // (B, T, 1, D/2)
    this.#turns.set(key, own);
    return own;
  }

  #mlp(x: string, name: string): string {
    const { width, mlpWidth, activation } = this.#config;
    const at = scopeOf(`${name}.act_fn`);
    const up = this.#product(`${name}.up_proj`, x, width, mlpWidth);
    const given = isGated(this.#config) ? this.#product(`${name}.gate_proj`, x, width, mlpWidth) : up;
    const active = this.#activated(at, given, activation);
    const wide = isGated(this.#config) ? this.graph.add(at, 'Mul', [active, up]) : active;
    return this.#product(`${name}.down_proj`, wide, mlpWidth, width);
  }

  #activated(at: string, x: string, activation: LlamaConfig['activation']): string {
    const { graph } = this;
    if (activation === 'swiglu') return graph.add(at, 'Mul', [x, graph.add(at, 'Sigmoid', [x])]);
    if (activation !== 'relu2') return gelu(graph, at, x, (value) => this.weights.constant(value));
    const positive = graph.add(at, 'Relu', [x]);
    return graph.add(at, 'Mul', [positive, positive]);
  }

  #norm(name: string, x: string): string {
    const { norm, width, normEpsilon } = this.#config;
    if (norm === 'layer')
      return this.weights.layerNorm(scopeOf(name), x, `model.${name}`, width, normEpsilon);
    return this.#rmsNorm(name, x, width);
  }

  /** x (…, C) → (…, C). The mean square is taken in float32 whatever x is. */
  #rmsNorm(name: string, x: string, C: number): string {
    const { graph } = this;
    const at = scopeOf(name);
    const wide = this.weights.cast(at, x, 'float');
    const square = graph.add(at, 'ReduceMean', [graph.add(at, 'Mul', [wide, wide])], { axes: [-1] });
    const root = graph.add(at, 'Sqrt', [
      graph.add(at, 'Add', [square, graph.float(this.#config.normEpsilon)]),
    ]);
    const normal = this.weights.cast(at, graph.add(at, 'Div', [wide, root]), this.weights.float);
    const learned = this.weights.tensor(`model.${name}.weight`, [C]);
    const scale = this.#config.normPlusOne
      ? graph.add(at, 'Add', [learned, this.weights.constant(1)])
      : learned;
    return graph.add(at, 'Mul', [normal, scale]);
  }

  /** x (…, I) · weight (I, O) → (…, O) */
  #product(name: string, x: string, I: number, O: number): string {
    return this.weights.product(scopeOf(name), x, `model.${name}.weight`, [I, O]);
  }
}

/** "layers.0.self_attn.q_proj" → "/model/layers.0/self_attn/q_proj" */
function scopeOf(name: string): string {
  return `${ROOT}/${name.replace(/\.(?!\d)/g, '/')}`;
}
