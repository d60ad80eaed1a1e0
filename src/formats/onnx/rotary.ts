// The cosines and sines of rotary positions in a graph. A table of all positions of a long context would be larger than many a
// model: a position is a multiple of STEP and what is left, whose turns are looked up and follow one another.
import { turnsOf } from '../../ops/pack-heads.ts';
import { bytesOf, type GraphBuilder } from './graph-builder.ts';

const STEP = 256;

export interface Turns {
  cos: string;
  sin: string;
}

interface Rotary {
  readonly frequencies: readonly number[];
  /** The positions, (B, T) */
  readonly ids: string;
  /** How many there can be. */
  readonly context: number;
}

/** → each (B, T, F) of F frequencies, float */
export function turnsAt(graph: GraphBuilder, at: string, { frequencies, ids, context }: Rotary): Turns {
  const lookUp = (name: string, rows: number, step: number, index: string): Turns => {
    const table = graph.tensor(`${at}/${name}`, 'float', [rows, 2 * frequencies.length], () =>
      bytesOf(turnsOf(frequencies, rows, step)),
    );
    const [cos, sin] = graph.addMany(at, 'Split', [graph.add(at, 'Gather', [table, index])], { axis: 2 }, 2);
    return { cos: cos!, sin: sin! };
  };
  const step = graph.ints(STEP);
  const multiple = graph.add(at, 'Div', [ids, step]);
  const rest = graph.add(at, 'Sub', [ids, graph.add(at, 'Mul', [multiple, step])]);
  const a = lookUp('steps', Math.ceil(context / STEP), STEP, multiple);
  const b = lookUp('positions', Math.min(STEP, context), 1, rest);
  const product = (x: string, y: string) => graph.add(at, 'Mul', [x, y]);
  return {
    cos: graph.add(at, 'Sub', [product(a.cos, b.cos), product(a.sin, b.sin)]),
    sin: graph.add(at, 'Add', [product(a.sin, b.cos), product(a.cos, b.sin)]),
  };
}
