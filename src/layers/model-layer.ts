// The base of our tf.layers layers: weights by checkpoint name, child layers, and the cost of a token.
import * as tf from '#tfjs';
import type { Key } from '../base/random.ts';
import { fold } from '../base/random.ts';
import {
  activate,
  addLowRank,
  type Dropout,
  type LinearOptions,
  type LowRank,
  linear,
} from '../ops/index.ts';
import type { Specs } from './parameters.ts';

export type Variables = Map<string, tf.LayerVariable>;

/** What every tf.layers layer takes (`name`, `inputShape`, `dtype`, …), beside what is our own. */
export type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

/** What `apply` hands down to `call`. */
export interface CallOptions {
  dropoutKey?: Key | undefined;
}

/** How many floats training holds for each token. */
export interface FloatsPerToken {
  /** Those that are kept from the forward pass to the backward pass. */
  kept: number;
  /** Those that the backward pass works with at one time. */
  working: number;
  /** Those in the widest array. */
  widest: number;
}

/** The base of our layers: weights by the name that they have in a checkpoint, child layers, and the cost of a token. */
export abstract class ModelLayer extends tf.layers.Layer {
  readonly #own: Variables = new Map();
  readonly #children = new Map<string, ModelLayer>();
  readonly #adapters = new Map<string, LowRank>();
  /** A child's name in its parent, as `attn.`. tfjs saves weights by name, so siblings' weights must differ in theirs. */
  #prefix = '';

  /** Floating-point operations of one token's forward pass at full context; a multiply-add counts as two. */
  flopsPerToken(): number {
    return this.children().reduce((sum, [, child]) => sum + child.flopsPerToken(), 0);
  }

  /** Counted as the backend webgpu keeps them: each output once, and the residuals that kernels leave for their gradients. */
  floatsPerToken(): FloatsPerToken {
    return floatsOf(this.children().map(([, child]) => child));
  }

  children(): [name: string, layer: ModelLayer][] {
    return [...this.#children];
  }

  /** Builds the children; a layer that has weights of its own makes those instead. */
  override build(shape: tf.Shape): void {
    for (const [, layer] of this.children()) layer.build(shape);
    this.trainableWeights = this.children().flatMap(([, layer]) => layer.weights); // for tfjs's fit and save
    this.built = true;
  }

  /** This layer's weights and its children's, as `h.0.attn.c_attn.weight`. */
  variables(prefix = ''): Variables {
    const all: Variables = new Map();
    for (const [name, variable] of this.#own) all.set(prefix + name, variable);
    for (const [name, child] of this.#children) {
      for (const [path, variable] of child.variables(`${prefix}${name}.`)) all.set(path, variable);
    }
    return all;
  }

  /** Adds a low-rank product to that with the weight from now on; the weight, named as in `variables`, stays what it is. */
  adapt(name: string, adapter: LowRank): void {
    if (this.#own.has(name)) this.#adapters.set(name, adapter);
    for (const [child, layer] of this.#children)
      if (name.startsWith(`${child}.`)) layer.adapt(name.slice(child.length + 1), adapter);
  }

  /** Makes this layer's own weights. They start at zero: a model sets their initial values. */
  protected addParameters(specs: Specs): void {
    for (const { name, shape } of specs) {
      const weight = this.addWeight(this.#prefix + name, [...shape], 'float32', tf.initializers.zeros());
      this.#own.set(name, weight);
    }
  }

  protected read<T extends tf.Tensor>(name: string): T {
    const variable = this.#own.get(name);
    if (variable === undefined) throw new Error(`${this.name} has no weight ${name}: was it built?`);
    return variable.read() as T;
  }

  /** The product with a matrix of this layer's own and, if it has one, the bias beside it: `c_attn.weight`, `c_attn.bias`. */
  protected product(
    x: tf.Tensor,
    matrix: string,
    { activation = 'none', residual }: LinearOptions = {},
  ): tf.Tensor {
    const bias = matrix.replace(/weight$/, 'bias');
    const [W, b] = [
      this.read<tf.Tensor2D>(matrix),
      this.#own.has(bias) ? this.read<tf.Tensor1D>(bias) : undefined,
    ];
    const adapter = this.#adapters.get(matrix);
    if (adapter === undefined) return linear(x, W, b, { activation, residual });
    const sum = addLowRank(linear(x, W, b, { residual }), x, adapter);
    return activation === 'gelu' ? activate(sum, activation) : sum;
  }

  protected child<T extends ModelLayer>(name: string, layer: T): T {
    layer.#prefix = `${name}.`;
    this.#children.set(name, layer);
    return layer;
  }
}

/** The floats of layers that run one after another, of which two of a kind work in the same memory. */
export function floatsOf(layers: readonly ModelLayer[]): FloatsPerToken {
  const working = new Map<string, number>();
  const all = { kept: 0, working: 0, widest: 0 };
  for (const layer of layers) {
    const own = layer.floatsPerToken();
    all.kept += own.kept;
    all.widest = Math.max(all.widest, own.widest);
    working.set(layer.getClassName(), own.working);
  }
  for (const floats of working.values()) all.working += floats;
  return all;
}

/**
 * The floats of a stack that keeps of each of its blocks nothing but the input, of this width, and computes one block's at a time
 * again in the backward pass.
 */
export function floatsRecomputing(
  blocks: readonly ModelLayer[],
  others: readonly ModelLayer[],
  width: number,
): FloatsPerToken {
  const [rest, block] = [floatsOf(others), floatsOf(blocks.slice(0, 1))];
  return {
    kept: rest.kept + blocks.length * width,
    working: Math.max(rest.working, block.kept + block.working),
    widest: Math.max(rest.widest, block.widest),
  };
}

/** The dropout of one place in the model: `place` tells its mask from all others under the same key. */
export function dropAt(rate: number, key: Key | undefined, place: number): Dropout | undefined {
  return key && rate > 0 ? { rate, key: fold(key, place) } : undefined;
}

/** The only tensor of a call, which tfjs hands over alone or in a list. */
export function one<T extends tf.Tensor>(inputs: tf.Tensor | tf.Tensor[]): T {
  return (Array.isArray(inputs) ? inputs[0] : inputs) as T;
}
