// How long the texts of a graph are, and the places in them.
import type { GraphBuilder } from './graph-builder.ts';

/** x (B, T, …) → T, a scalar */
export function lengthOf(graph: GraphBuilder, at: string, x: string): string {
  const size = graph.add(at, 'Shape', [x], { start: 1, end: 2 });
  return graph.add(at, 'Squeeze', [size, graph.ints([0])]);
}

/** x (B, T, …) → 0, 1, … T − 1: (T) */
export function placesOf(graph: GraphBuilder, at: string, x: string): string {
  return graph.add(at, 'Range', [graph.ints(0), lengthOf(graph, at, x), graph.ints(1)]);
}
