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

/** The rule's gradient is clipped; nothing changes where loss or norm is not finite. */
function clipped<Own>(rule: UpdateReference<Own>): UpdateReference<Own> {
  return ({ gradient, ...item }, settings) => {
    const { clip, loss, norm } = settings;
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) return item;
    const scale = clip === 0 ? 1 : Math.min(1, clip / (norm + 1e-6));
    const { shape, data } = gradient!;
    return rule({ ...item, gradient: { shape, data: data.map((g) => g * scale) } }, settings);
  };
}

/** From the rule for one number of each. */
function updated<Own>(
  rule: (old: Record<string, number>, settings: Own & UpdateStep) => Record<string, number>,
): UpdateReference<Own> {
  return clipped((item, settings) => {
    const { gradient, ...written } = item;
    const { shape, data } = gradient!;
    const results = data.map((_, i) => {
      const old = Object.entries(item).map(([name, { data }]) => [name, data[i]!]);
      return rule(Object.fromEntries(old), settings);
    });
    const names = Object.keys(written);
    return Object.fromEntries(
      names.map((name) => [name, { shape, data: results.map((result) => result[name]!) }]),
    );
  });
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

export const muon = clipped<{ momentum: number; adjustRate: string }>((item, settings) => {
  const { learningRate, momentum: kept, adjustRate, weightDecay } = settings;
  const { shape, data: gradient } = item.gradient!;
  const momentum = gradient.map((g, i) => kept * item.momentum!.data[i]! + (1 - kept) * g);
  const ahead = gradient.map((g, i) => kept * momentum[i]! + (1 - kept) * g);
  const columns = shape.at(-1)!;
  const rows = ahead.length / columns;
  const rate =
    adjustRate === 'original'
      ? learningRate * Math.sqrt(Math.max(1, columns / rows))
      : learningRate * 0.2 * Math.sqrt(Math.max(rows, columns));
  const step = nearOrthogonal(ahead, rows);
  const parameter = item.parameter!.data.map((p, i) => p - learningRate * weightDecay * p - rate * step[i]!);
  return { parameter: { shape, data: parameter }, momentum: { shape, data: momentum } };
});

/** Five times X ← 3.4445 X − 4.775 (X Xᵀ) X + 2.0315 (X Xᵀ)² X, from X over its length. */
function nearOrthogonal(values: number[], rows: number): number[] {
  const length = Math.max(Math.hypot(...values), 1e-7);
  let x = values.map((value) => value / length);
  for (let i = 0; i < 5; i++) {
    const square = product(x, transposed(x, rows), rows); // (rows, rows)
    const cubic = product(square, x, rows);
    const quintic = product(square, cubic, rows);
    x = x.map((value, j) => 3.4445 * value - 4.775 * cubic[j]! + 2.0315 * quintic[j]!);
  }
  return x;
}

function transposed(matrix: number[], rows: number): number[] {
  const columns = matrix.length / rows;
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** (rows, n) · (n, columns), each row by row. */
function product(a: number[], b: number[], rows: number): number[] {
  const inner = a.length / rows;
  const columns = b.length / inner;
  return Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a[row * inner + k]! * b[k * columns + column]!;
    return sum;
  });
}
