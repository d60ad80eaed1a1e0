// Reading: how many tokens a run has read after so many steps, as its batches hold them, since texts differ in length.
import type { ModelConfig } from '../architectures/config.ts';
import type { Settings } from '../settings/settings.ts';
import { accumulationOf, windowOf } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';

/** Steps that are counted; by their mean it goes on. */
const COUNTED = 200;

export class Reading {
  /** The tokens that were read after each of the first steps. */
  readonly #read: readonly number[];

  constructor(read: readonly number[]) {
    this.#read = read;
  }

  /** `train` is a split as the model's task knows it. */
  static async of(model: ModelConfig, settings: Settings, train: unknown): Promise<Reading> {
    const task = await taskOf(model).load();
    const { batchSize, seed } = settings;
    const place = { batchSize, seed, context: windowOf(settings, model.context) };
    const micros = Array.from({ length: accumulationOf(settings, model) }, (_, micro) => micro);
    let total = 0;
    const read = Array.from({ length: COUNTED }, (_, step) => {
      for (const micro of micros) total += task.batchAt(train, { ...place, step, micro }).size;
      return total;
    });
    return new Reading(read);
  }

  after(steps: number): number {
    return this.#read[steps - 1] ?? Math.round((this.#read.at(-1)! * steps) / COUNTED);
  }

  /** The first step after which so many tokens have been read. */
  stepsFor(tokens: number): number {
    const found = this.#read.findIndex((read) => read >= tokens);
    return found >= 0 ? found + 1 : Math.ceil((tokens * COUNTED) / this.#read.at(-1)!);
  }
}
