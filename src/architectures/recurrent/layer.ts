// RecurrentLayer: the base of recurrent layers, over a whole sequence or on from a given state.
import type * as tf from '#tfjs';
import { type LayerArgs, ModelLayer, one } from '../../layers/index.ts';
import type { Specs } from '../../layers/parameters.ts';
import { type RecurrentState, type RecurrentWeights, zeroHidden } from '../../ops/index.ts';

export abstract class RecurrentLayer extends ModelLayer {
  protected readonly width: number;
  readonly #specs: Specs;

  constructor(config: { width: number } & LayerArgs, specs: Specs) {
    super(config);
    this.width = config.width;
    this.#specs = specs;
  }

  override build(): void {
    this.addParameters(this.#specs);
    this.built = true;
  }

  /** (B, T, C) → (B, T, C), from an empty state. */
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return this.run(one(inputs));
  }

  protected abstract run(x: tf.Tensor3D): tf.Tensor3D;

  /** The same from a given state, without a gradient. */
  abstract continueFrom(
    x: tf.Tensor3D,
    state: RecurrentState,
  ): { outputs: tf.Tensor3D; state: RecurrentState };

  /** The state before a text, of so many rows. */
  emptyState(batch: number): RecurrentState {
    return zeroHidden(batch, this.width);
  }

  protected ownWeights(): RecurrentWeights {
    return {
      input: this.read('input.weight'),
      recurrent: this.read('recurrent.weight'),
      bias: this.read('bias'),
    };
  }

  override getConfig() {
    return { ...super.getConfig(), width: this.width };
  }
}
