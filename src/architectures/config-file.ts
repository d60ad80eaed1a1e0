// A model's configuration ↔ the config.json of its checkpoint, each architecture's in its own form.
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { ModelConfig } from './config.ts';
import { ARCHITECTURES, architectureOf } from './list.ts';

const typeSchema = z.looseObject({ model_type: z.string() });

export function formatConfig(model: ModelConfig, ends: Ends = {}): object {
  const json = architectureOf(model).disk.format(model, ends.endOfText);
  return 'bos_token_id' in json ? { ...json, ...formatGeneration(ends) } : json;
}

type Ends = Partial<Pick<Tokenizer, 'endOfText' | 'startOfText'>>;

/** The contents of generation_config.json, which Hugging Face's libraries look for beside config.json. */
export function formatGeneration({ endOfText, startOfText }: Ends): object {
  return { bos_token_id: startOfText?.[0] ?? endOfText ?? null, eos_token_id: endOfText ?? null };
}

/** `beside` is what the files beside it say, where it does not say so itself. `file` is only named in errors. */
export function parseConfig(text: string, file: string, beside: object = {}): ModelConfig {
  const json = { ...beside, ...parseJson(text, typeSchema, file) };
  const found = ARCHITECTURES.find(({ disk }) => disk.modelTypes.includes(json.model_type));
  if (found) return found.disk.parse(json, file);
  const known = ARCHITECTURES.flatMap(({ disk }) => disk.modelTypes);
  throw new TsgptError(
    `${file} says model_type ${JSON.stringify(json.model_type)}, but only ${known.join(' and ')} can be loaded`,
  );
}
