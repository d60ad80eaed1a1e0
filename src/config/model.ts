// What a model is: the settings that fix its shape. Everything here is stored in a checkpoint's config.json.
import { z } from 'zod';

const count = z.int().positive();
const fraction = z.number().min(0).lt(1);

const shared = {
  vocabSize: count.describe('number of token ids; taken from the data'),
  context: count.describe('longest stretch of tokens seen at once'),
  layers: count.describe('number of blocks (GPT) or stacked LSTM layers'),
  width: count.describe('size of a token vector'),
  dropout: fraction.describe('share of activations dropped in training'),
};

const gptSchema = z.strictObject({
  arch: z.literal('gpt'),
  ...shared,
  heads: count.describe('attention heads; width must be a multiple'),
});

const lstmSchema = z.strictObject({
  arch: z.literal('lstm'),
  ...shared,
  tiedHead: z.boolean().describe('the output layer shares the embedding’s weights (LSTM)'),
});

export const modelSchema = z
  .discriminatedUnion('arch', [gptSchema, lstmSchema])
  .refine((m) => m.arch !== 'gpt' || m.width % m.heads === 0, {
    error: 'width must be a multiple of heads',
    path: ['width'],
  });

export type GptConfig = z.infer<typeof gptSchema>;
export type LstmConfig = z.infer<typeof lstmSchema>;
export type ModelConfig = z.infer<typeof modelSchema>;
export type Arch = ModelConfig['arch'];

export const ARCHS = ['gpt', 'lstm'] as const satisfies readonly Arch[];
