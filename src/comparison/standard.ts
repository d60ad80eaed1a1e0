// The comparison that is made when no text is named: a few minutes, in plain JavaScript on a tenth of the tokens.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SettingValues } from '../architectures/config.ts';
import { architectureNamed } from '../architectures/list.ts';
import type { Progress } from '../base/progress.ts';
import { prepareData } from '../data/prepare.ts';
import { storySource } from '../text/stories/index.ts';
import { tokenizerFor } from '../tokenizers/choose.ts';

const STORIES = { count: 4000, seed: 1 };
const VOCABULARY = 1024;
const VAL_FRACTION = 0.005;

const COMMON = { evalTokens: 2000 };
const FAST = { batchSize: 8, maxTokens: 1_200_000 };
const SLOW = { batchSize: 2, maxTokens: 120_000 };

export function standardSettings(arch: string, backend: string): SettingValues {
  return { ...COMMON, ...(backend === 'plain' ? SLOW : FAST), ...architectureNamed(arch).standard };
}

/** Prepares the built-in stories in `folder`, unless they are there. */
export async function prepareStandardText(folder: string, progress?: Progress): Promise<void> {
  if (existsSync(join(folder, 'meta.json'))) return;
  const source = storySource(STORIES);
  progress?.live(`preparing ${source.description}`);
  const tokenizer = await tokenizerFor('bpe', source, { vocabSize: VOCABULARY });
  await prepareData({ source, tokenizer, out: folder, valFraction: VAL_FRACTION, seed: STORIES.seed });
}
