// A GRU layer's parameters. The three gates stand side by side in PyTorch's order: reset, update, candidate.
import { type ParameterSpec, vector } from '../../layers/parameters.ts';
import { gateSpecs } from '../recurrent/parameters.ts';

export function layerSpecs({ width }: { width: number }): ParameterSpec[] {
  // Of the candidate's recurrent part, which the reset gate scales; the other gates need no second bias.
  return [...gateSpecs(width, 3), vector('recurrent.bias', width)];
}
