// Whether a model's weights and a batch's tokens can fit into memory at all, asked of their sizes alone, before anything is
// built: a setting may be any number.
import { z } from 'zod';
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import { UsageError } from '../base/errors.ts';
import { formatBytes, formatCount } from '../base/format.ts';
import { kebab } from '../base/kebab.ts';
import type { Role, Specs } from '../layers/parameters.ts';
import type { Settings } from '../settings/settings.ts';
import { type Batching, tokensPerBatch } from '../settings/training.ts';
import { statePerParameter } from '../training/create-optimizer.ts';
import { hostMemory } from './host-memory.ts';
import type { Sharing } from './request.ts';

const FLOAT = 4;
/** Bytes that tfjs and the optimizer spend on a tensor, however small it is. */
const BYTES_PER_TENSOR = 1000;
/** No model that is trained has more tensors. */
const MOST_TENSORS = 300_000;
/** Bytes of a token's id and target. */
const BYTES_PER_TOKEN = 8;

/** How many floats are held for each of a parameter of such a role: itself, its gradient, the optimizer's state. */
type Copies = (role: Role) => number;

export function checkSizes(config: ModelConfig, training: Batching, copies: Copies, memory: number): void {
  const bytesOf = (model: ModelConfig) => modelBytes(architectureOf(model).parameters(model), copies);
  if (bytesOf(config) > memory) throw tooLarge(config, bytesOf, memory);
  const perRow = BYTES_PER_TOKEN * tokensPerBatch({ ...training, batchSize: 1 }, config);
  if (perRow * training.batchSize > memory)
    throw refusal('batchSize', training.batchSize, Math.floor(memory / perRow), memory);
}

/** `sharing` is given where several processes train the run. */
export function checkRun(model: ModelConfig, settings: Settings, sharing?: Sharing): void {
  const memory = hostMemory() / (sharing?.onThisHost ?? 1);
  checkSizes(model, settings, copiesOf(settings, sharing?.ranks), memory);
}

/** Of a model that is trained. Under an adapter it is held once. */
export function copiesOf(settings: Settings, ranks?: number): Copies {
  if (settings.loraRank !== undefined || settings.loraContinue) return () => 1;
  const kept = statePerParameter(settings);
  if (ranks === undefined) return (role) => 2 + kept(role);
  return (role) => 2 + (kept(role) + 2) / ranks; // a part of the state, of the sum of gradients and of the weights
}

function modelBytes(specs: Specs, copies: Copies): number {
  let [tensors, bytes] = [0, 0];
  for (const { shape, role } of specs) {
    if (++tensors > MOST_TENSORS) return Infinity;
    const size = shape.reduce((product, size) => product * size, 1);
    bytes += copies(role) * (FLOAT * size + BYTES_PER_TENSOR);
  }
  return bytes;
}

/** Blames the setting that is furthest above its default, if a smaller value of it would do. */
function tooLarge(config: ModelConfig, bytesOf: (config: ModelConfig) => number, memory: number): UsageError {
  const { settings } = architectureOf(config);
  const usual = (name: string) => Number(z.safeParse(settings[name]!, undefined).data);
  const excess = (name: string) => Number(config[name]) / usual(name);
  const candidates = Object.keys(settings)
    .filter((name) => typeof config[name] === 'number' && usual(name) > 0 && excess(name) > 1)
    .sort((a, b) => excess(b) - excess(a));
  for (const name of candidates) {
    const most = largestFitting((value) => bytesOf({ ...config, [name]: value }), usual(name), memory);
    if (most !== undefined) return refusal(name, Number(config[name]), most, memory);
  }
  const sizes = candidates.map((name) => `${name} ${formatCount(Number(config[name]))}`).join(', ');
  const model = sizes === '' ? 'the model' : `a model with ${sizes}`;
  return new UsageError(
    `${model} does not fit into this machine’s ${formatBytes(memory)} of memory`,
    'take a smaller one',
  );
}

/** A count of parameters is a polynomial of degree two, at most, in each setting: three small values tell all others. */
function largestFitting(
  bytesOf: (value: number) => number,
  unit: number,
  memory: number,
): number | undefined {
  const [f1, f2, f3] = [bytesOf(unit), bytesOf(2 * unit), bytesOf(3 * unit)];
  const a = (f3 - 2 * f2 + f1) / 2;
  const b = f2 - f1 - 3 * a;
  const c = f1 - a - b - memory; // a·x² + b·x + c = 0, with x in units
  const x = a === 0 ? -c / b : (Math.sqrt(b * b - 4 * a * c) - b) / (2 * a);
  return Number.isFinite(x) && x >= 1 ? Math.floor(x) * unit : undefined;
}

function refusal(name: string, value: number, most: number, memory: number): UsageError {
  return new UsageError(
    `${name} ${formatCount(value)} does not fit into this machine’s ${formatBytes(memory)} of memory; about ${formatCount(most)} would`,
    `take a smaller --${kebab(name)}`,
  );
}
