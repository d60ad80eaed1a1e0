// What recurrent architectures declare alike, beyond what all stacked ones do: their layers in ONNX.
import { type StackedKind, stackedArchitecture } from '../stacked/architecture.ts';
import type { StackedConfig } from '../stacked/config.ts';
import type { OnnxLayer } from './onnx.ts';

interface RecurrentKind<Config extends StackedConfig> extends Omit<StackedKind<Config>, 'onnx'> {
  onnx(config: Config): OnnxLayer;
}

export function recurrentArchitecture<Config extends StackedConfig>(kind: RecurrentKind<Config>) {
  return stackedArchitecture<Config>({
    ...kind,
    onnx: async () => {
      const { addRecurrentLayers } = await import('./onnx.ts');
      return (place, x) => addRecurrentLayers(place, x, kind.onnx(place.config));
    },
  });
}
