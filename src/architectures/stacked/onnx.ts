// A stacked model as an ONNX graph: each layer's state goes in (zeros at the start of a text) and comes out. The weights stay
// as the checkpoint has them; the graph itself brings them into ONNX's order, once, when it is loaded.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import type { StackedConfig } from './config.ts';

/** What layers are added to. */
export interface GraphPlace<Config> {
  readonly graph: GraphBuilder;
  readonly weights: GraphWeights;
  readonly config: Config;
  /** Where a layer's weights are in the checkpoint, and those of the norm after the last, if there is one. */
  readonly pathOf: (layer: number) => string;
  readonly norm: string;
  /** Whether states go in and come out; otherwise a text stands there from its start. */
  readonly carries: boolean;
}

/** Adds all that stands between the embedding and the output layer: x (B, T, C) → (B, T, C) */
export type OnnxLayers<Config> = (place: GraphPlace<Config>, x: string) => string;

export function stackedGraph<Config extends StackedConfig>(
  config: Config,
  tensors: ReadonlyMap<string, FloatTensor>,
  addLayers: OnnxLayers<Config>,
): GraphBuilder {
  const { vocabSize, width, tiedHead } = config;
  const graph = new GraphBuilder();
  const weights = new GraphWeights(graph, tensors, 'fp32');
  const shape = [vocabSize, width] as const;
  const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  const words = weights.rows('/embedding', ids, 'embedding.weight', shape); // (B, T, C)
  const pathOf = (layer: number) => `${config.arch}.${layer}`;
  const hidden = addLayers({ graph, weights, config, pathOf, norm: 'norm', carries: true }, words);
  const matrix = tiedHead ? 'embedding.weight' : 'head.weight';
  const scores = weights.productWithRows('/head', hidden, matrix, shape);
  const logits = graph.add('/head', 'Add', [scores, weights.tensor('head.bias', [vocabSize])]);
  graph.output(logits, 'logits', 'float', ['batch_size', 'sequence_length', vocabSize]);
  return graph;
}
