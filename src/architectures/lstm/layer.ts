// Lstm: one recurrent layer of cells with four gates and one bias for each; with peepholes three gates see the cells.
import * as tf from '#tfjs';
import type { FloatsPerToken, LayerArgs } from '../../layers/index.ts';
import { type LstmState, type LstmWeights, lstm, lstmFrom, zeroState } from '../../ops/index.ts';
import { RecurrentLayer } from '../recurrent/layer.ts';
import { type LayerShape, layerSpecs } from './parameters.ts';

export class Lstm extends RecurrentLayer {
  static className = 'Lstm';
  readonly #peepholes: boolean;

  constructor(config: LayerShape & LayerArgs) {
    super(config, layerSpecs(config));
    this.#peepholes = config.peepholes ?? false;
  }

  override run(x: tf.Tensor3D): tf.Tensor3D {
    return lstm(x, this.ownWeights());
  }

  override continueFrom(x: tf.Tensor3D, state: LstmState): { outputs: tf.Tensor3D; state: LstmState } {
    return lstmFrom(x, this.ownWeights(), state);
  }

  override emptyState(batch: number): LstmState {
    return zeroState(batch, this.width);
  }

  protected override ownWeights(): LstmWeights {
    return { ...super.ownWeights(), ...(this.#peepholes && { peepholes: this.read('peepholes') }) };
  }

  override flopsPerToken(): number {
    return 2 * 8 * this.width * this.width;
  }

  override floatsPerToken(): FloatsPerToken {
    const working = this.#peepholes ? 9 : 7;
    return { kept: 6 * this.width, working: working * this.width, widest: 4 * this.width };
  }

  override getConfig() {
    return { ...super.getConfig(), peepholes: this.#peepholes };
  }
}
tf.serialization.registerClass(Lstm);
