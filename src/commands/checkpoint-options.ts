// The options that say which of a run's weights are read, and how they are held.
import { oneOf } from './flags.ts';

export const WHICH_OPTION = ['--which <checkpoint>', 'of a run: best or last', 'best'] as const;
export const WEIGHTS_OPTION = [
  '--weights <precision>',
  'fp32, or bf16: half the memory to read for each token',
  'fp32',
] as const;

export function whichOf({ which }: { which: string }): 'best' | 'last' {
  return oneOf('which', which, ['best', 'last'] as const);
}

export function weightsOf({ weights }: { weights: string }): 'fp32' | 'bf16' {
  return oneOf('weights', weights, ['fp32', 'bf16'] as const);
}
