// A GPT-2's weights under our model's names: nothing missing, nothing of another shape, nothing that is no number.
import { TsgptError } from '../base/errors.ts';
import { FLOAT_DTYPES, isFloatDtype } from '../base/float-dtypes.ts';
import { namesOnDisk } from '../checkpoint/names.ts';
import type { GptConfig } from '../config/model.ts';
import type { WeightsFile } from './weights.ts';

export interface LazyTensor {
  readonly shape: readonly number[];
  readonly data: () => Promise<Float32Array>;
}

const EMBEDDING = 'wte.weight';
const HEAD = 'lm_head.weight';

/** Names and shapes are checked here, values when they are read. `where` is only named in errors. */
export function gpt2Parameters(
  weights: WeightsFile,
  config: GptConfig,
  where: string,
): Map<string, LazyTensor> {
  const storedAs = storedNames(weights, where);
  const parameters = new Map<string, LazyTensor>();
  const read = async (stored: string) => finite(await weights.read(stored), `${where}: tensor ${stored}`);
  for (const [name, shape] of shapesOf(config)) {
    const stored = storedAs.get(name);
    if (stored === undefined) {
      throw new TsgptError(
        `${where} has no tensor ${name}`,
        'it must hold all the weights of a GPT-2 of the sizes in config.json',
      );
    }
    checkTensor(weights, stored, shape, where);
    parameters.set(name, { shape, data: () => read(stored) });
  }
  if (!weights.tensors.has(HEAD)) return parameters;
  const [name, { shape }] = [storedAs.get(EMBEDDING)!, parameters.get(EMBEDDING)!];
  checkTensor(weights, HEAD, shape, where);
  return parameters.set(EMBEDDING, {
    shape,
    data: async () => tied(await read(name), await weights.read(HEAD), where),
  });
}

/** Our names → those in the file. */
function storedNames(weights: WeightsFile, where: string): Map<string, string> {
  const storedAs = new Map<string, string>();
  for (const stored of weights.tensors.keys()) {
    const name = namesOnDisk('gpt').fromDisk(stored);
    if (name === undefined) continue;
    const other = storedAs.get(name);
    if (other !== undefined)
      throw new TsgptError(`${where} has two tensors for ${name}: ${other} and ${stored}`);
    storedAs.set(name, stored);
  }
  return storedAs;
}

/** In the order in which our model has them. One by one: a config.json may claim any number of layers. */
function* shapesOf({ vocabSize, context, layers, width }: GptConfig): Generator<[string, number[]]> {
  const norm = function* (name: string): Generator<[string, number[]]> {
    yield [`${name}.weight`, [width]];
    yield [`${name}.bias`, [width]];
  };
  const linear = function* (name: string, inner: number, outer: number): Generator<[string, number[]]> {
    yield [`${name}.weight`, [inner, outer]];
    yield [`${name}.bias`, [outer]];
  };
  yield [EMBEDDING, [vocabSize, width]];
  yield ['wpe.weight', [context, width]];
  for (let i = 0; i < layers; i++) {
    yield* norm(`h.${i}.ln_1`);
    yield* linear(`h.${i}.attn.c_attn`, width, 3 * width);
    yield* linear(`h.${i}.attn.c_proj`, width, width);
    yield* norm(`h.${i}.ln_2`);
    yield* linear(`h.${i}.mlp.c_fc`, width, 4 * width);
    yield* linear(`h.${i}.mlp.c_proj`, 4 * width, width);
  }
  yield* norm('ln_f');
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

function finite(values: Float32Array, what: string): Float32Array {
  let at = 0;
  while (at < values.length && Number.isFinite(values[at]!)) at++;
  if (at === values.length) return values;
  throw new TsgptError(
    `${what} holds ${values[at]} at position ${at}`,
    'the weights are broken: fetch them again, or use another checkpoint',
  );
}

/** Our model has no output layer of its own. */
function tied(embedding: Float32Array, head: Float32Array, where: string): Float32Array {
  let at = 0;
  while (at < embedding.length && embedding[at] === head[at]) at++;
  if (at === embedding.length) return embedding;
  throw new TsgptError(
    `${where} has an output layer of its own: lm_head.weight differs from wte.weight at position ${at}`,
    'tsgpt’s GPT uses the token embedding for its output, as GPT-2 does; this model cannot be imported',
  );
}
