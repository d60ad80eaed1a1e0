// A stacked LSTM, sharing data, loss and evaluator with the others.
import { recurrentArchitecture } from '../recurrent/architecture.ts';
import * as about from './config.ts';
import { layerSpecs } from './parameters.ts';

export const lstm = recurrentArchitecture<about.LstmConfig>({
  name: 'lstm',
  title: 'LSTM',
  ...about,
  more: ({ peepholes }) => (peepholes ? ', peepholes' : ''),
  layerSpecs,
  layer: async () => {
    const { Lstm } = await import('./layer.ts');
    return (config) => new Lstm(config);
  },
  // ONNX's gates are input, output, forget, cell, and its peepholes input, output, forget.
  onnx: ({ peepholes }) => ({
    type: 'LSTM',
    gates: [0, 3, 1, 2],
    states: ['hidden', 'cell'],
    peepholes: peepholes ? [0, 2, 1] : undefined,
  }),
});
