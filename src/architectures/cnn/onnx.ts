// Convolutional layers in an ONNX graph. A layer's state is the inputs that its next outputs still see.
import type { GraphPlace } from '../stacked/onnx.ts';
import type { CnnConfig } from './config.ts';
import { dilationOf } from './dilation.ts';

type Place = GraphPlace<CnnConfig>;

/** x (B, T, C) → (B, T, C) */
export function addConvLayers(place: Place, x: string): string {
  let stream = x;
  for (let layer = 0; layer < place.config.layers; layer++) {
    const path = place.pathOf(layer);
    const outputs = conv(place, layer, norm(place, `${path}.norm`, stream));
    stream = place.graph.add(`/${path}`, 'Add', [stream, outputs]);
  }
  return norm(place, place.norm, stream);
}

function norm({ weights, config }: Place, path: string, x: string): string {
  return weights.layerNorm(`/${path}`, x, path, config.width);
}

function conv({ graph, weights, config, pathOf, carries }: Place, layer: number, x: string): string {
  const { width: C, kernel } = config;
  const path = `${pathOf(layer)}.conv`;
  const at = `/${path}`;
  const dilation = dilationOf(config, layer);
  const span = (kernel - 1) * dilation;
  const dims = ['batch_size', span, C];
  const carried = () => {
    const past = graph.input(`past.${layer}.inputs`, 'float', dims);
    const all = graph.add(at, 'Concat', [past, x], { axis: 1 });
    const ends = [-span, Number.MAX_SAFE_INTEGER, 1].map((value) => graph.ints([value]));
    graph.output(graph.add(at, 'Slice', [all, ...ends]), `present.${layer}.inputs`, 'float', dims);
    return all;
  };
  const all = carries ? carried() : graph.add(at, 'Pad', [x, graph.ints([0, span, 0, 0, 0, 0])]); // (B, span + T, C)

  const matrix = weights.tensor(`${path}.weight`, [kernel * C, 2 * C]);
  const taps = graph.add(at, 'Reshape', [matrix, graph.ints([kernel, C, 2 * C])]);
  const filters = graph.add(at, 'Transpose', [taps], { perm: [2, 1, 0] }); // (2C, C, K)
  const bias = weights.tensor(`${path}.bias`, [2 * C]);
  const turned = graph.add(at, 'Transpose', [all], { perm: [0, 2, 1] });
  const sums = graph.add(at, 'Conv', [turned, filters, bias], { dilations: [dilation] }); // (B, 2C, T)
  const [values, gates] = graph.addMany(at, 'Split', [sums], { axis: 1 }, 2) as [string, string];
  const open = graph.add(at, 'Sigmoid', [gates]);
  return graph.add(at, 'Transpose', [graph.add(at, 'Mul', [values, open])], { perm: [0, 2, 1] });
}
