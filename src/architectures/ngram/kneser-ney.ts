// Interpolated Kneser-Ney smoothing (Kneser & Ney 1995; Chen & Goodman 1998), with one discount for each order:
//   p(w | h) = max(c(hw) − D, 0) / c(h·) + D · N(h·) / c(h·) · p(w | h without its first token)
// where c counts occurrences in the highest order and different tokens before it in the others, N(h·) is how many different
// tokens follow h, and the last distribution of all is uniform.
import type { Order } from './counting.ts';

interface Level extends Order {
  discount: number;
  /** For each n-gram of the order below: where those that begin with it start; one more at the end. */
  starts: Int32Array;
  /** For each n-gram of the order below: the sum of these counts, and how many are not 0. */
  totals: Float64Array;
  different: Int32Array;
}

export class KneserNey {
  readonly #levels: Level[];
  readonly #vocabSize: number;

  constructor(orders: readonly Order[], vocabSize: number) {
    this.#levels = orders.map((order, i) => levelOf(order, i === 0 ? 1 : orders[i - 1]!.token.length));
    this.#vocabSize = vocabSize;
  }

  /** The natural logarithm of the probability that `token` follows `history`, whose last token is the one before it. */
  logProbability(history: readonly number[], token: number): number {
    let p = 1 / this.#vocabSize;
    for (const [level, context] of this.#contexts(history)) {
      const { discount, count, totals, different } = level;
      const entry = childOf(level, context, token);
      const own = entry === undefined ? 0 : Math.max(count[entry]! - discount, 0);
      p = (own + discount * different[context]! * p) / totals[context]!;
    }
    return Math.log(p);
  }

  /** Those of every token. */
  logProbabilities(history: readonly number[]): Float32Array {
    const p = new Float64Array(this.#vocabSize).fill(1 / this.#vocabSize);
    for (const [{ discount, token, count, starts, totals, different }, context] of this.#contexts(history)) {
      const weight = (discount * different[context]!) / totals[context]!;
      for (let id = 0; id < p.length; id++) p[id]! *= weight;
      for (let entry = starts[context]!; entry < starts[context + 1]!; entry++)
        p[token[entry]!]! += Math.max(count[entry]! - discount, 0) / totals[context]!;
    }
    return Float32Array.from(p, Math.log);
  }

  /** From the lowest order up, as long as the end of the history was seen with something after it: its place there. */
  *#contexts(history: readonly number[]): Generator<[Level, number]> {
    for (const [n, level] of this.#levels.entries()) {
      const context = n > history.length ? undefined : this.#placeOf(history.slice(history.length - n));
      if (context === undefined || !(level.totals[context]! > 0)) return;
      yield [level, context];
    }
  }

  /** The place of an n-gram in its order; that of none is 0. */
  #placeOf(ngram: readonly number[]): number | undefined {
    let place: number | undefined = 0;
    for (const [n, token] of ngram.entries()) {
      if (place === undefined) return undefined;
      place = childOf(this.#levels[n]!, place, token);
    }
    return place;
  }
}

function levelOf(order: Order, parents: number): Level {
  const starts = new Int32Array(parents + 1);
  const totals = new Float64Array(parents);
  const different = new Int32Array(parents);
  const seen = [0, 0, 0]; // how many were counted once, and twice
  for (const [entry, parent] of order.parent.entries()) {
    const count = order.count[entry]!;
    starts[parent + 1] = entry + 1;
    totals[parent]! += count;
    if (count > 0) different[parent]!++;
    if (count < 3) seen[count]!++;
  }
  for (let i = 1; i <= parents; i++) starts[i] = Math.max(starts[i]!, starts[i - 1]!);
  return { ...order, starts, totals, different, discount: discountOf(seen[1]!, seen[2]!) };
}

/** Ney, Essen & Kneser's estimate; where nothing was seen once or twice it would be 0 or 1, which leaves no mass on one side. */
function discountOf(once: number, twice: number): number {
  return once > 0 && twice > 0 ? once / (once + 2 * twice) : 0.5;
}

function childOf({ token: tokens, starts }: Level, parent: number, token: number): number | undefined {
  let [low, high] = [starts[parent]!, starts[parent + 1]!];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tokens[middle]! < token) low = middle + 1;
    else high = middle;
  }
  return low < starts[parent + 1]! && tokens[low] === token ? low : undefined;
}
