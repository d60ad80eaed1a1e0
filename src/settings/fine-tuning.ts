// Training in which only a part changes: frozen parameters, and LoRA adapters. Stored in run.json with the other settings.
import { z } from 'zod';
import type { Architecture } from '../architectures/architecture.ts';
import { UsageError } from '../base/errors.ts';

const names = z.preprocess(asList, z.array(z.string().min(1)).min(1));

export const fineTuningSchema = z.strictObject({
  freeze: names.optional().describe('parameters that stay as they are, as wte or h.0 or h.*.ln_1'),
  loraRank: z
    .int()
    .positive()
    .optional()
    .describe('train an adapter of this rank (LoRA) and leave the weights as they are; needs --init'),
  loraContinue: z
    .boolean()
    .default(false)
    .describe('train on the adapter that --init names, rather than a new one or the merged weights'),
  loraAlpha: z
    .number()
    .positive()
    .optional()
    .describe('the adapter counts alpha / rank times (default: twice the rank)'),
  loraTargets: names
    .optional()
    .describe('weights that get an adapter, named as for --freeze (default: the architecture’s usual ones)'),
});

export type FineTuningConfig = z.infer<typeof fineTuningSchema>;

/** How large an adapter is, and how much it counts. */
export interface LoraSizes {
  readonly rank: number;
  readonly alpha: number;
  /** It counts alpha / √rank times (Kalajdzievski 2023), and not alpha / rank times. */
  readonly rankStabilised?: boolean;
  /** Of modules, such as `h.0.attn.c_attn`, that have another rank or alpha. */
  readonly ranks?: Readonly<Record<string, number>>;
  readonly alphas?: Readonly<Record<string, number>>;
}

export interface LoraConfig extends LoraSizes {
  readonly targets: readonly string[];
}

/** One module's part of an adapter: its rank, and how many times it counts. */
export function moduleSizes(
  { rank: usual, alpha, rankStabilised, ranks = {}, alphas = {} }: LoraSizes,
  module: string,
): { rank: number; scale: number } {
  const rank = ranks[module] ?? usual;
  return { rank, scale: (alphas[module] ?? alpha) / (rankStabilised ? Math.sqrt(rank) : rank) };
}

/** What the names of an adapter's two matrices end in, as PEFT has them: A (rank, in) and B (out, rank). */
export const LORA_PARTS = { down: 'lora_A.weight', up: 'lora_B.weight' } as const;

/** The adapter that the settings ask for, if any. Its targets are the user's, else the architecture's own. */
export function loraOf(
  { loraRank: rank, loraAlpha, loraTargets }: Partial<FineTuningConfig>,
  { lora, title }: Architecture,
): LoraConfig | undefined {
  if (rank === undefined) return undefined;
  if (lora === undefined)
    throw new UsageError(
      `models of the kind ${title} take no LoRA adapter`,
      'leave --lora-rank out: all of the model is trained then',
    );
  return { rank, alpha: loraAlpha ?? 2 * rank, targets: loraTargets ?? lora.targets };
}

/** The defaults of a run that begins with another's weights. They fine-tune GPT-2 124M in minutes on a CPU. */
export const FINE_TUNING = {
  batchSize: 4,
  window: 256,
  maxSteps: 200,
  evalInterval: 50,
  learningRate: 5e-5,
  loraLearningRate: 3e-4,
  minLearningRate: 0,
} as const;

export function fineTuningDefaults(context: number, lora: boolean) {
  const { window, learningRate, loraLearningRate, ...rest } = FINE_TUNING;
  return {
    ...rest,
    window: Math.min(window, context),
    learningRate: lora ? loraLearningRate : learningRate,
  };
}

/** Names may also come as one text with commas. */
function asList(value: unknown): unknown {
  if (typeof value === 'string') return value.split(',');
  return Array.isArray(value)
    ? value.flatMap((item) => (typeof item === 'string' ? item.split(',') : item))
    : value;
}
