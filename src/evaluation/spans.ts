// Spans of BIO labels, counted as CoNLL's conlleval does: right are those whose kind, beginning and end are the reference's.
import type { BioLabel } from '../architectures/bio.ts';

export interface SpanCounts {
  written: number;
  wanted: number;
  right: number;
}

/** An I that goes on with nothing begins a span. Ids beyond the labels are outside of all. */
export function spansOf(ids: ArrayLike<number>, labels: readonly BioLabel[]): Set<string> {
  const spans = new Set<string>();
  let open: { kind: string; from: number } | undefined;
  for (let i = 0; i <= ids.length; i++) {
    const { begins, kind } = labels[ids[i]!] ?? { begins: false, kind: undefined };
    if (open && (begins || kind !== open.kind)) {
      spans.add(`${open.kind} ${open.from}–${i}`);
      open = undefined;
    }
    if (kind !== undefined) open ??= { kind, from: i };
  }
  return spans;
}

/** Of texts side by side. */
export function spanCounts(
  written: readonly ArrayLike<number>[],
  wanted: readonly ArrayLike<number>[],
  labels: readonly BioLabel[],
): SpanCounts {
  const counts = { written: 0, wanted: 0, right: 0 };
  for (const [i, ids] of written.entries()) {
    const [ours, theirs] = [spansOf(ids, labels), spansOf(wanted[i]!, labels)];
    counts.written += ours.size;
    counts.wanted += theirs.size;
    counts.right += [...ours].filter((span) => theirs.has(span)).length;
  }
  return counts;
}

/** The harmonic mean of the share of written spans that are right and the share of wanted ones that are found. */
export function f1Of({ written, wanted, right }: SpanCounts): number {
  return right === 0 ? 0 : (2 * right) / (written + wanted);
}
