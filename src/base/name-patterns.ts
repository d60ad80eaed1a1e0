// Patterns for dotted names such as h.0.attn.c_attn.weight: a pattern is one or more whole parts that follow one another
// (h.0, c_attn, attn.c_proj), and * in it stands for anything (h.*.ln_1).
import { UsageError } from './errors.ts';
import { nearest } from './nearest.ts';

/** Returns the names that any pattern fits, in their order; each pattern must fit one. `what` names them in errors. */
export function matchNames(patterns: readonly string[], names: readonly string[], what: string): string[] {
  const matched = new Set<string>();
  for (const pattern of patterns) {
    const expression = expressionOf(pattern);
    const fitting = names.filter((name) => expression.test(name));
    if (fitting.length === 0) throw fitsNothing(pattern, names, what);
    for (const name of fitting) matched.add(name);
  }
  return names.filter((name) => matched.has(name));
}

function expressionOf(pattern: string): RegExp {
  const literal = pattern.split(/\*+/).map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(^|\\.)${literal.join('.*')}(\\.|$)`);
}

function fitsNothing(pattern: string, names: readonly string[], what: string): UsageError {
  const near = nearest(pattern, new Set(names.flatMap(stretches)));
  return new UsageError(
    `${what} ${JSON.stringify(pattern)} fits no name`,
    near === undefined ? `names look like ${names.slice(0, 3).join(', ')}` : `did you mean ${near}?`,
  );
}

/** Returns every sequence of whole parts in a name. */
function stretches(name: string): string[] {
  const parts = name.split('.');
  return parts.flatMap((_, start) =>
    parts.slice(start).map((_, length) => parts.slice(start, start + length + 1).join('.')),
  );
}
