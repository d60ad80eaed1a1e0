// The LSTM as an ONNX graph: each layer's state goes in (zeros at the start of a text) and comes out.
// The weights stay as the checkpoint has them; the graph itself brings them into ONNX's order, once, when it is loaded.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import type { LstmConfig } from './config.ts';

export function lstmGraph(config: LstmConfig, tensors: ReadonlyMap<string, FloatTensor>): GraphBuilder {
  const { vocabSize, layers, width, tiedHead } = config;
  const graph = new GraphBuilder();
  const weights = new GraphWeights(graph, tensors, 'fp32');
  const shape = [vocabSize, width] as const;
  const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  const words = weights.rows('/embedding', ids, 'embedding.weight', shape); // (B, T, C)
  let x = graph.add('/lstm', 'Transpose', [words], { perm: [1, 0, 2] }); // (T, B, C)
  for (let layer = 0; layer < layers; layer++) x = addLayer(graph, weights, layer, x, width);
  const hidden = graph.add('/lstm', 'Transpose', [x], { perm: [1, 0, 2] }); // (B, T, C)
  const matrix = tiedHead ? 'embedding.weight' : 'head.weight';
  const scores = weights.productWithRows('/head', hidden, matrix, shape);
  const logits = graph.add('/head', 'Add', [scores, weights.tensor('head.bias', [vocabSize])]);
  graph.output(logits, 'logits', 'float', ['batch_size', 'sequence_length', vocabSize]);
  return graph;
}

/** x (T, B, C) → (T, B, C) */
function addLayer(graph: GraphBuilder, weights: GraphWeights, layer: number, x: string, C: number): string {
  const at = `/lstm.${layer}`;
  const dims = ['batch_size', C];
  const axis = graph.ints([0]);
  const state = (kind: string) =>
    graph.add(at, 'Unsqueeze', [graph.input(`past.${layer}.${kind}`, 'float', dims), axis]);
  const parameter = (name: string, shape: number[]) => weights.tensor(`lstm.${layer}.${name}`, shape);
  const matrix = (name: string) => {
    const gates = inOnnxOrder(graph, at, parameter(`${name}.weight`, [C, 4 * C]), 1);
    return graph.add(at, 'Unsqueeze', [graph.add(at, 'Transpose', [gates], { perm: [1, 0] }), axis]);
  };
  // ONNX has a second bias; ours is one.
  const bias = inOnnxOrder(graph, at, parameter('bias', [4 * C]), 0);
  const none = graph.tensor('zeros', 'float', [4 * C], () => new Uint8Array(4 * 4 * C));
  const biases = graph.add(at, 'Concat', [bias, none], { axis: 0 });
  const [outputs, hidden, cell] = graph.addMany(
    at,
    'LSTM',
    [
      x,
      matrix('input'),
      matrix('recurrent'),
      graph.add(at, 'Unsqueeze', [biases, axis]),
      '', // all texts have the same length
      state('hidden'),
      state('cell'),
    ],
    { hidden_size: C },
    3,
  );
  const give = (value: string, kind: string) =>
    graph.output(graph.add(at, 'Squeeze', [value, axis]), `present.${layer}.${kind}`, 'float', dims);
  give(hidden!, 'hidden');
  give(cell!, 'cell');
  return graph.add(at, 'Squeeze', [outputs!, graph.ints([1])]); // from (T, 1, B, C)
}

/** Our gates stand in PyTorch's order (input, forget, cell, output); ONNX's is input, output, forget, cell. */
function inOnnxOrder(graph: GraphBuilder, at: string, gates: string, axis: number): string {
  const [input, forget, cell, output] = graph.addMany(at, 'Split', [gates], { axis }, 4);
  return graph.add(at, 'Concat', [input!, output!, forget!, cell!], { axis });
}
