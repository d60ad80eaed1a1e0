// Tagger: a label for each token, or CTC's fewer labels: an encoder of the other architectures' layers, or a Transformer's,
// under a softmax, a CRF (Lample et al. 2016) or CTC (Graves et al. 2006).
import { plural } from '../../base/format.ts';
import { checked } from '../../base/json.ts';
import type { Architecture } from '../architecture.ts';
import { loadOnnxRooms, loadRooms } from '../seq2seq/rooms.ts';
import * as about from './config.ts';
import { taggerSpecs } from './parameters.ts';

const MODEL_TYPE = 'tsgpt-tagger';

export const tagger: Architecture<about.TaggerConfig> = {
  name: 'tagger',
  title: 'Tagger',
  task: 'labels',
  ...about,
  widthGrain: (settings) => (about.hasHeads(settings) ? Number(settings.heads) : 1),
  describe: ({ encoder, head, bidirectional, layers, width }) => {
    const direction = bidirectional && encoder !== 'transformer' ? 'bidirectional ' : '';
    const output = head === 'softmax' ? head : head.toUpperCase();
    return `${direction}${encoder} under ${output}, ${plural(layers, 'layer')}, width ${width}`;
  },
  parameters: taggerSpecs,
  disk: {
    modelTypes: [MODEL_TYPE],
    format: (config) => ({ model_type: MODEL_TYPE, ...config }),
    parse: ({ model_type: _, ...json }: { model_type?: unknown }, file) => checked(json, about.config, file),
    toDisk: (name) => name,
    fromDisk: (name) => name,
  },
  hf: false,
  onnx: {
    dtypes: ['fp32'],
    forTransformersJs: false,
    load: async () => {
      const [{ taggerGraph }, layersOf] = await Promise.all([import('./onnx.ts'), loadOnnxRooms()]);
      return {
        graph: (config, tensors) => taggerGraph(config, tensors, (name) => layersOf(name, config)),
      };
    },
  },
  load: async () => {
    const [{ Tagger }, roomOf] = await Promise.all([import('./model.ts'), loadRooms()]);
    return { create: (config, seed) => new Tagger(config, seed, roomOf(config.encoder, config)) };
  },
};
