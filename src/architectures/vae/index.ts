// The variational autoencoder of texts (Bowman et al. 2016): a text becomes a latent vector, and a latent vector a text.
import { plural } from '../../base/format.ts';
import { checked } from '../../base/json.ts';
import type { Architecture } from '../architecture.ts';
import { loadRooms } from '../seq2seq/rooms.ts';
import * as about from './config.ts';
import { vaeSpecs } from './parameters.ts';

const MODEL_TYPE = 'tsgpt-vae';

export const vae: Architecture<about.VaeConfig> = {
  name: 'vae',
  title: 'VAE',
  task: 'documents',
  ...about,
  widthGrain: ({ heads }) => Number(heads),
  describe: ({ encoder, decoder, bidirectional, latent, layers, width }) => {
    const direction = bidirectional && encoder !== 'transformer' ? 'bidirectional ' : '';
    const sides = `${direction}${encoder} to ${decoder}`;
    return `${sides}, ${plural(latent, 'latent dimension')}, ${plural(layers, 'layer')} each, width ${width}`;
  },
  parameters: vaeSpecs,
  disk: {
    modelTypes: [MODEL_TYPE],
    format: (config) => ({ model_type: MODEL_TYPE, ...config }),
    parse: ({ model_type: _, ...json }: { model_type?: unknown }, file) => checked(json, about.config, file),
    toDisk: (name) => name,
    fromDisk: (name) => name,
  },
  hf: false,
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
