// A stacked GRU: gates as an LSTM's, with fewer of them and no cells.
import { recurrentArchitecture } from '../recurrent/architecture.ts';
import * as about from './config.ts';
import { layerSpecs } from './parameters.ts';

export const gru = recurrentArchitecture<about.GruConfig>({
  name: 'gru',
  title: 'GRU',
  ...about,
  layerSpecs,
  layer: async () => {
    const { Gru } = await import('./layer.ts');
    return (config) => new Gru(config);
  },
  // ONNX's gates are update, reset, hidden.
  onnx: () => ({
    type: 'GRU',
    attributes: { linear_before_reset: 1 },
    gates: [1, 0, 2],
    states: ['hidden'],
    recurrentBias: true,
  }),
});
