// Between a model's variables and the tensors of a checkpoint.
import * as tf from '#tfjs';
import { TsgptError } from '../base/errors.ts';
import type { FloatTensor } from '../base/safetensors-file.ts';
import type { Tensors } from '../checkpoint/checkpoint.ts';
import type { OpenedCheckpoint } from '../checkpoint/load.ts';

type Variables = ReadonlyMap<string, tf.Variable>;

/** On a CPU backend the arrays are the variables' own memory, so the next step changes them. */
export async function tensorsOf(variables: Variables): Promise<Tensors> {
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [name, variable] of variables) {
    tensors.set(name, { shape: variable.shape, data: await variable.data<'float32'>() });
  }
  return tensors;
}

/** Every variable gets its tensor; a missing or misshapen one is named. */
export function assignTensors(variables: Variables, tensors: Tensors, where: string): void {
  for (const [name, variable] of variables) assign(variable, name, tensors.get(name), where);
}

/** The same from a checkpoint that is not in memory as a whole. */
export async function assignParameters(
  variables: Variables,
  { eachParameter }: Pick<OpenedCheckpoint, 'eachParameter'>,
  where: string,
): Promise<void> {
  const missing = new Map(variables);
  await eachParameter((name, tensor) => {
    const variable = missing.get(name);
    if (variable) assign(variable, name, tensor, where);
    missing.delete(name);
  });
  for (const [name, variable] of missing) assign(variable, name, undefined, where);
}

function assign(variable: tf.Variable, name: string, tensor: FloatTensor | undefined, where: string): void {
  if (tensor === undefined) throw new TsgptError(`${where} has no tensor ${name}`);
  if (tensor.shape.join() !== variable.shape.join())
    throw new TsgptError(
      `${where}: expected ${name} of shape (${variable.shape}), but got (${tensor.shape})`,
      'the model settings must be those of the checkpoint',
    );
  tf.tidy(() => variable.assign(tf.tensor(tensor.data, [...tensor.shape])));
}
