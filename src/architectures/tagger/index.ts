// Tagger: a label for each token, or CTC's fewer labels: an encoder of the other architectures' layers, or a Transformer's,
// under a softmax, a CRF (Lample et al. 2016) or CTC (Graves et al. 2006).
import { plural } from '../../base/format.ts';
import type { Architecture } from '../architecture.ts';
import { ownDisk } from '../own-disk.ts';
import { hasHeads, readerOf } from '../seq2seq/config.ts';
import { encoder } from '../seq2seq/parts.ts';
import { loadOnnxRooms, loadRooms } from '../seq2seq/rooms.ts';
import * as about from './config.ts';
import { taggerSpecs } from './parameters.ts';

export const tagger: Architecture<about.TaggerConfig> = {
  name: 'tagger',
  title: 'Tagger',
  task: 'labels',
  ...about,
  widthGrain: (settings) => (hasHeads({ encoder: settings.encoder }) ? Number(settings.heads) : 1),
  describe: (config) => {
    const { head, layers, width } = config;
    const output = head === 'softmax' ? head : head.toUpperCase();
    return `${readerOf(config)} under ${output}, ${plural(layers, 'layer')}, width ${width}`;
  },
  parameters: taggerSpecs,
  parts: { encoder },
  disk: ownDisk('tagger', about.config),
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
