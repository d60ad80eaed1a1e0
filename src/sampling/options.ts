// How text is drawn from a model: the settings, their defaults and limits.
import { z } from 'zod';
import { unexpected } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';

// Each message completes "expected … for <setting>, but got …".
const whole = (least: number) => {
  const error = `a whole number of ${least} or more`;
  return z.int({ error }).min(least, { error });
};
const temperature = 'a finite number of 0 or more (0 always takes the likeliest token)';
const topP = 'a number above 0, and at most 1 (1 = off)';
const minP = 'a number from 0 (= off) to 1';
const lengthPenalty = 'a finite number of 0 or more';
const repetitionPenalty = 'a finite number above 0 (1 = off)';

export const HOW = ['mask-predict', 'gibbs'] as const;

export const samplingSchema = z.strictObject({
  temperature: z
    .number({ error: temperature })
    .min(0, { error: temperature })
    .default(0.8)
    .describe('below 1 favours likely tokens, above 1 unlikely ones; 0 = always the likeliest'),
  topK: whole(0).default(0).describe('draw from the K likeliest tokens only; 0 = off'),
  topP: z
    .number({ error: topP })
    .gt(0, { error: topP })
    .max(1, { error: topP })
    .default(1)
    .describe('draw from the fewest tokens that together have probability P; 1 = off'),
  minP: z
    .number({ error: minP })
    .min(0, { error: minP })
    .max(1, { error: minP })
    .default(0)
    .describe('drop tokens less likely than P times the likeliest; 0 = off'),
  repetitionPenalty: z
    .number({ error: repetitionPenalty })
    .gt(0, { error: repetitionPenalty })
    .default(1)
    .describe('above 1 makes tokens already seen less likely; 1 = off'),
  maxTokens: whole(1).default(200).describe('longest sample, in tokens'),
  seed: whole(0).default(1).describe('same seed, same samples'),
  stop: z
    .array(z.string().min(1, { error: 'a text that is not empty' }), { error: 'a list of texts' })
    .default([])
    .describe('end a sample where one of these texts begins'),
  numSamples: whole(1).default(1).describe('samples decoded side by side'),
  beam: whole(1)
    .default(1)
    .describe(
      'of pairs: write the best of so many targets that grow side by side, instead of drawing; 1 = off',
    ),
  lengthPenalty: z
    .number({ error: lengthPenalty })
    .min(0, { error: lengthPenalty })
    .default(1)
    .describe('of a beam: rank by log-probability / length^penalty; below 1 favours short targets'),
  how: z
    .enum(HOW, { error: HOW.join(' or ') })
    .default('mask-predict')
    .describe('of masked tokens, where the prompt has no [MASK]: how a text is made'),
  passes: whole(1).default(10).describe('of masked tokens: how often such a text is gone over'),
});

export type SamplingOptions = z.infer<typeof samplingSchema>;
/** What a caller leaves out takes its default. */
export type SamplingInput = z.input<typeof samplingSchema>;

export function samplingOptions(input: SamplingInput): SamplingOptions {
  const parsed = samplingSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const known = Object.keys(samplingSchema.shape);
  if (issue.code === 'unrecognized_keys') {
    throw unexpected('sampling', 'a known setting', issue.keys[0], didYouMean(issue.keys[0]!, known));
  }
  const [name, at] = issue.path;
  const value = Object.entries(input).find(([key]) => key === name)?.[1];
  const got = typeof at === 'number' && Array.isArray(value) ? value[at] : value;
  throw unexpected(String(name ?? 'sampling'), issue.message, got);
}
