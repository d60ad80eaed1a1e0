// A tokenizer named on the command line may be a run: each of its checkpoints has it.
import { existsSync } from 'node:fs';
import { TOKENIZER_NAMES } from '../tokenizers/choose.ts';

/** The best checkpoint of a run, as other verbs take it; names and other folders stay as they are. */
export async function tokenizerFolder(spec: string): Promise<string> {
  if (TOKENIZER_NAMES.includes(spec) || !existsSync(spec)) return spec;
  const { checkpointFolder } = await import('../run/open.ts');
  return checkpointFolder(spec, 'best');
}
