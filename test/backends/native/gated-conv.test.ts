// native's gatedConv beyond the table of op cases: its precision and weights in bfloat16, the number of threads, and what it
// refuses.
import { describe } from 'vitest';
import { gatedConv, gatedConvFrom } from '../../ops/case-builders.ts';
import { itIsSound, itRefusesShortArrays, missing, startNative } from './op-on-native.ts';

const SIZES = { B: 13, T: 29, I: 19, H: 37, K: 3, dilation: 4 };

describe.skipIf(missing)(missing ?? 'native’s gatedConv', () => {
  startNative();
  itIsSound(gatedConv(SIZES), gatedConvFrom(SIZES), ['weight']);

  describe('refuses each array that is too short', () => {
    const { B, T, I, H, K, dilation } = { B: 2, T: 5, I: 3, H: 7, K: 3, dilation: 2 };
    const [x, y, weight, bias, gates] = [B * T * I, B * T * H, K * I * 2 * H, 2 * H, B * T * 2 * H];
    itRefusesShortArrays(
      {
        gatedConv: { x, weight, bias, y, gates },
        gatedConvGrad: { dy: y, x, weight, gates, dx: x, dWeight: weight, dBias: bias },
      },
      () => [B, T, I, H, K, dilation],
    );
  });
});
