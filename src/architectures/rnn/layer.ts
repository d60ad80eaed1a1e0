// Rnn: one recurrent layer with tanh (Elman 1990), with one bias.
import * as tf from '#tfjs';
import type { FloatsPerToken, LayerArgs } from '../../layers/index.ts';
import { type RecurrentState, rnn, rnnFrom } from '../../ops/index.ts';
import { RecurrentLayer } from '../recurrent/layer.ts';
import { layerSpecs } from './parameters.ts';

export class Rnn extends RecurrentLayer {
  static className = 'Rnn';

  constructor(config: { width: number } & LayerArgs) {
    super(config, layerSpecs(config));
  }

  override run(x: tf.Tensor3D): tf.Tensor3D {
    return rnn(x, this.ownWeights());
  }

  override continueFrom(x: tf.Tensor3D, state: RecurrentState) {
    return rnnFrom(x, this.ownWeights(), state);
  }

  override flopsPerToken(): number {
    return 2 * 2 * this.width * this.width;
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: this.width, working: 4 * this.width, widest: this.width };
  }
}
tf.serialization.registerClass(Rnn);
