// Weights from outside under a model's names: nothing missing, nothing of another shape, nothing that is no number.
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import { TsgptError } from '../base/errors.ts';
import { FLOAT_DTYPES, isFloatDtype } from '../base/float-dtypes.ts';
import { turned } from '../base/turned.ts';
import type { WeightsFile } from './weights.ts';

export interface LazyTensor {
  readonly shape: readonly number[];
  readonly data: () => Promise<Float32Array>;
}

/** Names and shapes are checked here, values when they are read. `where` is only named in errors. */
export function parametersOf(
  weights: WeightsFile,
  config: ModelConfig,
  where: string,
): Map<string, LazyTensor> {
  const { parameters: specsOf, disk, title } = architectureOf(config);
  const storedAs = storedNames(weights, disk.fromDisk, where);
  const parameters = new Map<string, LazyTensor>();
  const read = async (stored: string) => finite(await weights.read(stored), `${where}: tensor ${stored}`);
  for (const { name, shape } of specsOf(config)) {
    const stored = storedAs.get(name);
    if (stored === undefined && disk.mayLack?.(name)) {
      parameters.set(name, { shape, data: async () => new Float32Array(shape.reduce((a, b) => a * b, 1)) });
      continue;
    }
    if (stored === undefined) {
      throw new TsgptError(
        `${where} has no tensor ${name}`,
        `it must hold all the weights of a model (${title}) of the sizes in config.json`,
      );
    }
    const isTurned = disk.isTurned?.(name) ?? false;
    const storedShape = isTurned ? shape.toReversed() : shape;
    checkTensor(weights, stored, storedShape, where);
    const data = async () => {
      const values = await read(stored);
      return isTurned ? turned({ shape: storedShape, data: values }).data : values;
    };
    parameters.set(name, { shape, data });
  }
  for (const tied of disk.tied?.(config) ?? []) {
    if (!weights.tensors.has(tied.stored)) continue;
    const { shape, data } = parameters.get(tied.parameter)!;
    checkTensor(weights, tied.stored, shape, where);
    parameters.set(tied.parameter, {
      shape,
      data: async () => same(await data(), await weights.read(tied.stored), tied, where),
    });
  }
  return parameters;
}

/** Maps our names to those in the file. */
function storedNames(
  weights: WeightsFile,
  fromDisk: (name: string) => string | undefined,
  where: string,
): Map<string, string> {
  const storedAs = new Map<string, string>();
  for (const stored of weights.tensors.keys()) {
    const name = fromDisk(stored);
    if (name === undefined) continue;
    const other = storedAs.get(name);
    if (other !== undefined)
      throw new TsgptError(`${where} has two tensors for ${name}: ${other} and ${stored}`);
    storedAs.set(name, stored);
  }
  return storedAs;
}

function checkTensor(
  { tensors }: WeightsFile,
  stored: string,
  wanted: readonly number[],
  where: string,
): void {
  const { dtype, shape } = tensors.get(stored)!;
  if (shape.join() !== wanted.join()) {
    throw new TsgptError(
      `${where}: expected ${stored} of shape (${wanted}), but got (${shape})`,
      'config.json and the weights must be of the same model',
    );
  }
  if (isFloatDtype(dtype)) return;
  throw new TsgptError(
    `${where} stores tensor ${stored} as ${dtype}; only ${FLOAT_DTYPES.join(', ')} can be read`,
    'quantised weights cannot be turned back: use those they were made from',
  );
}

export function finite(values: Float32Array, what: string): Float32Array {
  let at = 0;
  while (at < values.length && Number.isFinite(values[at]!)) at++;
  if (at === values.length) return values;
  throw new TsgptError(
    `${what} holds ${values[at]} at position ${at}`,
    'the weights are broken: fetch them again, or use another checkpoint',
  );
}

/** A stored output layer must have the embedding's values, since our model ties the two. */
function same(
  embedding: Float32Array,
  head: Float32Array,
  names: { stored: string; parameter: string },
  where: string,
): Float32Array {
  let at = 0;
  while (at < embedding.length && embedding[at] === head[at]) at++;
  if (at === embedding.length) return embedding;
  throw new TsgptError(
    `${where} has an output layer of its own: ${names.stored} differs from ${names.parameter} at position ${at}`,
    'tsgpt’s model uses the token embedding for its output; this one cannot be imported',
  );
}
