// updateOp: an optimizer's update of all parameters in one step, clipped and in place, from its rule for one parameter.
// Neither the loss nor the norm, which decide whether anything changes, need be known here: a GPU would have to be waited
// for. A kernel takes parameter0, gradient0, then the state by name (mean0 …), parameter1 …, loss and norm as inputs, the
// settings and weightDecay, one for each parameter, as attributes; it writes parameters and state and returns nothing.
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { clipScale } from './clip.ts';
import { hasKernel, runKernel } from './kernel.ts';

/** What an optimizer keeps of a parameter from step to step, by name, each of the parameter's shape. */
type State = Partial<Record<string, tf.Variable>>;

interface Trained {
  parameter: tf.Variable;
  gradient: tf.Tensor;
  weightDecay: number;
}

export type UpdateItem<S extends State> = Trained & S;

/** The settings that every optimizer's step has; its own stand beside them. */
export interface UpdateSettings {
  learningRate: number;
  /** Counts from 1. */
  step: number;
  /** Gradients whose global norm is longer are shortened to this; 0 leaves them as they are. */
  clip: number;
}

/** Nothing is updated if one of them is not finite. */
export interface UpdateMeasures {
  loss: tf.Scalar;
  /** The norm is that of all gradients together. */
  norm: tf.Scalar;
}

interface UpdateRule<S extends State, Own> {
  op: string;
  /** The backend's kernel, where it has one; the rule is composed of plain tfjs ops elsewhere. */
  kernel?: string;
  /** The names of what is kept with these settings. */
  state(settings: Own): readonly (keyof S & string)[];
  /** The new values; the gradient is clipped already. */
  compose(
    item: Readonly<UpdateItem<S>>,
    gradient: tf.Tensor,
    settings: Own & UpdateSettings,
  ): { parameter: tf.Tensor } & { [Name in keyof S]: tf.Tensor };
}

export interface UpdateOp<S extends State, Own> {
  (items: readonly UpdateItem<S>[], settings: Own & UpdateSettings, measures: UpdateMeasures): void;
  state: UpdateRule<S, Own>['state'];
}

export function updateOp<S extends State, Own>(rule: UpdateRule<S, Own>): UpdateOp<S, Own> {
  const update: UpdateOp<S, Own> = (items, settings, measures) => {
    const names = ['gradient', ...rule.state(settings)];
    check(rule.op, items, names, measures);
    if (rule.kernel !== undefined && hasKernel(rule.kernel)) {
      const inputs = items.flatMap((item, i) =>
        ['parameter', ...names].map((name) => [name + i, tensorOf(item, name)!]),
      );
      const attributes = { ...settings, weightDecay: items.map(({ weightDecay }) => weightDecay) };
      runKernel(rule.kernel, { ...Object.fromEntries(inputs), ...measures }, attributes);
    } else {
      for (const item of items) tf.tidy(() => composeInPlace(rule, item, settings, measures));
    }
  };
  update.state = rule.state;
  return update;
}

function composeInPlace<S extends State, Own>(
  { compose }: UpdateRule<S, Own>,
  item: UpdateItem<S>,
  settings: Own & UpdateSettings,
  { loss, norm }: UpdateMeasures,
): void {
  const { clip } = settings;
  const areFinite = tf.isFinite(loss).logicalAnd(tf.isFinite(norm));
  const scale = clipScale(norm, clip);
  const values: Record<string, tf.Tensor> = compose(item, item.gradient.mul(scale), settings);
  for (const [name, value] of Object.entries(values)) {
    const variable = tensorOf(item, name) as tf.Variable;
    variable.assign(tf.where(areFinite, value, variable));
  }
}

function check(
  op: string,
  items: readonly Trained[],
  names: readonly string[],
  measures: UpdateMeasures,
): void {
  dims(op, { loss: [measures.loss, ''], norm: [measures.norm, ''] });
  for (const item of items) {
    for (const name of names) {
      const [tensor, { shape }] = [tensorOf(item, name), item.parameter];
      if (tensor?.dtype === 'float32' && tf.util.arraysEqual(tensor.shape, shape)) continue;
      const got = tensor ? `${tensor.dtype} (${tensor.shape})` : 'none';
      throw new Error(`${op}: expected ${name} of type float32 and shape (${shape}), but got ${got}`);
    }
  }
}

function tensorOf(item: Trained, name: string): tf.Tensor | undefined {
  return (item as Trained & Partial<Record<string, tf.Tensor>>)[name];
}
