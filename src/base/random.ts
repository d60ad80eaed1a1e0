// Randomness as a pure function: Threefry-2x32 (13 rounds; Salmon et al. 2011), keyed by (seed, purpose, coordinates).
// There is no hidden state, so a resumed run and another backend draw the same numbers.

export type Key = readonly [number, number];

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;
const ROUNDS = 13;

/** Writes the two 32-bit words (as signed ints) of block (c0, c1) to out[at], out[at + 1]. */
export function threefry(k0: number, k1: number, c0: number, c1: number, out: Int32Array, at = 0): void {
  const k2 = PARITY ^ k0 ^ k1;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const r = ROTATIONS[round & 7]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    if ((round & 3) === 3) {
      const injection = (round >> 2) + 1;
      x0 = (x0 + keyWord(injection % 3, k0, k1, k2)) | 0;
      x1 = (x1 + keyWord((injection + 1) % 3, k0, k1, k2) + injection) | 0;
    }
  }
  out[at] = x0;
  out[at + 1] = x1;
}

function keyWord(index: number, k0: number, k1: number, k2: number): number {
  return index === 0 ? k0 : index === 1 ? k1 : k2;
}

/** Returns the key for one purpose under a seed, and for further coordinates (a step, a layer, a sample…). */
export function keyFor(seed: number, purpose: string, ...coordinates: number[]): Key {
  return fold([seed | 0, Math.floor(seed / 2 ** 32) | 0], hash(purpose), ...coordinates);
}

/** Derives a new key from each coordinate in turn; different coordinates give independent keys. */
export function fold(key: Key, ...coordinates: number[]): Key {
  const words = new Int32Array(2);
  let [k0, k1] = key;
  for (const coordinate of coordinates) {
    threefry(k0, k1, coordinate | 0, Math.floor(coordinate / 2 ** 32) | 0, words);
    k0 = words[0]!;
    k1 = words[1]!;
  }
  return [k0, k1];
}

/** Hashes a purpose's name to a number (FNV-1a). */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

/** Writes 32 random bits for each element of a key's sequence. Every backend makes its dropout masks of them. */
export function fillBits(key: Key, out: Int32Array): void {
  const pairs = out.length >> 1;
  for (let i = 0; i < pairs; i++) threefry(key[0], key[1], i, 0, out, 2 * i);
  if (out.length & 1) {
    const last = new Int32Array(2);
    threefry(key[0], key[1], pairs, 0, last);
    out[out.length - 1] = last[0]!;
  }
}

/** Numbers drawn one after another from a key: `stream(keyFor(seed, 'batch', step))`. */
export class Stream {
  #block = 0;
  readonly #key: Key;
  readonly #words = new Int32Array(2);

  constructor(key: Key) {
    this.#key = key;
  }

  /** Draws uniformly from [0, 1), with 53 random bits. */
  uniform(): number {
    threefry(this.#key[0], this.#key[1], this.#block++, 0, this.#words);
    return ((this.#words[0]! >>> 5) * 2 ** 26 + (this.#words[1]! >>> 6)) / 2 ** 53;
  }

  /** Draws a whole number uniformly from [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Draws from the standard normal distribution (Box–Muller; the second value of each pair is not used). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** The same items in a random order (Fisher and Yates). */
export function shuffled<T>(items: ArrayLike<T>, random: Stream): T[] {
  const order = Array.from(items);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
