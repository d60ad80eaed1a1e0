// RecurrentLayer: the base of recurrent layers.
import type * as tf from '#tfjs';
import type { LayerArgs } from '../../layers/index.ts';
import type { Specs } from '../../layers/parameters.ts';
import { type RecurrentState, type RecurrentWeights, zeroHidden } from '../../ops/index.ts';
import { StackedLayer } from '../stacked/layer.ts';

export abstract class RecurrentLayer extends StackedLayer {
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

  abstract override continueFrom(
    x: tf.Tensor3D,
    state: RecurrentState,
  ): { outputs: tf.Tensor3D; state: RecurrentState };

  override emptyState(batch: number): RecurrentState {
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
