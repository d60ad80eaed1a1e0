// Ranks that are not processes: what each asks for is done when all have asked.
import { type Addition, bytesOf, type Collective, type Gathering } from '../../src/collectives/collective.ts';

interface Asked<Request> {
  requests: Request[];
  resolves: (() => void)[];
}

/** So many ranks in this process. */
export function standIns(size: number): Collective[] {
  const additions = new Meeting<Addition>(size, addAll);
  const gatherings = new Meeting<Gathering>(size, gatherAll);
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    addUp: (addition) => additions.ask(rank, addition),
    gather: (gathering) => gatherings.ask(rank, gathering),
  }));
}

/** The n-th request of every rank belong together. */
class Meeting<Request> {
  readonly #asked: Asked<Request>[] = [];
  readonly #counts: number[];
  readonly #act: (requests: readonly Request[]) => void;

  constructor(size: number, act: (requests: readonly Request[]) => void) {
    this.#counts = Array.from({ length: size }, () => 0);
    this.#act = act;
  }

  ask(rank: number, request: Request): Promise<void> {
    const number = this.#counts[rank]!++;
    this.#asked[number] ??= { requests: [], resolves: [] };
    const { requests, resolves } = this.#asked[number];
    requests[rank] = request;
    return new Promise((resolve) => {
      resolves.push(resolve);
      if (resolves.length < this.#counts.length) return;
      this.#act(requests);
      for (const resolve of resolves) resolve();
    });
  }
}

function addAll(requests: readonly Addition[]): void {
  for (const [rank, { sum, bounds, contributors, replaces, asBf16 }] of requests.entries()) {
    for (let i = 0; i < sum.length; i++) {
      const terms = requests.slice(0, contributors).map(({ own }) => own![bounds[rank]! + i]!);
      const rounded = asBf16 ? terms.map(toBf16) : terms;
      const [first, ...rest] = replaces ? rounded : [sum[i]!, ...rounded];
      sum[i] = rest.reduce((total, term) => Math.fround(total + term), first!);
    }
  }
}

function gatherAll(requests: readonly Gathering[]): void {
  for (const { whole, root, bounds } of requests) {
    if (whole && root !== undefined && requests[root]!.whole !== whole) throw new Error('not wanted there');
    for (const [rank, { part }] of requests.entries()) whole?.set(part, bounds[rank]);
  }
}

/** Rounds to the nearest, ties to even. */
function toBf16(value: number): number {
  const float = Float32Array.of(value);
  const bits = new Uint32Array(bytesOf(float).buffer as ArrayBuffer);
  bits[0] = ((bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) & 0xffff0000) >>> 0;
  return float[0]!;
}
