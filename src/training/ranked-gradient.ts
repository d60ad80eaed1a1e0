// The mean gradient of a step whose micro-batches are dealt out to ranks. Each rank gets its part of it, to the bits that one
// process gets alone: the micro-batches are added up in their own order, a round of one for each rank at a time.
import * as tf from '#tfjs';
import { breathe } from '../base/breathe.ts';
import { fold } from '../base/random.ts';
import { type Bounds, type Collective, gatherNumbers } from '../collectives/collective.ts';
import type { Parameters } from '../optimizers/optimizer.ts';
import type { Batch } from '../tasks/task.ts';
import { type Accumulation, type MeanGradient, scaled, weighed } from './accumulation.ts';
import { lossAndGradients } from './gradients.ts';

export interface Shared {
  ranks: Collective;
  /** What is trained: all of it. */
  parameters: Parameters;
  /** By parameter, where each rank's part of it lies. */
  shares: ReadonlyMap<string, Bounds>;
  /** The live memory of a tensor. */
  memoryOf(tensor: tf.Tensor): Float32Array;
  /** Whether gradients are rounded to bfloat16 on their way. */
  asBf16: boolean;
}

export async function rankedMeanGradient<B extends Batch>(
  shared: Shared,
  { batches, count, loss: lossOf, dropoutKey, onMicroBatch }: Accumulation<B>,
): Promise<MeanGradient> {
  const { ranks, parameters, memoryOf } = shared;
  const sum = new RankedSum(shared);
  const losses: number[] = [];
  let [tokens, counted, usual, done] = [0, 0, 0, 0];
  for (const batch of batches) {
    tokens += batch.size;
    counted += batch.counted;
    usual ||= batch.counted;
    const inRound = done % ranks.size;
    if (inRound === 0) sum.beginRound(Math.min(ranks.size, count - done));
    if (inRound === ranks.rank) {
      const key = dropoutKey && fold(dropoutKey, done);
      const weight = { loss: batch.counted / usual, count };
      const share = () => weighed(lossOf(batch, key), weight);
      const { loss, gradients } = lossAndGradients(share, parameters, (name, one) => sum.add(name, one));
      losses.push(memoryOf(loss)[0]!);
      loss.dispose();
      sum.give([...gradients.values()]);
      await breathe();
    }
    done++;
    if (done === count || inRound === ranks.size - 1) await sum.endRound();
    if (done === count) break;
    onMicroBatch?.(done, count);
  }
  const gradients = await sum.end();
  const loss = tf.scalar(await sumOfLosses(ranks, losses, count));
  return scaled({ loss, gradients, tokens, counted }, (usual * count) / counted);
}

/** In the order of micro-batches, each sum rounded as a tensor's is. */
async function sumOfLosses(ranks: Collective, own: readonly number[], count: number): Promise<number> {
  const rounds = Math.ceil(count / ranks.size);
  const all = await gatherNumbers(
    ranks,
    Float64Array.from({ length: rounds }, (_, round) => own[round] ?? 0),
  );
  let sum = all[0]!;
  for (let micro = 1; micro < count; micro++)
    sum = Math.fround(sum + all[(micro % ranks.size) * rounds + Math.floor(micro / ranks.size)]!);
  return sum;
}

/** This rank's part of the sum, which grows while micro-batches are computed. */
class RankedSum {
  readonly #shared: Shared;
  readonly #sums: Map<string, tf.Tensor>;
  /** Parameters in the order in which the reverse pass comes to their gradients: all ranks send them in it. */
  #order: string[] = [];
  #contributors = 0;
  #isFirst = true;
  #added = 0;
  #given: tf.Tensor[] = [];
  #underWay: Promise<void>[] = [];
  /** Of the round before, which this rank did not wait for. */
  #before: Promise<void> = Promise.resolve();

  constructor(shared: Shared) {
    this.#shared = shared;
    const { rank } = shared.ranks;
    this.#sums = new Map(
      Array.from(shared.shares, ([name, bounds]) => [name, tf.zeros([bounds[rank + 1]! - bounds[rank]!])]),
    );
  }

  beginRound(contributors: number): void {
    this.#contributors = contributors;
    this.#added = 0;
  }

  add(name: string, gradient: tf.Tensor | undefined): void {
    const { ranks, shares, asBf16, memoryOf } = this.#shared;
    if (this.#isFirst) this.#order.push(name);
    const sent = ranks.addUp({
      own: gradient && memoryOf(gradient),
      contributors: this.#contributors,
      bounds: shares.get(name)!,
      sum: memoryOf(this.#sums.get(name)!),
      replaces: this.#isFirst,
      asBf16,
    });
    this.#underWay.push(sent);
    this.#added++;
  }

  /** The gradients that were added, to be disposed of when they are sent. */
  give(gradients: tf.Tensor[]): void {
    this.#given = gradients;
  }

  /** Waits for the round before this one: its gradients are sent while this one's are computed. */
  async endRound(): Promise<void> {
    if (this.#added === 0) for (const name of this.#order) this.add(name, undefined);
    this.#isFirst = false;
    const [given, underWay, before] = [this.#given, this.#underWay, this.#before];
    this.#given = [];
    this.#underWay = [];
    this.#before = Promise.all(underWay).then(() => tf.dispose(given));
    await before;
  }

  async end(): Promise<Map<string, tf.Tensor>> {
    await this.#before;
    return this.#sums;
  }
}
