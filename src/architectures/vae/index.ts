// The variational autoencoder of texts (Bowman et al. 2016): a text becomes a latent vector, and a latent vector a text.
import { plural } from '../../base/format.ts';
import type { Architecture } from '../architecture.ts';
import { ownDisk } from '../own-disk.ts';
import { hasHeads, readerOf } from '../seq2seq/config.ts';
import { loadOnnxRooms, loadRooms } from '../seq2seq/rooms.ts';
import * as about from './config.ts';
import { vaeSpecs } from './parameters.ts';

export const vae: Architecture<about.VaeConfig> = {
  name: 'vae',
  title: 'VAE',
  task: 'documents',
  ...about,
  widthGrain: (settings) => (hasHeads(settings) ? Number(settings.heads) : 1),
  describe: (config) => {
    const { decoder, latent, layers, width } = config;
    const sides = `${readerOf(config)} to ${decoder}`;
    return `${sides}, ${plural(latent, 'latent dimension')}, ${plural(layers, 'layer')} each, width ${width}`;
  },
  parameters: vaeSpecs,
  disk: ownDisk('vae', about.config),
  hf: false,
  onnx: {
    dtypes: ['fp32'],
    forTransformersJs: false,
    parts: ['encoder_model', 'decoder_model'],
    load: async () => {
      const [{ vaeGraph }, layersOf] = await Promise.all([import('./onnx.ts'), loadOnnxRooms()]);
      return {
        graph: (config, tensors, _, part) =>
          vaeGraph(config, tensors, part, (name) => layersOf(name, config)),
      };
    },
  },
  load: async () => {
    const [{ Vae }, roomOf] = await Promise.all([import('./model.ts'), loadRooms()]);
    return {
      create: (config, seed) =>
        new Vae(config, seed, {
          encoder: roomOf(config.encoder, config),
          decoder: roomOf(config.decoder, config),
        }),
    };
  },
};
