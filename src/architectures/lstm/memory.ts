// LstmMemory: the states of an LSTM's layers after a stretch of text, of each row of a batch.
import * as tf from '#tfjs';
import { type LstmState, zeroState } from '../../ops/index.ts';
import type { Memory } from '../language-model.ts';
import type { LstmConfig } from './config.ts';
import type { Lstm } from './layer.ts';

export class LstmMemory implements Memory {
  /** Each layer has a hidden and a cell state: (B, C) twice. */
  readonly #states: LstmState[];

  private constructor(states: LstmState[]) {
    this.#states = states.map(keep);
  }

  static empty(batch: number, { layers, width }: LstmConfig): LstmMemory {
    return new LstmMemory(Array.from({ length: layers }, () => zeroState(batch, width)));
  }

  /** Picks rows by number, counted through all memories one after another. */
  static picked(memories: readonly LstmMemory[], rows: readonly number[]): LstmMemory {
    const pick = (parts: tf.Tensor2D[]) => tf.gather(tf.concat(parts), [...rows]);
    const states = tf.tidy(() =>
      memories[0]!.#states.map((_, layer) => ({
        hidden: pick(memories.map((memory) => memory.#states[layer]!.hidden)),
        cell: pick(memories.map((memory) => memory.#states[layer]!.cell)),
      })),
    );
    return new LstmMemory(states);
  }

  get rows(): number {
    return this.#states[0]!.hidden.shape[0];
  }

  advance(index: number, layer: Lstm, x: tf.Tensor3D): tf.Tensor3D {
    const before = this.#states[index]!;
    const { outputs, state } = layer.continueFrom(x, before);
    this.#states[index] = keep(state);
    release(before);
    return outputs;
  }

  dispose(): void {
    this.#states.forEach(release);
  }
}

function keep(state: LstmState): LstmState {
  return { hidden: tf.keep(state.hidden), cell: tf.keep(state.cell) };
}

function release(state: LstmState): void {
  state.hidden.dispose();
  state.cell.dispose();
}
