// The BIO rule (Ramshaw and Marcus 1995): B-X begins a span of kind X, I-X goes on with one, O is outside of all; with a hyphen
// or, where labels are words, without.
import type { CrfAllowed } from '../ops/index.ts';

/** Which part of a span a label is; of O there is no kind. */
export interface BioLabel {
  begins: boolean;
  kind: string | undefined;
}

/** Undefined where that is not what these labels are: one has another form, or a span could not begin. */
export function bioLabels(names: readonly string[]): BioLabel[] | undefined {
  const labels = names.map(bioLabel);
  if (!labels.every((label) => label !== undefined)) return undefined;
  const kinds = new Set(labels.flatMap(({ begins, kind }) => (begins ? [kind] : [])));
  const begin = labels.every(({ kind }) => kind === undefined || kinds.has(kind));
  return kinds.size > 0 && begin ? labels : undefined;
}

function bioLabel(name: string): BioLabel | undefined {
  if (name === 'O') return { begins: false, kind: undefined };
  const [, part, kind] = name.match(/^([BI])-?(.+)$/) ?? [];
  return kind === undefined ? undefined : { begins: part === 'B', kind };
}

/** Which of `size` ids may follow one another; those beyond the labels are none, and may not. Undefined where any may. */
export function bioAllowed(names: readonly string[], size: number): CrfAllowed | undefined {
  const labels = bioLabels(names);
  if (!labels) return undefined;
  const allowed = { transitions: new Uint8Array(size * size), start: new Uint8Array(size) };
  for (const [to, label] of labels.entries()) {
    if (mayFollow(undefined, label)) allowed.start[to] = 1;
    for (const [from, before] of labels.entries())
      if (mayFollow(before, label)) allowed.transitions[from * size + to] = 1;
  }
  return allowed;
}

/** The first of the ids that may not stand where it does; undefined where all may. */
export function forbiddenAt(ids: ArrayLike<number>, { transitions, start }: CrfAllowed): number | undefined {
  const size = start.length;
  const isAllowed = (i: number) =>
    i === 0 ? start[ids[0]!] === 1 : transitions[ids[i - 1]! * size + ids[i]!] === 1;
  for (let i = 0; i < ids.length; i++) if (!isAllowed(i)) return i;
  return undefined;
}

function mayFollow(before: BioLabel | undefined, { begins, kind }: BioLabel): boolean {
  return begins || kind === undefined || before?.kind === kind;
}
