// A model whose predictions are a known function of the token before, and which writes down what it is given.
import * as tf from '#tfjs';
import type { GptConfig } from '../../src/architectures/gpt/config.ts';
import type { Decoding, LanguageModel, LossOptions, Memory } from '../../src/architectures/language-model.ts';

/** What the model pays for `id` after `before`; any positive numbers do. */
export function nats(before: number, id: number): number {
  return 0.5 + ((before * 31 + id * 17) % 23) / 7;
}

/** One row of one call. */
export interface Reading {
  inputs: number[];
  /** The targets that count. */
  scored: number[];
  memory: Memory | undefined;
}

class Remembered implements Memory {
  readonly batch: number;
  disposed = false;
  constructor(batch: number) {
    this.batch = batch;
  }
  dispose(): void {
    this.disposed = true;
  }
}

export class StandIn implements LanguageModel {
  readonly config: GptConfig;
  readonly parameters = new Map();
  readonly layers = [];
  readonly floatsPerToken = { kept: 0, working: 0, widest: 0 };
  readonly readings: Reading[] = [];
  /** Rows of each call. */
  readonly batches: number[] = [];
  readonly memories: Remembered[] = [];
  startMemory?: (batch: number) => Memory;

  constructor({
    context,
    vocabSize = 10,
    memory = false,
  }: { context: number; vocabSize?: number; memory?: boolean }) {
    this.config = { arch: 'gpt', vocabSize, context, layers: 1, heads: 1, width: 1, dropout: 0 };
    if (memory) {
      this.startMemory = (batch) => {
        this.memories.push(new Remembered(batch));
        return this.memories.at(-1)!;
      };
    }
  }

  loss(tokens: tf.Tensor2D, targets: tf.Tensor2D, { memory }: LossOptions = {}): tf.Scalar {
    const [inputs, wanted] = [tokens.arraySync(), targets.arraySync()];
    let [sum, counted] = [0, 0];
    for (const [row, ids] of wanted.entries()) {
      for (const [at, id] of ids.entries()) {
        if (id < 0) continue;
        sum += nats(inputs[row]![at]!, id);
        counted++;
      }
      this.readings.push({ inputs: inputs[row]!, scored: ids.filter((id) => id >= 0), memory });
    }
    this.batches.push(inputs.length);
    return tf.scalar(counted === 0 ? 0 : sum / counted);
  }

  logits(): tf.Tensor3D {
    throw new Error('not asked for');
  }

  startDecoding(): Decoding {
    throw new Error('not asked for');
  }

  dispose(): void {}
}
