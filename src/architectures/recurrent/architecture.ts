// What recurrent architectures declare alike, from what is particular to each.
import type { z } from 'zod';
import { plural } from '../../base/format.ts';
import { checked } from '../../base/json.ts';
import type { Specs } from '../../layers/parameters.ts';
import type { Architecture } from '../architecture.ts';
import type { RecurrentConfig } from './config.ts';
import type { RecurrentLayer } from './layer.ts';
import type { OnnxLayer } from './onnx.ts';
import { recurrentSpecs } from './parameters.ts';

type Declared = 'name' | 'title' | 'settings' | 'presets' | 'standard' | 'webSizes' | 'benchmarks';

export interface RecurrentKind<Config extends RecurrentConfig> extends Pick<Architecture<Config>, Declared> {
  readonly config: z.ZodType<Config>;
  /** More of its shape in a few words, if there is more: ", peepholes". */
  more?(config: Config): string;
  layerSpecs(config: Config): Specs;
  /** Its layer, which needs tfjs. */
  layer(): Promise<new (config: Config) => RecurrentLayer>;
  onnx(config: Config): OnnxLayer;
}

export function recurrentArchitecture<Config extends RecurrentConfig>(
  kind: RecurrentKind<Config>,
): Architecture<Config> {
  const { more, layerSpecs, layer, onnx, ...declared } = kind;
  const modelType = `tsgpt-${kind.name}`;
  const specs = (config: Config) => recurrentSpecs(config, layerSpecs(config));
  return {
    ...declared,
    task: 'next-token',
    widthGrain: () => 1,
    describe: (config) => {
      const { layers, width, context, tiedHead } = config;
      const tied = tiedHead ? ', output layer tied' : '';
      return `${plural(layers, 'layer')}, width ${width}, context ${context}${more?.(config) ?? ''}${tied}`;
    },
    parameters: specs,
    disk: {
      modelTypes: [modelType],
      format: (config) => ({ model_type: modelType, ...config }),
      parse: ({ model_type: _, ...json }: { model_type?: unknown }, file) => checked(json, kind.config, file),
      toDisk: (name) => name,
      fromDisk: (name) => name,
    },
    hf: false,
    onnx: {
      dtypes: ['fp32'],
      forTransformersJs: false,
      load: async () => {
        const { recurrentGraph } = await import('./onnx.ts');
        return { graph: (config, tensors) => recurrentGraph(config, tensors, onnx(config)) };
      },
    },
    load: async () => {
      const [{ RecurrentModel }, Layer] = await Promise.all([import('./model.ts'), layer()]);
      const create = (config: Config, seed?: number) =>
        new RecurrentModel(config, seed, { layer: () => new Layer(config), specs: specs(config) });
      return { create };
    },
  };
}
