// Matches a pattern in time linear in the text, however the two were made: by backtracking that never tries the same place in
// the pattern at the same place in the text twice. The matches are those of an ordinary backtracking engine.
import { TsgptError } from '../../base/errors.ts';
import { END_OF_TEXT } from '../tokenizer.ts';
import { BitSet } from './bit-set.ts';
import type { Test } from './regex-characters.ts';
import { type Node, parseRegex } from './regex-syntax.ts';

export type Span = readonly [start: number, end: number];

/** What to do at a place in the pattern; `to` is where to go on, and `or` where if that fails. */
type Instruction =
  | { readonly kind: 'character'; readonly test: Test }
  | { readonly kind: 'ahead'; readonly test: Test; readonly isNegative: boolean }
  | { readonly kind: 'fork'; readonly point: number; to: number; or: number }
  | { readonly kind: 'jump'; to: number }
  | { readonly kind: 'match' };

const MOST_STEPS = 10_000;
/** Of what was tried: a GiB of them. */
const MOST_BITS = 2 ** 33;

/** Gives the matches from left to right, none of which is empty. */
export type Matcher = (text: string) => Span[];

export function createMatcher(pattern: string): Matcher {
  const root = parseRegex(pattern);
  if (isNullable(root)) throw new TsgptError(`the pattern ${JSON.stringify(pattern)} matches the empty text`);
  const program = compile(root, pattern);
  const points = program.filter(({ kind }) => kind === 'fork').length;
  return (text) => {
    const bits = (text.length + 1) * points;
    if (bits > MOST_BITS)
      throw new TsgptError(
        `the pattern ${JSON.stringify(pattern)} has ${points} forks, too many for a text of ${text.length} characters`,
        `write ${END_OF_TEXT} where a document ends`,
      );
    const tried = new BitSet(bits);
    const spans: Span[] = [];
    for (let start = 0; start < text.length; ) {
      const end = matchAt(program, points, text, start, tried);
      if (end === undefined) start += text.codePointAt(start)! > 0xffff ? 2 : 1;
      else {
        spans.push([start, end]);
        for (let bit = end * points; bit < (end + 1) * points; bit++) tried.remove(bit);
        start = end; // what was tried there led to a match, so it may again
      }
    }
    return spans;
  };
}

function matchAt(
  program: readonly Instruction[],
  points: number,
  text: string,
  start: number,
  tried: BitSet,
): number | undefined {
  const waiting: [at: number, place: number][] = [[0, start]];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    let [at, place] = state;
    for (;;) {
      const instruction = program[at]!;
      if (instruction.kind === 'match') return place;
      if (instruction.kind === 'jump') {
        at = instruction.to;
        continue;
      }
      if (instruction.kind === 'fork') {
        const bit = place * points + instruction.point;
        if (!tried.add(bit)) break;
        waiting.push([instruction.or, place]);
        at = instruction.to;
        continue;
      }
      const codePoint = text.codePointAt(place);
      const holds = codePoint !== undefined && instruction.test(codePoint);
      if (instruction.kind === 'ahead' ? holds === instruction.isNegative : !holds) break;
      if (instruction.kind === 'character') place += codePoint! > 0xffff ? 2 : 1;
      at++;
    }
  }
  return undefined;
}

function isNullable(node: Node): boolean {
  if (node.kind === 'character') return false;
  if (node.kind === 'repeat') return node.least === 0 || isNullable(node.node);
  if (node.kind === 'sequence') return node.nodes.every(isNullable);
  return node.kind === 'ahead' || node.nodes.some(isNullable);
}

function compile(root: Node, pattern: string): Instruction[] {
  const program: Instruction[] = [];
  let points = 0;
  let steps = 0;
  const add = <One extends Instruction>(instruction: One): One => {
    program.push(instruction);
    return instruction;
  };
  const fork = () => add({ kind: 'fork' as const, point: points++, to: program.length, or: program.length });
  const leave = (place: ReturnType<typeof fork>, isLazy: boolean) => {
    if (isLazy) [place.to, place.or] = [program.length, place.to];
    else place.or = program.length;
  };

  function put(node: Node): void {
    if (++steps > MOST_STEPS)
      throw new TsgptError(
        `the pattern ${JSON.stringify(pattern)} repeats so much that it takes more than ${MOST_STEPS} steps`,
      );
    if (node.kind === 'character' || node.kind === 'ahead') add(node);
    else if (node.kind === 'sequence') for (const one of node.nodes) put(one);
    else if (node.kind === 'choice') putChoice(node.nodes);
    else putRepeat(node);
  }

  function putChoice(nodes: readonly Node[]): void {
    const ends = nodes.slice(0, -1).map((node) => {
      const choice = fork();
      choice.to = program.length;
      put(node);
      const end = add({ kind: 'jump' as const, to: 0 });
      choice.or = program.length;
      return end;
    });
    put(nodes.at(-1)!);
    for (const end of ends) end.to = program.length;
  }

  function putRepeat({ node, least, most, isLazy }: Extract<Node, { kind: 'repeat' }>): void {
    for (let i = 0; i < least; i++) put(node);
    if (most === Infinity) {
      const loop = program.length;
      const again = fork();
      again.to = program.length;
      put(node);
      add({ kind: 'jump' as const, to: loop });
      leave(again, isLazy);
      return;
    }
    const optional = Array.from({ length: most - least }, () => {
      const one = fork();
      one.to = program.length;
      put(node);
      return one;
    });
    for (const one of optional) leave(one, isLazy);
  }

  put(root);
  add({ kind: 'match' });
  return program;
}
