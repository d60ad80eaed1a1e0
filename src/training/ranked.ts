// Training by several ranks: each computes some of a step's micro-batches, and keeps and updates a part of every parameter.
// What comes of it has the bits of one process alone.
import * as tf from '#tfjs';
import type { FloatTensor } from '../base/safetensors-file.ts';
import { type Bounds, bytesOf, type Collective, gatherNumbers } from '../collectives/collective.ts';
import { globalNorm, normOfSums, SUMMED_AT_ONCE, squaredSums } from '../ops/index.ts';
import type { Optimizer, Parameters, Update } from '../optimizers/optimizer.ts';
import type { Batch } from '../tasks/task.ts';
import type { Accumulation, MeanGradient } from './accumulation.ts';
import { rankedMeanGradient, type Shared } from './ranked-gradient.ts';
import { shareOut } from './shares.ts';

type Tensors = Map<string, FloatTensor>;

export interface RankedOptions {
  /** Whether the optimizer updates the parameter as a whole. */
  needsWhole(name: string): boolean;
  asBf16: boolean;
  /** The live memory of a tensor. */
  memoryOf(tensor: tf.Tensor): Float32Array;
  /** Whether this rank was asked to stop; all do, if one was. */
  isAsked(): boolean;
  stop(): void;
}

export class Ranked implements Optimizer {
  readonly parameters: Parameters;
  readonly #shared: Shared;
  readonly #options: RankedOptions;
  /** This rank's part of each parameter; of some it has none. */
  readonly #parts: Parameters;
  readonly #inner: Optimizer;

  private constructor(shared: Shared, options: RankedOptions, parts: Parameters, inner: Optimizer) {
    this.parameters = shared.parameters;
    this.#shared = shared;
    this.#options = options;
    this.#parts = parts;
    this.#inner = inner;
  }

  /** `create` makes the optimizer of this rank's parts. */
  static async of(
    ranks: Collective,
    parameters: Parameters,
    options: RankedOptions,
    create: (parts: Parameters) => Promise<Optimizer>,
  ): Promise<Ranked> {
    const { needsWhole, asBf16, memoryOf } = options;
    const divisible = new Map(
      Array.from(parameters, ([name, { size }]) => {
        const grain = needsWhole(name) ? size : SUMMED_AT_ONCE;
        return [name, { size, grain }];
      }),
    );
    const shares = shareOut(divisible, ranks.size);
    const parts = new Map(
      Array.from(shares, ([name, bounds]) => {
        const { shape, size } = parameters.get(name)!;
        const length = bounds[ranks.rank + 1]! - bounds[ranks.rank]!;
        return [name, tf.tidy(() => tf.variable(tf.zeros(length === size ? shape : [length]), false))];
      }),
    );
    return new Ranked({ ranks, parameters, shares, asBf16, memoryOf }, options, parts, await create(parts));
  }

  /** This rank's parts of it. */
  get state(): Parameters {
    return this.#inner.state;
  }

  get steps(): number {
    return this.#inner.steps;
  }

  set steps(steps: number) {
    this.#inner.steps = steps;
  }

  /** To be called once the parameters have the values that training begins or goes on with. */
  takeParts(): void {
    const { memoryOf } = this.#shared;
    for (const [name, part] of this.#parts) {
      const [from, to] = this.#own(name);
      if (to > from) memoryOf(part).set(memoryOf(this.parameters.get(name)!).subarray(from, to));
    }
  }

  /** Of the state as one process would keep it. */
  ownState(whole: ReadonlyMap<string, FloatTensor>): Tensors {
    return new Map(
      Array.from(whole, ([name, { data }]) => [
        name,
        { shape: this.state.get(name)?.shape ?? [], data: data.subarray(...this.#own(parameterOf(name))) },
      ]),
    );
  }

  meanGradient<B extends Batch>(input: Accumulation<B>): Promise<MeanGradient> {
    return rankedMeanGradient(this.#shared, input);
  }

  /** Of all gradients, of which this rank has its parts. */
  async norm(parts: ReadonlyMap<string, tf.Tensor>): Promise<tf.Scalar> {
    const { ranks, shares, memoryOf } = this.#shared;
    const sumsOf = (size: number) => Math.ceil(size / SUMMED_AT_ONCE);
    const own: number[] = [];
    for (const part of parts.values()) {
      if (part.size === 0) continue;
      const sums = squaredSums(part, memoryOf);
      if (sums === undefined) return this.#normOfWhole(parts);
      own.push(...sums);
    }
    const lengths = [...shares.values()];
    const countOf = (rank: number) =>
      lengths.reduce((count, bounds) => count + sumsOf(bounds[rank + 1]! - bounds[rank]!), 0);
    const all = await gatherNumbers(ranks, Float64Array.from(own), countOf);
    return normOfSums(inOrder(all, lengths, ranks.size, countOf, sumsOf));
  }

  /** Updates this rank's parts. Then `gather` is due. */
  update(gradients: ReadonlyMap<string, tf.Tensor>, update: Update): void {
    const shaped = new Map(
      Array.from(this.#parts, ([name, { shape }]) => [name, gradients.get(name)!.reshape(shape)]),
    );
    this.#inner.update(shaped, update);
    tf.dispose([...shaped.values()]);
  }

  /** Puts the parts of all ranks into the parameters of each. */
  async gather(): Promise<void> {
    const { ranks, shares, memoryOf } = this.#shared;
    await Promise.all(
      Array.from(shares, ([name, bounds]) =>
        ranks.gather({
          part: bytesOf(memoryOf(this.#parts.get(name)!)),
          bounds: bounds.map((element) => 4 * element),
          whole: bytesOf(memoryOf(this.parameters.get(name)!)),
        }),
      ),
    );
  }

  /** The whole state, on rank 0. */
  async wholeState(): Promise<Tensors> {
    const { ranks, shares, memoryOf } = this.#shared;
    const whole: Tensors = new Map();
    for (const [name, part] of this.state) {
      const { shape, size } = this.parameters.get(parameterOf(name))!;
      const data = new Float32Array(ranks.rank === 0 ? size : 0);
      await ranks.gather({
        part: bytesOf(memoryOf(part)),
        bounds: shares.get(parameterOf(name))!.map((element) => 4 * element),
        whole: ranks.rank === 0 ? bytesOf(data) : undefined,
        root: 0,
      });
      whole.set(name, { shape, data });
    }
    return whole;
  }

  /** Ends a step: every rank learns whether one was asked to stop, and goes by the clock of rank 0. */
  async endStep(ms: number): Promise<number> {
    const { ranks } = this.#shared;
    const told = await gatherNumbers(ranks, Float64Array.of(ms, Number(this.#options.isAsked())));
    if (told.some((number, i) => i % 2 === 1 && number > 0)) this.#options.stop();
    return told[0]!;
  }

  dispose(): void {
    this.#inner.dispose();
    for (const part of this.#parts.values()) part.dispose();
  }

  #own(name: string): [from: number, to: number] {
    const { ranks, shares } = this.#shared;
    const bounds = shares.get(name)!;
    return [bounds[ranks.rank]!, bounds[ranks.rank + 1]!];
  }

  /** Where the backend has no sums to begin with, every rank gets whole gradients. */
  async #normOfWhole(parts: ReadonlyMap<string, tf.Tensor>): Promise<tf.Scalar> {
    const { ranks, shares, memoryOf } = this.#shared;
    const whole = await Promise.all(
      Array.from(parts, async ([name, part]) => {
        const bounds = shares.get(name)!.map((element) => 4 * element);
        const data = new Float32Array(this.parameters.get(name)!.size);
        await ranks.gather({ part: bytesOf(memoryOf(part)), bounds, whole: bytesOf(data) });
        return tf.tensor(data);
      }),
    );
    const norm = globalNorm(whole);
    tf.dispose(whole);
    return norm;
  }
}

/** `<parameter>.<what>` */
function parameterOf(state: string): string {
  return state.slice(0, state.lastIndexOf('.'));
}

/** What came rank by rank, parameter by parameter. */
function* inOrder(
  all: Float64Array,
  lengths: readonly Bounds[],
  ranks: number,
  countOf: (rank: number) => number,
  sumsOf: (size: number) => number,
): Generator<number> {
  const at = Array.from({ length: ranks }, () => 0);
  for (let rank = 1; rank < ranks; rank++) at[rank] = at[rank - 1]! + countOf(rank - 1);
  for (const bounds of lengths) {
    for (let rank = 0; rank < ranks; rank++) {
      const end = at[rank]! + sumsOf(bounds[rank + 1]! - bounds[rank]!);
      while (at[rank]! < end) yield all[at[rank]!++]!;
    }
  }
}
