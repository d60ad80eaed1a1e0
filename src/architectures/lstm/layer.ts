// Lstm: one recurrent layer; a bias of its own for the four gates (input, forget, cell, output).
import * as tf from '#tfjs';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from '../../layers/index.ts';
import { type LstmState, type LstmWeights, lstm, lstmFrom } from '../../ops/index.ts';
import { layerSpecs } from './parameters.ts';

export class Lstm extends ModelLayer {
  static className = 'Lstm';
  readonly #width: number;

  constructor(config: { width: number } & LayerArgs) {
    super(config);
    this.#width = config.width;
  }

  override build(): void {
    this.addParameters(layerSpecs(this.#width));
    this.built = true;
  }

  /** (B, T, C) → (B, T, C), from an empty state. */
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return lstm(one(inputs), this.#weights());
  }

  /** The same from a given state, without a gradient. */
  continueFrom(x: tf.Tensor3D, state: LstmState): { outputs: tf.Tensor3D; state: LstmState } {
    return lstmFrom(x, this.#weights(), state);
  }

  #weights(): LstmWeights {
    return {
      input: this.read('input.weight'),
      recurrent: this.read('recurrent.weight'),
      bias: this.read('bias'),
    };
  }

  override flopsPerToken(): number {
    return 2 * 8 * this.#width * this.#width;
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: 6 * this.#width, working: 7 * this.#width, widest: 4 * this.#width };
  }

  override getConfig() {
    return { ...super.getConfig(), width: this.#width };
  }
}
tf.serialization.registerClass(Lstm);
