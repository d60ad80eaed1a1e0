// A causal convolutional network: pre-norm blocks of gated convolutions (Dauphin et al. 2017), whose dilation grows from
// layer to layer (van den Oord et al. 2016) and starts anew after each cycle.
import { stackedArchitecture } from '../stacked/architecture.ts';
import * as about from './config.ts';
import { dilationOf, tokensSeen } from './dilation.ts';
import { layerSpecs } from './parameters.ts';

export const cnn = stackedArchitecture<about.CnnConfig>({
  name: 'cnn',
  title: 'CNN',
  ...about,
  more: (config) => `, kernel ${config.kernel}, sees ${tokensSeen(config)} tokens`,
  layerSpecs,
  finalNorm: true,
  layer: async () => {
    const { ConvBlock } = await import('./block.ts');
    return (config, i) => {
      const { width, kernel } = config;
      return new ConvBlock({ width, kernel, dilation: dilationOf(config, i) });
    };
  },
  onnx: async () => (await import('./onnx.ts')).addConvLayers,
});
