// From the log-probabilities of a CTC model (ops.ctcLoss) to its targets: greedily, and by prefix beam search.

export interface CtcHypothesis {
  tokens: number[];
  /** ln of its probability, as far as its alignments were kept. */
  logProbability: number;
}

/** The ids of the likeliest alignment (best path): repeats joined, blanks dropped. logProbs or logits (T, V) */
export function ctcGreedy(logProbs: Float32Array, V: number, blank: number): number[] {
  const best = Array.from({ length: stepsIn('ctcGreedy', logProbs, V, blank) }, (_, t) => {
    const row = logProbs.subarray(t * V, (t + 1) * V);
    return row.indexOf(Math.max(...row));
  });
  return best.filter((id, t) => id !== blank && id !== best[t - 1]);
}

/**
 * The likeliest targets, best first, by prefix beam search (Graves 2012; Hannun et al. 2014): alignments of one prefix are
 * added up, and after each step the `width` likeliest prefixes are kept. With as many as there are it is exact.
 * logProbs (T, V)
 */
export function ctcBeam(
  logProbs: Float32Array,
  V: number,
  { blank, width }: { blank: number; width: number },
): CtcHypothesis[] {
  if (!(Number.isInteger(width) && width >= 1))
    throw new Error(`ctcBeam: expected a width of 1 or more, but got ${width}`);
  const T = stepsIn('ctcBeam', logProbs, V, blank);
  let beam: Beam = new Map([[{ children: new Map() }, { open: 0, held: -Infinity }]]);
  for (let t = 0; t < T; t++) {
    const next = extended(beam, logProbs.subarray(t * V, (t + 1) * V), blank);
    beam = new Map([...next].sort(([, a], [, b]) => totalOf(b) - totalOf(a)).slice(0, width));
  }
  return [...beam].map(([prefix, worth]) => ({
    tokens: tokensOf(prefix),
    logProbability: totalOf(worth),
  }));
}

/** A node of the tree of prefixes, so that all alignments of one meet in it. */
interface Prefix {
  /** What it is without its last id; the root has neither. */
  parent?: Prefix;
  id?: number;
  children: Map<number, Prefix>;
}

/** ln p of a prefix's alignments that end in a blank, and of those that end in its last id. */
interface Worth {
  open: number;
  held: number;
}

type Beam = Map<Prefix, Worth>;

/** All prefixes after a further step. */
function extended(beam: Beam, row: Float32Array, blank: number): Beam {
  const next: Beam = new Map();
  const add = (prefix: Prefix, ending: keyof Worth, logProb: number) => {
    if (logProb === -Infinity) return;
    if (!next.has(prefix)) next.set(prefix, { open: -Infinity, held: -Infinity });
    const worth = next.get(prefix)!;
    worth[ending] = logAdd(worth[ending], logProb);
  };
  for (const [prefix, worth] of beam) {
    const all = totalOf(worth);
    add(prefix, 'open', all + row[blank]!);
    for (const [id, logProb] of row.entries()) {
      if (id === blank) continue;
      if (id === prefix.id) add(prefix, 'held', worth.held + logProb);
      add(childOf(prefix, id), 'held', (id === prefix.id ? worth.open : all) + logProb);
    }
  }
  return next;
}

function childOf(parent: Prefix, id: number): Prefix {
  const known = parent.children.get(id);
  if (known) return known;
  const child = { parent, id, children: new Map() };
  parent.children.set(id, child);
  return child;
}

function tokensOf({ parent, id }: Prefix): number[] {
  return parent ? [...tokensOf(parent), id!] : [];
}

function totalOf({ open, held }: Worth): number {
  return logAdd(open, held);
}

/** ln (eᵃ + eᵇ) */
export function logAdd(a: number, b: number): number {
  const [less, more] = a < b ? [a, b] : [b, a];
  return less === -Infinity ? more : more + Math.log1p(Math.exp(less - more));
}

function stepsIn(op: string, logProbs: Float32Array, V: number, blank: number): number {
  if (logProbs.length % V !== 0)
    throw new Error(`${op}: expected rows of ${V} numbers, but got ${logProbs.length} numbers`);
  if (!(Number.isInteger(blank) && blank >= 0 && blank < V))
    throw new Error(`${op}: expected a blank below ${V}, but got ${blank}`);
  return logProbs.length / V;
}
