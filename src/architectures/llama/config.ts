// Llama: settings, presets and the sizes it is measured and shown in. Each part of it has a switch, so that what it brings
// can be measured, and what is imported be computed as it was trained.
import { z } from 'zod';
import type { Benchmark, Preset } from '../architecture.ts';
import { COMMON_SETTINGS, count, stored } from '../common-settings.ts';
import type { SettingValues } from '../config.ts';
import { BABY, CHAR, GPT2_TRAINING } from '../transformer/sizes.ts';
import { LOCAL_FORM, readLocal, readScaling, SCALING_FORM } from './frequencies.ts';

const size = z.int().min(0).default(0);

/** Gemma 3's, and how a new model begins. Files that do not say have none of them. */
const LATER_PARTS = {
  localRope: z
    .string()
    .regex(LOCAL_FORM, 'none or <base>:<n>')
    .default('none')
    .describe('another base of the frequencies, in all blocks but every nth: none, or <base>:<n>'),
  sandwichNorm: z.boolean().default(false).describe('what attention and the MLP add is normalised, too'),
  normPlusOne: z.boolean().default(false).describe('RMSNorm scales by 1 + what it learns'),
  scaledEmbedding: z.boolean().default(false).describe('embeddings are multiplied by √width'),
  zeroInit: z.boolean().default(false).describe('blocks add nothing to the stream at first'),
};

export const settings = {
  layers: count.default(4).describe('number of blocks'),
  heads: count.default(4).describe('attention heads; width must be a multiple'),
  ...COMMON_SETTINGS,
  kvHeads: size.describe('heads of keys and values, each shared by a group of heads; 0: one for each head'),
  headSize: size.describe('numbers in a head, if width is no multiple of heads; 0: width / heads'),
  mlpWidth: size.describe('inner width of the MLP; 0: 4 · width, or 8/3 of it where the MLP is gated'),
  activation: z
    .enum(['swiglu', 'geglu', 'relu2', 'gelu'])
    .default('swiglu')
    .describe('of the MLP: swiglu and geglu are gated, relu2 and gelu are not'),
  norm: z.enum(['rms', 'layer']).default('rms').describe('RMSNorm or LayerNorm'),
  normEpsilon: z.number().positive().default(1e-5).describe('added to a vector’s mean square, or variance'),
  positions: z.enum(['rope', 'learned']).default('rope').describe('rotary positions, or a vector for each'),
  ropeTheta: z.number().positive().default(10_000).describe('base of the frequencies of rotary positions'),
  ropeScaling: z
    .string()
    .regex(SCALING_FORM, 'none or llama3:<factor>:<low>:<high>:<original context>')
    .default('none')
    .describe('of those frequencies: none, or llama3:<factor>:<low>:<high>:<original context>'),
  qkNorm: z.boolean().default(false).describe('RMSNorm of each query and key'),
  qkvBias: z.boolean().default(false).describe('queries, keys and values have a bias'),
  ...LATER_PARTS,
  tiedHead: z.boolean().default(true).describe('the output layer shares the embedding’s weights'),
  softcap: z.number().min(0).default(0).describe('logits are held within ± this by tanh; 0: they are not'),
};

/** Sizes that are 0 follow from the others: what is stored has them all. */
export const config = z
  .strictObject({ arch: z.literal('llama'), vocabSize: count, ...stored(settings), ...LATER_PARTS })
  .transform((given) => ({
    ...given,
    kvHeads: given.kvHeads || given.heads,
    headSize: given.headSize || given.width / given.heads,
    mlpWidth: given.mlpWidth || (isGated(given) ? 8 * Math.ceil(given.width / 3) : 4 * given.width),
  }))
  .superRefine(({ width, heads, kvHeads, headSize, positions, ropeScaling, localRope }, issues) => {
    const refuse = (path: string, message: string) =>
      issues.addIssue({ code: 'custom', path: [path], message });
    if (!Number.isInteger(headSize))
      refuse('width', `width must be a multiple of heads: width is ${width}, heads is ${heads}`);
    else if (positions === 'rope' && headSize % 2 !== 0)
      refuse('headSize', `headSize must be even for rotary positions, but is ${headSize}`);
    const scaling = readScaling(ropeScaling);
    if (scaling && !(scaling.factor > 0 && scaling.high > scaling.low))
      refuse(
        'ropeScaling',
        `ropeScaling must have a factor above 0 and low below high, but is ${ropeScaling}`,
      );
    if (readLocal(localRope)?.theta === 0)
      refuse('localRope', `localRope must have a base above 0, but is ${localRope}`);
    if (heads % kvHeads !== 0)
      refuse('kvHeads', `heads must be a multiple of kvHeads: heads is ${heads}, kvHeads is ${kvHeads}`);
  });

/** The configuration of a Llama: its sizes, and which of the family's parts it is made of. */
export type LlamaConfig = z.infer<typeof config>;

/** Whether the MLP multiplies its activation by a second product. */
export function isGated({ activation }: { activation: string }): boolean {
  return activation === 'swiglu' || activation === 'geglu';
}

export const presets: Readonly<Record<string, Preset>> = {
  'llama-baby': {
    about: 'that baby GPT of today’s parts: 0.8 M, context 64',
    settings: BABY,
  },
  'llama-char': {
    about: 'that char GPT of today’s parts: 10.6 M, context 256',
    settings: CHAR,
  },
  shakespeare: {
    about: 'tiny Shakespeare to a loss of 1.47 in minutes: 10.6 M, Muon',
    settings: {
      layers: 6,
      heads: 6,
      width: 384,
      context: 256,
      qkNorm: true,
      dropout: 0.1,
      optimizer: 'muon',
      batchSize: 8,
      maxSteps: 1500,
      schedule: 'wsd',
      decayFraction: 0.9,
      minLearningRate: 1e-5,
      evalInterval: 300,
      evalTokens: 200_000, // the whole split
    },
  },
  'smollm2-135m': {
    about: 'SmolLM2 135M, context 2048',
    settings: {
      layers: 30,
      heads: 9,
      kvHeads: 3,
      width: 576,
      mlpWidth: 1536,
      context: 2048,
      ropeTheta: 100_000,
      batchSize: 2,
      ...GPT2_TRAINING,
    },
  },
};

export { standard, webSizes } from '../transformer/sizes.ts';

function model(given: Partial<LlamaConfig> & SettingValues): LlamaConfig {
  const defaults = z.object(settings).parse({});
  return config.parse({ arch: 'llama', ...defaults, ...given });
}

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'llama-char': {
    about: 'as large as gpt-char, of today’s parts',
    model: model({ layers: 6, heads: 6, width: 384, context: 256, vocabSize: 65 }),
    batchSize: 8,
  },
  smollm2: {
    about: 'SmolLM2 135M, context 256',
    model: model({
      layers: 30,
      heads: 9,
      kvHeads: 3,
      width: 576,
      mlpWidth: 1536,
      context: 256,
      ropeTheta: 100_000,
      vocabSize: 49_152,
    }),
    batchSize: 2,
  },
};
