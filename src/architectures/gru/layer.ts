// Gru: one layer of gated recurrent units, by PyTorch's equations.
import * as tf from '#tfjs';
import type { FloatsPerToken, LayerArgs } from '../../layers/index.ts';
import { type GruWeights, gru, gruFrom, type RecurrentState } from '../../ops/index.ts';
import { RecurrentLayer } from '../recurrent/layer.ts';
import { layerSpecs } from './parameters.ts';

export class Gru extends RecurrentLayer {
  static className = 'Gru';

  constructor(config: { width: number } & LayerArgs) {
    super(config, layerSpecs(config));
  }

  override run(x: tf.Tensor3D): tf.Tensor3D {
    return gru(x, this.ownWeights());
  }

  override continueFrom(x: tf.Tensor3D, state: RecurrentState) {
    return gruFrom(x, this.ownWeights(), state);
  }

  protected override ownWeights(): GruWeights {
    return { ...super.ownWeights(), recurrentBias: this.read('recurrent.bias') };
  }

  override flopsPerToken(): number {
    return 2 * 6 * this.width * this.width;
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: 5 * this.width, working: 9 * this.width, widest: 3 * this.width };
  }
}
tf.serialization.registerClass(Gru);
