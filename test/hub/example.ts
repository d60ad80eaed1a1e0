// Checkpoints to export: small models with each kind of tokenizer.

import { join } from 'node:path';
import type { ModelConfig } from '../../src/architectures/config.ts';
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import { saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { tensorsOf } from '../../src/run/weights.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { learnCharacters } from '../../src/tokenizers/char.ts';
import { learnBpe } from '../../src/tokenizers/learn.ts';
import type { Tokenizer } from '../../src/tokenizers/tokenizer.ts';
import { GEMMA, GPT, LLAMA, LSTM, livelyModel } from '../models/example.ts';
import { sourceOf, WELL_FORMED } from '../tokenizers/texts.ts';

export const TOKENIZERS: Readonly<Record<string, () => Promise<Tokenizer>>> = {
  bpe: () => learnBpe(sourceOf([...WELL_FORMED, ...WELL_FORMED]), 420),
  byte: async () => byteTokenizer(),
  char: () => learnCharacters(sourceOf([WELL_FORMED.join('\n')])), // one document: without an end of text
};

export interface Example {
  checkpoint: string;
  model: LanguageModel;
  tokenizer: Tokenizer;
}

/** A checkpoint in `folder`; the backend must have been started. */
export async function saveExample(
  folder: string,
  arch: 'gpt' | 'llama' | 'gemma' | 'lstm',
  tokenizerName: string,
): Promise<Example> {
  const tokenizer = await TOKENIZERS[tokenizerName]!();
  const config: ModelConfig = {
    ...{ gpt: GPT, llama: LLAMA, gemma: GEMMA, lstm: LSTM }[arch],
    context: 96,
    width: 16,
    vocabSize: tokenizer.vocabSize,
  };
  const model = livelyModel(config);
  const checkpoint = join(folder, `${arch}-${tokenizerName}`);
  const parameters = await tensorsOf(model.parameters);
  await saveCheckpoint(checkpoint, { model: config, parameters, tokenizer, state: {} });
  return { checkpoint, model, tokenizer };
}
