// What a checkpoint holds.

import type { ModelConfig } from '../architectures/config.ts';
import { TsgptError } from '../base/errors.ts';
import type { FloatTensor } from '../base/safetensors-file.ts';

export type Tensors = ReadonlyMap<string, FloatTensor>;

/** The trainer's own record (step, counters, losses): any JSON object. */
export type State = Readonly<Record<string, unknown>>;

export interface Weights {
  readonly model: ModelConfig;
  /** The tensors by the model's own names for them. */
  readonly parameters: Tensors;
  /** The tensors by the optimizer's names; absent where training is not to go on from here. */
  readonly optimizer?: Tensors;
}

/** The checkpoint that an adapter's weights are added to. */
export interface Base {
  readonly folder: string;
  /** SHA-256 of the file with its weights. */
  readonly sha256: string;
}

export const FILES = {
  config: 'config.json',
  parameters: 'model.safetensors',
  optimizer: 'optimizer.safetensors',
  generation: 'generation_config.json',
  state: 'state.json',
} as const;

/** The folder was whole once and is not any more; the caller may offer the checkpoint before it. */
export class DamagedCheckpoint extends TsgptError {
  readonly folder: string;

  constructor(folder: string, why: string, options?: ErrorOptions) {
    super(`checkpoint ${folder} is damaged: ${why}`, 'use an earlier checkpoint of the run', options);
    this.folder = folder;
  }
}
