// What architectures share: building layers, naming parameters, filling in initial values, tidy calls.
import * as tf from '#tfjs';
import { keyFor, Stream } from '../base/random.ts';
import type { ModelLayer } from '../layers/index.ts';
import type { Specs } from '../layers/parameters.ts';
import type { LowRank } from '../ops/index.ts';
import type { LayerRow } from './language-model.ts';

export type NamedLayers = readonly (readonly [name: string, layer: ModelLayer])[];

/** Builds the layers and returns their variables by name, in order. */
export function buildLayers(layers: NamedLayers, width: number): Map<string, tf.Variable> {
  const parameters = new Map<string, tf.Variable>();
  for (const [name, layer] of layers) {
    layer.build([null, null, width]);
    for (const [path, variable] of layer.variables(`${name}.`))
      parameters.set(path, variable.read() as tf.Variable);
  }
  return parameters;
}

/** See ModelLayer.adapt. */
export function adaptLayers(layers: NamedLayers, name: string, adapter: LowRank): void {
  for (const [prefix, layer] of layers)
    if (name.startsWith(`${prefix}.`)) layer.adapt(name.slice(prefix.length + 1), adapter);
}

export function layerRows(layers: NamedLayers): LayerRow[] {
  return layers.flatMap(([name, layer]) => {
    const children = layer.children();
    if (children.length > 0)
      return layerRows(children.map(([child, inner]) => [`${name}.${child}`, inner] as const));
    let parameters = 0;
    for (const variable of layer.variables().values())
      parameters += tf.util.sizeFromShape(variable.shape as number[]);
    return [{ name, kind: layer.getClassName(), parameters, flopsPerToken: layer.flopsPerToken() }];
  });
}

/** Sets every parameter from a stream of its own, so that one more layer does not change the others' values. */
export function initialise(parameters: ReadonlyMap<string, tf.Variable>, seed: number, specs: Specs): void {
  for (const { name, initial } of specs) {
    const variable = parameters.get(name)!;
    const stream = new Stream(keyFor(seed, `init ${name}`));
    const values = Float32Array.from({ length: variable.size }, (_, i) => initial(stream, i));
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}

/** The last position of (B, T, C), kept as (B, 1, C). */
export function lastPosition(x: tf.Tensor3D): tf.Tensor3D {
  const [B, T, C] = x.shape;
  if (T === 1) return x;
  return tf.slice3d(x, [0, T - 1, 0], [B, 1, C]);
}
