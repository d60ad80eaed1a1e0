// The comparison that is made when no text is named: small enough for a few minutes in plain JavaScript.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../base/progress.ts';
import type { SettingValues } from '../config/settings.ts';
import { prepareData } from '../data/prepare.ts';
import { storySource } from '../text/stories/index.ts';
import { tokenizerFor } from '../tokenizers/choose.ts';

const STORIES = { count: 4000, seed: 1 };
const VOCABULARY = 512;
const VAL_FRACTION = 0.02;

export const STANDARD_TOKENS = 150_000;
export const STANDARD_SETTINGS: SettingValues = { layers: 2, width: 64, evalTokens: 2000 };

/** Tells the built-in stories into `folder`, unless they are there. */
export async function prepareStandardText(folder: string, progress?: Progress): Promise<void> {
  if (existsSync(join(folder, 'meta.json'))) return;
  const source = storySource(STORIES);
  progress?.live(`preparing ${source.description}`);
  const tokenizer = await tokenizerFor('bpe', source, { vocabSize: VOCABULARY });
  await prepareData({ source, tokenizer, out: folder, valFraction: VAL_FRACTION, seed: STORIES.seed });
}
