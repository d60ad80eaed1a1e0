// A convolutional layer's parameters.
import { matrix, normSpecs, type ParameterSpec, uniform, vector, within } from '../../layers/parameters.ts';

export interface ConvShape {
  width: number;
  /** How many inputs an output sees. */
  kernel: number;
}

/** A block of rows for each tap, the oldest first; columns are values, then gates. */
export function convSpecs({ width, kernel }: ConvShape): ParameterSpec[] {
  const inputs = kernel * width;
  return [matrix('weight', inputs, 2 * width, uniform(1 / Math.sqrt(inputs))), vector('bias', 2 * width)];
}

export function layerSpecs(shape: ConvShape): ParameterSpec[] {
  return [...within('norm', normSpecs(shape.width)), ...within('conv', convSpecs(shape))];
}
