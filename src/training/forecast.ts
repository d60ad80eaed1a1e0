// Forecasts what training will hold in memory: each activation once, as our kernels keep it, and what webgpu's kernels hold
// for a moment beside, which is more than other backends need.

import type { Model } from '../architectures/language-model.ts';
import { temporaryFloats } from '../backends/webgpu/forecast.ts';
import type { Role } from '../layers/parameters.ts';
import type { Parameters } from '../optimizers/optimizer.ts';
import { LORA_PARTS } from '../settings/fine-tuning.ts';
import { accumulationOf, type Batching, tokensPerBatch } from '../settings/training.ts';
import { rolesOf } from './create-optimizer.ts';

export interface Trained {
  parameters: Parameters;
  /** How many floats the optimizer keeps for each of a parameter of such a role. */
  statePerParameter(role: Role): number;
  /** How many ranks train it, each of which keeps a part of the state; undefined where a process does so alone. */
  ranks?: number | undefined;
}

/** All figures are in bytes. */
export interface Forecast {
  total: number;
  weights: number;
  /** Gradients, and the optimizer's state, of what is trained. */
  optimizer: number;
  /** What a batch's forward pass keeps for its backward one, and what either has at hand meanwhile. */
  batch: number;
  /** While weights are read from a checkpoint: all of them, and the largest as it is read and as it is put in place. */
  reading: number;
  /** The largest of all arrays. */
  largest: { name: string; bytes: number };
}

const FLOAT = 4;

export function forecast(
  model: Model,
  { parameters: trained, statePerParameter, ranks }: Trained,
  training: Batching & { recompute?: boolean },
): Forecast {
  const { vocabSize, width } = model.config;
  const rows = tokensPerBatch(training, model.config);
  const micros = accumulationOf(training, model.config);
  const { kept, working, widest } = (training.recompute && model.floatsRecomputing) || model.floatsPerToken;
  const sizes = Array.from(model.parameters.values(), ({ size }) => size);
  const changed = Array.from(trained.values(), ({ size }) => size);
  const roleOf = rolesOf(model.config);
  const added = sum([...trained].filter(([name]) => !model.parameters.has(name)).map(([, { size }]) => size));
  const temporary =
    temporaryFloats({ tokens: rows, width: Number(width), vocabSize, parameters: changed }) +
    Math.max(...changed); // a tied table has two gradients to add up
  const parts = {
    weights: FLOAT * (sum(sizes) + added),
    optimizer:
      FLOAT *
      sum(
        Array.from(trained, ([name, { size }]) =>
          Math.ceil(size * heldPerFloat(statePerParameter(roleOf(name)), micros, ranks)),
        ),
      ),
    batch: FLOAT * (rows * (kept + working + adaptedFloats(trained)) + temporary),
  };
  return {
    total: sum(Object.values(parts)),
    ...parts,
    reading: FLOAT * (sum(sizes) + 2 * Math.max(...sizes)),
    largest: largestOf([
      ...Array.from(model.parameters, ([name, { size }]) => ({ name, bytes: FLOAT * size })),
      { name: 'the widest layer’s output', bytes: FLOAT * rows * widest },
    ]),
  };
}

/** The largest batch below the training's own for which `holds` is true; undefined if there is none. */
export async function largestBatch(
  batchSize: number,
  holds: (batchSize: number) => boolean | Promise<boolean>,
): Promise<number | undefined> {
  let [good, bad] = [0, batchSize];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return good || undefined;
}

/** How many floats of gradients and state are held for one that is trained. */
function heldPerFloat(state: number, micros: number, ranks: number | undefined): number {
  if (ranks === undefined) return state + (micros > 1 ? 2 : 1); // the sum of the gradients, and the next to be added
  // A part of the state, of the sum and of the weights; one gradient is computed while the one before is sent.
  return (state + 2) / ranks + (micros > ranks ? 2 : 1);
}

/** The narrow outputs of a LoRA adapter's first products are kept for the backward pass. */
function adaptedFloats(trained: Parameters): number {
  const first = [...trained].filter(([name]) => name.endsWith(LORA_PARTS.down));
  return sum(first.map(([, { shape }]) => shape[0]!));
}

function largestOf(arrays: Forecast['largest'][]): Forecast['largest'] {
  return arrays.reduce((largest, array) => (array.bytes > largest.bytes ? array : largest));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
