// CtcPrefix: how likely a target begins with certain tokens under CTC (Watanabe et al. 2017, algorithm 2): a sum over the
// alignments of all targets that do.
import { logAdd } from './ctc.ts';

/** Log-probabilities of one source: (S, V + 1), row by row; the blank is the last. */
export interface CtcRows {
  logProbabilities: Float32Array;
  outputs: number;
}

export class CtcPrefix {
  /** ln of the probability that the target begins so. */
  readonly logProbability: number;
  readonly #rows: CtcRows;
  readonly #last: number | undefined;
  /** (S + 1): ln p of those alignments of so many steps that say this and no more, with the last token at the end, or a blank. */
  readonly #held: Float64Array;
  readonly #open: Float64Array;

  /** The empty one, with which every target begins. */
  static of(rows: CtcRows): CtcPrefix {
    const { logProbabilities, outputs } = rows;
    const open = new Float64Array(1 + logProbabilities.length / outputs);
    for (let s = 1; s < open.length; s++) open[s] = open[s - 1]! + logProbabilities[s * outputs - 1]!;
    return new CtcPrefix(
      rows,
      undefined,
      0,
      open.map(() => -Infinity),
      open,
    );
  }

  private constructor(
    rows: CtcRows,
    last: number | undefined,
    logProbability: number,
    held: Float64Array,
    open: Float64Array,
  ) {
    this.#rows = rows;
    this.#last = last;
    this.logProbability = logProbability;
    this.#held = held;
    this.#open = open;
  }

  /** ln of the probability that this is the whole target. */
  get whole(): number {
    return logAdd(this.#held.at(-1)!, this.#open.at(-1)!);
  }

  followedBy(token: number): CtcPrefix {
    const { logProbabilities, outputs } = this.#rows;
    const [held, open] = [this.#held, this.#open].map((of) => of.map(() => -Infinity)) as [
      Float64Array,
      Float64Array,
    ];
    let begins = -Infinity;
    for (let s = 1; s < held.length; s++) {
      const row = logProbabilities.subarray((s - 1) * outputs, s * outputs);
      const before = logAdd(this.#open[s - 1]!, token === this.#last ? -Infinity : this.#held[s - 1]!);
      const said = before + row[token]!;
      begins = logAdd(begins, said);
      held[s] = logAdd(held[s - 1]! + row[token]!, said);
      open[s] = logAdd(held[s - 1]!, open[s - 1]!) + row[outputs - 1]!;
    }
    return new CtcPrefix(this.#rows, token, begins, held, open);
  }
}
