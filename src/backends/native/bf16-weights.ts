// Values held as bfloat16: the upper half of a float32, in half the memory.
import { native } from './addon.ts';

/** In the place of tfjs's record of a tensor's values. Whoever asks for `values` gets a float32 copy. */
export class HeldAsBf16 {
  readonly dtype = 'float32';
  readonly bf16: Uint16Array;
  refCount: number;

  constructor(values: Float32Array, refCount: number) {
    const { addon, ops } = native();
    this.bf16 = new Uint16Array(addon.allocate(Math.max(64, 2 * values.length)), 0, values.length);
    ops.toBf16!(values.length, values, this.bf16);
    this.refCount = refCount;
  }

  get values(): Float32Array {
    const bits = new Uint32Array(this.bf16.length);
    for (let i = 0; i < bits.length; i++) bits[i] = this.bf16[i]! << 16;
    return new Float32Array(bits.buffer);
  }
}
