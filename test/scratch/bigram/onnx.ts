// The bigram as an ONNX graph.
import type { FloatTensor } from '../../../src/base/safetensors-file.ts';
import { GraphBuilder } from '../../../src/formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../../src/formats/onnx/graph-weights.ts';
import type { BigramConfig } from './index.ts';

export function bigramGraph(
  { vocabSize, width, tilt }: BigramConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
): GraphBuilder {
  const graph = new GraphBuilder();
  const weights = new GraphWeights(graph, tensors, 'fp32');
  const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  const words = weights.rows('/table', ids, 'table.weight', [vocabSize, width]);
  const scores = weights.productWithRows('/head', words, 'head.weight', [vocabSize, width]);
  const biased = graph.add('/head', 'Add', [scores, weights.tensor('head.bias', [vocabSize])]);
  const logits = graph.add('/head', 'Add', [biased, graph.float(tilt)]);
  graph.output(logits, 'logits', 'float', ['batch_size', 'sequence_length', vocabSize]);
  return graph;
}
