// From a configuration to a model.
import type { ModelConfig } from '../config/model.ts';
import { Gpt } from './gpt.ts';
import type { LanguageModel } from './language-model.ts';
import { LstmModel } from './lstm.ts';

export type { Decoding, LanguageModel, LayerRow, LossOptions, Memory, Portion } from './language-model.ts';
export { parameterCount } from './language-model.ts';
export { addLora } from './lora.ts';

/** A new model with its architecture's initial weights, drawn from the seed. */
export function createModel(config: ModelConfig, seed = 0): LanguageModel {
  return build(config, seed);
}

/** A model whose weights, all zero, are to come from a checkpoint: drawing them would be lost work. */
export function emptyModel(config: ModelConfig): LanguageModel {
  return build(config, undefined);
}

function build(config: ModelConfig, seed: number | undefined): LanguageModel {
  switch (config.arch) {
    case 'gpt':
      return new Gpt(config, seed);
    case 'lstm':
      return new LstmModel(config, seed);
  }
}
