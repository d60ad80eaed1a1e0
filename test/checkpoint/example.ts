// Small checkpoints to save.

import type { ModelConfig } from '../../src/architectures/config.ts';
import type { FloatTensor } from '../../src/base/safetensors-file.ts';
import type { Tensors } from '../../src/checkpoint/checkpoint.ts';
import type { CheckpointContents } from '../../src/checkpoint/save.ts';
import { CharTokenizer } from '../../src/tokenizers/char.ts';

export const GPT: ModelConfig = {
  arch: 'gpt',
  vocabSize: 4,
  context: 8,
  layers: 1,
  heads: 2,
  width: 4,
  dropout: 0.25,
};

const STACK = { vocabSize: 4, context: 8, layers: 2, width: 4, dropout: 0, tiedHead: true };

export const LSTM: ModelConfig = { arch: 'lstm', ...STACK, peepholes: false };

export const GRU: ModelConfig = { arch: 'gru', ...STACK };

export const CNN: ModelConfig = { arch: 'cnn', ...STACK, kernel: 2, dilationCycle: 3 };

export function tensor(shape: number[], first: number): FloatTensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, i) => first + i / 8) };
}

export function example(step: number, rows = 4, model = GPT): CheckpointContents & { parameters: Tensors } {
  const parameters = new Map([
    ['wte.weight', tensor([rows, 4], step)],
    ['h.0.attn.c_attn.bias', tensor([12], -step)],
  ]);
  return {
    model,
    parameters,
    optimizer: new Map([['m.wte.weight', tensor([rows, 4], step + 0.5)]]),
    tokenizer: new CharTokenizer('letters', ['a', 'b', 'é'], true),
    state: { step, best: null, log: ['a "quoted" line', 1e-7] },
  };
}
