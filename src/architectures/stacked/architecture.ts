// What stacked architectures declare alike, from what is particular to each.
import type { z } from 'zod';
import { plural } from '../../base/format.ts';
import type { Specs } from '../../layers/parameters.ts';
import type { Architecture } from '../architecture.ts';
import { ownDisk } from '../own-disk.ts';
import type { StackedConfig } from './config.ts';
import type { StackedLayer } from './layer.ts';
import type { OnnxLayers } from './onnx.ts';
import { stackedSpecs } from './parameters.ts';

type Declared = 'name' | 'title' | 'settings' | 'presets' | 'standard' | 'webSizes' | 'benchmarks';

export interface StackedKind<Config extends StackedConfig> extends Pick<Architecture<Config>, Declared> {
  readonly config: z.ZodType<Config>;
  /** More of its shape in a few words, if there is more: ", peepholes". */
  more?(config: Config): string;
  layerSpecs(config: Config): Specs;
  /** Whether a norm stands before the output layer. */
  readonly finalNorm?: true;
  /** Makes layer i, which needs tfjs. */
  layer(): Promise<(config: Config, i: number) => StackedLayer>;
  /** Its layers in an ONNX graph. */
  onnx(): Promise<OnnxLayers<Config>>;
}

/** One whose layers serve other models as a part. */
export interface StackedArchitecture<Config extends StackedConfig> extends Architecture<Config> {
  readonly stack: Pick<StackedKind<Config>, 'layerSpecs' | 'layer' | 'onnx'> & {
    readonly finalNorm: boolean;
  };
}

export function stackedArchitecture<Config extends StackedConfig>(
  kind: StackedKind<Config>,
): StackedArchitecture<Config> {
  const { more, layerSpecs, finalNorm = false, layer, onnx, ...declared } = kind;
  const specs = (config: Config) => stackedSpecs(config, { layer: layerSpecs(config), finalNorm });
  return {
    ...declared,
    stack: { layerSpecs, layer, finalNorm, onnx },
    task: 'next-token',
    widthGrain: () => 1,
    describe: (config) => {
      const { layers, width, context, tiedHead } = config;
      const tied = tiedHead ? ', output layer tied' : '';
      return `${plural(layers, 'layer')}, width ${width}, context ${context}${more?.(config) ?? ''}${tied}`;
    },
    parameters: specs,
    disk: ownDisk(kind.name, kind.config),
    hf: false,
    onnx: {
      dtypes: ['fp32'],
      forTransformersJs: false,
      load: async () => {
        const [{ stackedGraph }, addLayers] = await Promise.all([import('./onnx.ts'), onnx()]);
        return { graph: (config, tensors) => stackedGraph(config, tensors, addLayers) };
      },
    },
    load: async () => {
      const [{ StackedModel }, layerOf] = await Promise.all([import('./model.ts'), layer()]);
      const create = (config: Config, seed?: number) =>
        new StackedModel(config, seed, {
          layer: (i) => layerOf(config, i),
          finalNorm,
          specs: specs(config),
        });
      return { create };
    },
  };
}
