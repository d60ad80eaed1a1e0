// Recurrent layers in an ONNX graph.
import type { Attributes, GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import type { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import type { StackedConfig } from '../stacked/config.ts';
import type { GraphPlace } from '../stacked/onnx.ts';

/** A layer as ONNX has it. */
export interface OnnxLayer {
  /** ONNX's operator. */
  readonly type: string;
  readonly attributes?: Attributes;
  /** Which of our gates is ONNX's first, second, …. */
  readonly gates: readonly number[];
  readonly states: readonly string[];
  /** The last gate, which is ONNX's last as well, has a second bias `recurrent.bias`. */
  readonly recurrentBias?: boolean;
  /** Which of our peepholes is ONNX's first, second, …, where there are any. */
  readonly peepholes?: readonly number[] | undefined;
}

/** x (B, T, C) → (B, T, C) */
export function addRecurrentLayers(
  { graph, weights, config, pathOf, carries }: GraphPlace<StackedConfig>,
  x: string,
  kind: OnnxLayer,
): string {
  const { arch, layers, width } = config;
  let steps = graph.add(`/${arch}`, 'Transpose', [x], { perm: [1, 0, 2] }); // (T, B, C)
  for (let layer = 0; layer < layers; layer++)
    steps = addLayer({ graph, weights, kind, path: pathOf(layer), layer, C: width, carries }, steps);
  return graph.add(`/${arch}`, 'Transpose', [steps], { perm: [1, 0, 2] });
}

interface Place {
  graph: GraphBuilder;
  weights: GraphWeights;
  kind: OnnxLayer;
  /** Where the layer's weights are in the checkpoint. */
  path: string;
  layer: number;
  C: number;
  carries: boolean;
}

/** x (T, B, C) → (T, B, C) */
function addLayer({ graph, weights, kind, path, layer, C, carries }: Place, x: string): string {
  const at = `/${path}`;
  const dims = ['batch_size', C];
  const axis = graph.ints([0]);
  const oneDirection = (value: string) => graph.add(at, 'Unsqueeze', [value, axis]);
  const G = kind.gates.length * C;
  const parameter = (name: string, shape: number[]) => weights.tensor(`${path}.${name}`, shape);
  const state = (name: string) =>
    carries ? oneDirection(graph.input(`past.${layer}.${name}`, 'float', dims)) : ''; // zeros
  const matrix = (name: string) => {
    const gates = inOrder(graph, at, parameter(`${name}.weight`, [C, G]), 1, kind.gates);
    return oneDirection(graph.add(at, 'Transpose', [gates], { perm: [1, 0] }));
  };
  // ONNX has a second bias for all gates; ours is one.
  const bias = inOrder(graph, at, parameter('bias', [G]), 0, kind.gates);
  const empty = kind.recurrentBias ? G - C : G;
  const none = graph.tensor('zeros', 'float', [empty], () => new Uint8Array(4 * empty));
  const second = kind.recurrentBias ? [none, parameter('recurrent.bias', [C])] : [none];
  const biases = graph.add(at, 'Concat', [bias, ...second], { axis: 0 });
  const peepholes = () =>
    kind.peepholes && inOrder(graph, at, parameter('peepholes', [3 * C]), 0, kind.peepholes);
  const inputs = [
    x,
    matrix('input'),
    matrix('recurrent'),
    oneDirection(biases),
    '', // all texts have the same length
    ...kind.states.map(state),
    ...[peepholes()].filter((value) => value !== undefined).map(oneDirection),
  ];
  const attributes = { hidden_size: C, ...kind.attributes };
  const [outputs, ...after] = graph.addMany(at, kind.type, inputs, attributes, 1 + kind.states.length);
  for (const [i, name] of carries ? kind.states.entries() : []) {
    const value = graph.add(at, 'Squeeze', [after[i]!, axis]);
    graph.output(value, `present.${layer}.${name}`, 'float', dims);
  }
  return graph.add(at, 'Squeeze', [outputs!, graph.ints([1])]); // from (T, 1, B, C)
}

/** Our blocks along an axis, in ONNX's order. */
function inOrder(
  graph: GraphBuilder,
  at: string,
  value: string,
  axis: number,
  order: readonly number[],
): string {
  if (order.length === 1) return value;
  const blocks = graph.addMany(at, 'Split', [value], { axis }, order.length);
  return graph.add(
    at,
    'Concat',
    order.map((block) => blocks[block]!),
    { axis },
  );
}
