// adapter_config.json as Python's PEFT writes it: what it says of an adapter's ranks and scales. What would compute otherwise than
// LoRA on matrices is refused by the name that the file has for it.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import type { LoraSizes } from '../settings/fine-tuning.ts';
import { createMatcher } from '../tokenizers/pipeline/regex.ts';

/** By a name or a regular expression for names of modules. */
const patterns = (value: z.ZodNumber) => z.record(z.string(), value.positive()).nullish();

const schema = z.looseObject({
  peft_type: z.literal('LORA'),
  base_model_name_or_path: z.string().nullish(),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().nullish(),
  rank_pattern: patterns(z.int()),
  alpha_pattern: patterns(z.number()),
  fan_in_fan_out: z.boolean().nullish(),
  bias: z.literal('none', { error: 'biases that are trained beside an adapter are not supported' }).nullish(),
  // Other ways to begin, such as PiSSA's, change the base's weights.
  init_lora_weights: z.union([z.boolean(), z.enum(['gaussian', 'eva', 'orthogonal'])]).nullish(),
});

/** Keys that say where an adapter was put or how it was trained, but not what it computes. */
const OF_NO_EFFECT = new Set([
  ...['auto_mapping', 'peft_version', 'revision', 'inference_mode', 'task_type', 'runtime_config'],
  ...['target_modules', 'exclude_modules', 'layers_to_transform', 'layers_pattern', 'lora_dropout'],
  ...['eva_config', 'megatron_config', 'megatron_core', 'qalora_group_size', 'ensure_weight_tying'],
]);

export interface AdapterConfig {
  /** Where the base lay when the adapter was saved; empty if that is not said. */
  readonly base: string;
  readonly fanInFanOut: boolean;
  /** For modules by the names that PEFT has for them, such as `transformer.h.0.attn.c_attn`. */
  sizesOf(modules: readonly string[]): LoraSizes;
}

/** `file` is only named in errors. */
export function parseAdapterConfig(text: string, file: string): AdapterConfig {
  const config = parseJson(text, schema, file);
  const foreign = Object.entries(config).find(
    ([key, value]) => !(key in schema.shape) && !OF_NO_EFFECT.has(key) && !isOff(value),
  );
  if (foreign !== undefined) throw unsupported(file, ...foreign);
  return {
    base: config.base_model_name_or_path ?? '',
    fanInFanOut: config.fan_in_fan_out ?? false,
    sizesOf: (modules) => ({
      rank: config.r,
      alpha: config.lora_alpha,
      ...(config.use_rslora && { rankStabilised: true }),
      ranks: byModule(config.rank_pattern, modules, file),
      alphas: byModule(config.alpha_pattern, modules, file),
    }),
  };
}

/** Such an adapter would be read wrongly, so that what it was merged into is the way. */
function unsupported(file: string, key: string, value: unknown): TsgptError {
  return new TsgptError(
    `${file} says ${key} ${JSON.stringify(value).slice(0, 60)}, which is not supported`,
    'merge it into its base first, in Python: model.merge_and_unload().save_pretrained(folder)',
  );
}

function isOff(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === null || value === false || value === '';
}

/** As PEFT does: the first pattern that fits the whole of a name, or of its end from a dot on. */
function byModule(
  given: Readonly<Record<string, number>> | null | undefined,
  modules: readonly string[],
  file: string,
): Record<string, number> {
  const rules = Object.entries(given ?? {}).map(([pattern, value]) => ({
    fits: fitting(pattern, file),
    value,
  }));
  return Object.fromEntries(
    modules.flatMap((module) => {
      const rule = rules.find(({ fits }) => fits(module));
      return rule ? [[module, rule.value]] : [];
    }),
  );
}

/** In time linear in the name, whatever the pattern. */
function fitting(pattern: string, file: string): (name: string) => boolean {
  const isWhole = pattern.startsWith('^') && !pattern.includes('|'); // one choice of several could be anchored alone
  const own = isWhole ? pattern.slice(1) : pattern;
  try {
    const match = createMatcher(`${isWhole ? '' : '(?:.*\\.)?'}(?:${own})(?!.)`);
    return (name) => match(name).some(([start]) => start === 0);
  } catch (error) {
    throw new TsgptError(`${file}: ${JSON.stringify(pattern)} cannot be followed`, undefined, {
      cause: error,
    });
  }
}
