// Every optimizer's update once more, for one parameter in float64, to hold the backends to.
import type { Values } from './reference.ts';

export interface UpdateStep {
  learningRate: number;
  step: number;
  clip: number;
  weightDecay: number;
  loss: number;
  norm: number;
}

/** The parameter, its gradient and its state, by name → the new parameter and state. */
export type UpdateReference<Own> = (
  item: Record<string, Values>,
  settings: Own & UpdateStep,
) => Record<string, Values>;

/** From the rule for one number of each; nothing changes where loss or norm is not finite. */
function updated<Own>(
  rule: (old: Record<string, number>, settings: Own & UpdateStep) => Record<string, number>,
): UpdateReference<Own> {
  return ({ gradient, ...item }, settings) => {
    const { clip, loss, norm } = settings;
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) return item;
    const scale = clip === 0 ? 1 : Math.min(1, clip / (norm + 1e-6));
    const results = gradient!.data.map((g, i) => {
      const old = Object.entries(item).map(([name, { data }]) => [name, data[i]!]);
      return rule({ ...Object.fromEntries(old), gradient: g * scale }, settings);
    });
    const names = Object.keys(item);
    return Object.fromEntries(
      names.map((name) => [name, { shape: gradient!.shape, data: results.map((result) => result[name]!) }]),
    );
  };
}

export const adamW = updated<{ beta1: number; beta2: number; epsilon: number }>((old, settings) => {
  const { learningRate, beta1, beta2, epsilon, step, weightDecay } = settings;
  const mean = beta1 * old.mean! + (1 - beta1) * old.gradient!;
  const square = beta2 * old.square! + (1 - beta2) * old.gradient! ** 2;
  const direction = mean / (1 - beta1 ** step) / (Math.sqrt(square / (1 - beta2 ** step)) + epsilon);
  const parameter = old.parameter! - learningRate * weightDecay * old.parameter! - learningRate * direction;
  return { parameter, mean, square };
});

export const sgd = updated<{ momentum: number; nesterov: boolean }>((old, settings) => {
  const { learningRate, momentum: kept, nesterov, weightDecay } = settings;
  const gradient = old.gradient! + weightDecay * old.parameter!;
  const momentum = kept * (old.momentum ?? 0) + gradient;
  const direction = nesterov ? gradient + kept * momentum : momentum;
  return { parameter: old.parameter! - learningRate * direction, momentum };
});

export const rmsProp = updated<{ smoothing: number; momentum: number; epsilon: number }>((old, settings) => {
  const { learningRate, smoothing, momentum: kept, epsilon, weightDecay } = settings;
  const gradient = old.gradient! + weightDecay * old.parameter!;
  const square = smoothing * old.square! + (1 - smoothing) * gradient ** 2;
  const momentum = kept * (old.momentum ?? 0) + gradient / (Math.sqrt(square) + epsilon);
  return { parameter: old.parameter! - learningRate * momentum, square, momentum };
});

export const lion = updated<{ beta1: number; beta2: number }>((old, settings) => {
  const { learningRate, beta1, beta2, weightDecay } = settings;
  const sign = Math.sign(beta1 * old.mean! + (1 - beta1) * old.gradient!);
  return {
    parameter: old.parameter! - learningRate * (sign + weightDecay * old.parameter!),
    mean: beta2 * old.mean! + (1 - beta2) * old.gradient!,
  };
});
