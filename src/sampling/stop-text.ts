// Finds stop strings in text that arrives in pieces, and holds back what may be the start of one.

export class StopText {
  stopped = false;
  readonly #stops: readonly string[];
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Takes further text; returns what is certain to come before any stop string. How the text is cut does not matter. */
  push(text: string): string {
    if (this.stopped) return '';
    const seen = this.#held + text;
    const stop = this.#firstStop(seen);
    this.stopped = stop !== undefined;
    const certain = seen.slice(0, stop ?? seen.length - this.#undecided(seen));
    this.#held = this.stopped ? '' : seen.slice(certain.length);
    return certain;
  }

  /** No more text will come: what was held back is no stop string after all. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  /** Finds where the stop string begins that is complete first; the longest if several end together. */
  #firstStop(text: string): number | undefined {
    let start: number | undefined;
    let end = Infinity;
    for (const stop of this.#stops) {
      const at = text.indexOf(stop);
      if (at < 0) continue;
      const stopEnd = at + stop.length;
      if (stopEnd < end || (stopEnd === end && at < start!)) [start, end] = [at, stopEnd];
    }
    return start;
  }

  /** Length of the longest ending of the text that begins a stop string. */
  #undecided(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let n = Math.min(stop.length - 1, text.length); n > longest; n--) {
        if (text.endsWith(stop.slice(0, n))) longest = n;
      }
    }
    return longest;
  }
}
