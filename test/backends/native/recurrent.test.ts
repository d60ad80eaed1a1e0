// native's recurrent layers beyond the table of op cases: their precision and weights in bfloat16, the number of threads,
// and what they refuse.
import { describe } from 'vitest';
import { RECURRENT_KINDS, recurrent, recurrentFrom } from '../../ops/recurrent-cases.ts';
import { itIsSound, itRefusesShortArrays, missing, startNative } from './op-on-native.ts';

const SIZES = { B: 13, T: 7, I: 19, H: 37 };

describe.skipIf(missing)(missing ?? 'native’s recurrent layers', () => {
  startNative();

  describe.each(RECURRENT_KINDS)('%s', (kind) =>
    itIsSound(recurrent(kind, SIZES), recurrentFrom(kind, SIZES), ['input', 'recurrent']),
  );

  describe('refuses each array that is too short', () => {
    const { B, T, I, H } = { B: 2, T: 3, I: 5, H: 7 };
    const [x, y, state] = [B * T * I, B * T * H, B * H];
    const input = (gates: number) => I * gates * H;
    const recurrent = (gates: number) => H * gates * H;
    /** Names of the arrays of a call, and their sizes. */
    const CALLS: Record<string, Record<string, number>> = {
      rnn: { x, input: input(1), recurrent: recurrent(1), bias: H, y },
      rnnFrom: { x, input: input(1), recurrent: recurrent(1), bias: H, hidden: state, y, lastHidden: state },
      rnnGrad: {
        ...{ dy: y, x, input: input(1), recurrent: recurrent(1), y },
        ...{ dx: x, dInput: input(1), dRecurrent: recurrent(1), dBias: H, dGates: y, before: y },
      },
      gru: {
        ...{ x, input: input(3), recurrent: recurrent(3), bias: 3 * H, recurrentBias: H },
        ...{ y, gates: 3 * y, candidates: y },
      },
      gruFrom: {
        ...{ x, input: input(3), recurrent: recurrent(3), bias: 3 * H, recurrentBias: H, hidden: state },
        ...{ y, lastHidden: state, gates: 3 * y },
      },
      gruGrad: {
        ...{ dy: y, x, input: input(3), recurrent: recurrent(3), y, gates: 3 * y, candidates: y },
        ...{ dx: x, dInput: input(3), dRecurrent: recurrent(3), dBias: 3 * H, dRecurrentBias: H },
        ...{ dGates: 3 * y, dCandidates: y, before: y },
      },
      lstm: {
        ...{ x, input: input(4), recurrent: recurrent(4), bias: 4 * H, peepholes: 3 * H },
        ...{ y, gates: 4 * y, cells: y },
      },
      lstmFrom: {
        ...{ x, input: input(4), recurrent: recurrent(4), bias: 4 * H, peepholes: 3 * H },
        ...{ hidden: state, cell: state, y, lastHidden: state, lastCell: state, gates: 4 * y },
      },
      lstmGrad: {
        ...{
          dy: y,
          x,
          input: input(4),
          recurrent: recurrent(4),
          peepholes: 3 * H,
          y,
          gates: 4 * y,
          cells: y,
        },
        ...{ dx: x, dInput: input(4), dRecurrent: recurrent(4), dBias: 4 * H, dPeepholes: 3 * H },
        ...{ dGates: 4 * y, before: y },
      },
    };

    itRefusesShortArrays(CALLS, (op) => [B, T, I, H, ...(op.endsWith('From') ? [false] : [])]);
  });
});
