// SourceSteps: targets that grow in step, each row with the source that it belongs to.
import * as tf from '#tfjs';
import { batchInvariant } from '../../ops/index.ts';
import type { Steps } from '../pair-model.ts';
import type { Looked } from './attention.ts';
import type { Progress } from './progress.ts';

/** A source, as the decoder looks at it. */
export interface Read {
  looked: readonly Looked[];
  /** (B, 1, C), added to each of the target's vectors, if there is one */
  bridge: tf.Tensor3D | undefined;
}

interface Parts {
  rows: number;
  read(): Read;
  begin(rows: number): Progress;
  /** tokens (R, 1) → the next token's logits, (R, V) */
  next(tokens: tf.Tensor2D, read: Read, progress: Progress): tf.Tensor2D;
}

export class SourceSteps implements Steps {
  #read: Read;
  readonly #progress: Progress;
  readonly #next: Parts['next'];

  constructor({ rows, read, begin, next }: Parts) {
    this.#read = tidied(() => kept(read()));
    this.#progress = tidied(() => begin(rows));
    this.#next = next;
  }

  feed(tokens: ArrayLike<number>): tf.Tensor2D {
    const logits = tf.tidy(() => {
      const fed = tf.tensor2d(Int32Array.from(tokens), [tokens.length, 1], 'int32');
      return batchInvariant(() => this.#next(fed, this.#read, this.#progress));
    });
    this.#progress.length++;
    return logits;
  }

  reorder(rows: readonly number[]): void {
    const before = this.#read;
    this.#read = tidied(() => kept(mapRead(before, (array) => tf.gather(array, [...rows]))));
    release(before);
    this.#progress.reorder(rows);
  }

  dispose(): void {
    release(this.#read);
    this.#progress.dispose();
  }
}

function mapRead({ looked, bridge }: Read, change: <T extends tf.Tensor>(array: T) => T): Read {
  return {
    looked: looked.map(({ keys, values, mask }) => ({
      keys: change(keys),
      values: change(values),
      mask: change(mask),
    })),
    bridge: bridge && change(bridge),
  };
}

/** Tensors of their own, since one may stand in two places. */
function kept(read: Read): Read {
  return mapRead(read, (array) => tf.keep(array.clone()));
}

function release(read: Read): void {
  mapRead(read, (array) => {
    array.dispose();
    return array;
  });
}

/** tf.tidy for what is no tensor: it holds those that are kept. */
function tidied<T>(work: () => T): T {
  let result: T | undefined;
  tf.tidy(() => {
    result = work();
  });
  return result!;
}
