// The architectures whose layers an encoder or a decoder can be made of.
import { z } from 'zod';
import type { Specs } from '../../layers/parameters.ts';
import { cnn } from '../cnn/index.ts';
import { gru } from '../gru/index.ts';
import { lstm } from '../lstm/index.ts';
import { rnn } from '../rnn/index.ts';
import type { StackedArchitecture } from '../stacked/architecture.ts';
import type { StackedConfig } from '../stacked/config.ts';
import type { StackedLayer } from '../stacked/layer.ts';
import type { GraphPlace } from '../stacked/onnx.ts';

type Shape = Pick<StackedConfig, 'layers' | 'width' | 'context'>;

/** Layers of one kind, from the left to the right. */
export interface Room {
  layerSpecs: Specs;
  /** Whether a norm stands after the layers. */
  finalNorm: boolean;
}

export interface LoadedRoom extends Room {
  layer: (i: number) => StackedLayer;
}

/** Adds a room's layers to an ONNX graph: x (B, T, C) → (B, T, C) */
export type AddLayers = (place: Omit<GraphPlace<StackedConfig>, 'config'>, x: string) => string;

interface Entry {
  room(shape: Shape): Room;
  load(): Promise<(shape: Shape) => LoadedRoom>;
  onnx(): Promise<(shape: Shape) => AddLayers>;
}

const ROOMS: Readonly<Record<string, Entry>> = {
  rnn: entryOf(rnn),
  lstm: entryOf(lstm),
  gru: entryOf(gru),
  cnn: entryOf(cnn),
};

/** Undefined where that name is not one of an architecture whose layers are stacked. */
export function roomNamed(name: string, shape: Shape): Room | undefined {
  return ROOMS[name]?.room(shape);
}

/** The same, with what makes the layers. */
export function loadRooms(): Promise<Named<LoadedRoom>> {
  return loaded((entry) => entry.load());
}

/** What adds the layers of each to an ONNX graph. */
export function loadOnnxRooms(): Promise<Named<AddLayers>> {
  return loaded((entry) => entry.onnx());
}

type Named<Part> = (name: string, shape: Shape) => Part | undefined;

async function loaded<Part>(load: (entry: Entry) => Promise<(shape: Shape) => Part>): Promise<Named<Part>> {
  const parts = await Promise.all(
    Object.entries(ROOMS).map(async ([name, entry]) => [name, await load(entry)] as const),
  );
  const byName = new Map(parts);
  return (name, shape) => byName.get(name)?.(shape);
}

/** Settings that only the architecture itself has are at their defaults. */
function entryOf<Config extends StackedConfig>({
  name,
  settings,
  config,
  stack: { layerSpecs, finalNorm, layer, onnx },
}: StackedArchitecture<Config>): Entry {
  const configOf = ({ layers, width, context }: Shape) =>
    config.parse({ arch: name, vocabSize: 1, ...z.object(settings).parse({ layers, width, context }) });
  const room = (shape: Shape) => ({ layerSpecs: layerSpecs(configOf(shape)), finalNorm });
  return {
    room,
    load: async () => {
      const layerOf = await layer();
      return (shape) => {
        const own = configOf(shape);
        return { ...room(shape), layer: (i) => layerOf(own, i) };
      };
    },
    onnx: async () => {
      const addLayers = await onnx();
      return (shape) => (place, x) => addLayers({ ...place, config: configOf(shape) }, x);
    },
  };
}
