// What a TypeScript file imports, read from its text as the formatter lays it out.

export interface Imports {
  /** Loaded with the file. */
  static: string[];
  /** import('…') */
  dynamic: string[];
  /** import type, export type: gone once compiled. */
  types: string[];
}

// At the start of a line; a list of names may run over several.
const STATEMENT = /^(?:import|export)(?: (type)(?= [{*\w]))?(?: [^'";=()]*?from)? '([^']+)'/gm;
const CALL = /\bimport\('([^']+)'\)/g;

export function importsOf(source: string): Imports {
  const code = source.replace(/^\s*\/\/.*$/gm, '');
  const statements = [...code.matchAll(STATEMENT)];
  const named = (type: boolean) =>
    statements.filter((match) => (match[1] === 'type') === type).map((match) => match[2]!);
  return {
    static: named(false),
    dynamic: [...code.matchAll(CALL)].map((match) => match[1]!),
    types: named(true),
  };
}
