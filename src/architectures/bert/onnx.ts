// BERT as an ONNX graph; inputs and outputs are those that transformers.js feeds and reads.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import type { Dtype } from '../../formats/onnx/dtypes.ts';
import { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import { paddingMask } from '../../formats/onnx/mask.ts';
import type { BertConfig } from './config.ts';
import { BertEncoderGraph, scopeOf } from './onnx-encoder.ts';
import { EMBEDDINGS, HEAD, layerName } from './parameters.ts';

export function bertGraph(
  config: BertConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
  dtype: Dtype,
): GraphBuilder {
  const { vocabSize, layers, width } = config;
  const graph = new GraphBuilder();
  const weights = new GraphWeights(graph, tensors, dtype);
  const encoder = new BertEncoderGraph(graph, weights, config);
  const input = (name: string) => graph.input(name, 'int64', ['batch_size', 'sequence_length']);
  const [ids, attended, types] = [input('input_ids'), input('attention_mask'), input('token_type_ids')];
  const mask = paddingMask(graph, attended);
  let x = encoder.embedded(EMBEDDINGS, ids, types, config); // (B, T, C)
  for (let i = 0; i < layers; i++) x = encoder.layer(x, layerName(i), mask);
  const at = scopeOf(HEAD);
  const transformed = encoder.gelu(at, encoder.linear(`${HEAD}.transform.dense`, x, width, width));
  x = encoder.norm(`${HEAD}.transform`, transformed);
  const scores = weights.productWithRows(at, x, `${EMBEDDINGS}.word_embeddings.weight`, [vocabSize, width]);
  const biased = graph.add(at, 'Add', [scores, weights.tensor(`${HEAD}.bias`, [vocabSize])]);
  graph.output(weights.cast(at, biased, 'float'), 'logits', 'float', [
    'batch_size',
    'sequence_length',
    vocabSize,
  ]);
  return graph;
}
