// An RNN layer's parameters.
import type { ParameterSpec } from '../../layers/parameters.ts';
import { gateSpecs } from '../recurrent/parameters.ts';

export function layerSpecs({ width }: { width: number }): ParameterSpec[] {
  return gateSpecs(width, 1);
}
