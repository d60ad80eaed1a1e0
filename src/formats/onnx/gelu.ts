// GPT-2's GELU in a graph, of operators that every runtime has.
import type { GraphBuilder } from './graph-builder.ts';

/** 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))); `constant` has the type that the graph computes in. */
export function gelu(
  graph: GraphBuilder,
  at: string,
  x: string,
  constant = (value: number) => graph.float(value),
): string {
  const mul = (a: string, b: string) => graph.add(at, 'Mul', [a, b]);
  const cube = graph.add(at, 'Pow', [x, constant(3)]);
  const sum = graph.add(at, 'Add', [x, mul(cube, constant(0.044715))]);
  const tanh = graph.add(at, 'Tanh', [mul(sum, constant(Math.sqrt(2 / Math.PI)))]);
  return mul(mul(x, constant(0.5)), graph.add(at, 'Add', [tanh, constant(1)]));
}
