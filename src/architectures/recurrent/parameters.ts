// A recurrent layer's parameters, whatever its gates.
import {
  type Initializer,
  matrix,
  type ParameterSpec,
  uniform,
  vector,
  zero,
} from '../../layers/parameters.ts';

/** A layer's matrices and bias; the gates stand side by side. */
export function gateSpecs(width: number, gates: number, bias: Initializer = zero): ParameterSpec[] {
  const initial = uniform(1 / Math.sqrt(width));
  return [
    matrix('input.weight', width, gates * width, initial),
    matrix('recurrent.weight', width, gates * width, initial),
    vector('bias', gates * width, bias),
  ];
}
