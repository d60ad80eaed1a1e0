// Sequence to sequence (Sutskever et al. 2014): an encoder and a decoder made of the other architectures' layers, or a Transformer.
import { plural } from '../../base/format.ts';
import type { Architecture } from '../architecture.ts';
import { ownDisk } from '../own-disk.ts';
import * as about from './config.ts';
import { seq2seqSpecs } from './parameters.ts';
import * as parts from './parts.ts';
import { loadOnnxRooms, loadRooms } from './rooms.ts';

export const seq2seq: Architecture<about.Seq2SeqConfig> = {
  name: 'seq2seq',
  title: 'Seq2Seq',
  task: 'pairs',
  ...about,
  widthGrain: (settings) => (about.hasHeads(settings) ? Number(settings.heads) : 1),
  describe: (config) => {
    const { decoder, attention, layers, width, coverage, ctcWeight } = config;
    const look = attention === 'none' ? 'no attention' : `${attention} attention`;
    const covers = coverage > 0 ? `, coverage ${coverage}` : '';
    const aligns = ctcWeight > 0 ? `, CTC ${ctcWeight}` : '';
    return `${about.readerOf(config)} to ${decoder}, ${look}${covers}${aligns}, ${plural(layers, 'layer')} each, width ${width}`;
  },
  parameters: seq2seqSpecs,
  parts,
  disk: ownDisk('seq2seq', about.config),
  hf: false,
  onnx: {
    dtypes: ['fp32'],
    forTransformersJs: false,
    parts: ['encoder_model', 'decoder_model'],
    load: async () => {
      const [{ seq2seqGraph }, layersOf] = await Promise.all([import('./onnx.ts'), loadOnnxRooms()]);
      return {
        graph: (config, tensors, _, part) =>
          seq2seqGraph(config, tensors, part, (name) => layersOf(name, config)),
      };
    },
  },
  load: async () => {
    const [{ Seq2Seq }, roomOf] = await Promise.all([import('./model.ts'), loadRooms()]);
    return {
      create: (config, seed) =>
        new Seq2Seq(config, seed, {
          encoder: roomOf(config.encoder, config),
          decoder: roomOf(config.decoder, config),
        }),
    };
  },
};
