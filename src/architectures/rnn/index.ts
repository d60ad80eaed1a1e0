// A stacked RNN with tanh: the recurrent model that has no gates.
import { recurrentArchitecture } from '../recurrent/architecture.ts';
import * as about from './config.ts';
import { layerSpecs } from './parameters.ts';

export const rnn = recurrentArchitecture<about.RnnConfig>({
  name: 'rnn',
  title: 'RNN',
  ...about,
  layerSpecs,
  layer: async () => {
    const { Rnn } = await import('./layer.ts');
    return (config) => new Rnn(config);
  },
  onnx: () => ({ type: 'RNN', gates: [0], states: ['hidden'] }),
});
