// What attention adds to its scores in a graph: 0 where a position may look, MASKED elsewhere.
import { MASKED } from '../../ops/attention.ts';
import { type GraphBuilder, TYPE } from './graph-builder.ts';

/** seen, of any shape, bool */
export function addedMask(graph: GraphBuilder, at: string, seen: string): string {
  return graph.add(at, 'Where', [seen, graph.float(0), graph.float(MASKED)]);
}

/** attended (B, S), 1 for a token and 0 for padding → (B, 1, 1, S) bool */
export function isReal(graph: GraphBuilder, at: string, attended: string): string {
  const real = graph.add(at, 'Cast', [attended], { to: TYPE.bool });
  return graph.add(at, 'Unsqueeze', [real, graph.ints([1, 2])]);
}

/** attended (B, S) → (B, 1, 1, S), which is added to the scores of whoever looks at these texts. */
export function paddingMask(graph: GraphBuilder, attended: string): string {
  return addedMask(graph, '/mask', isReal(graph, '/mask', attended));
}
