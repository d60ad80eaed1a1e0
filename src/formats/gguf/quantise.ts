// Values as the bytes of a GGUF tensor. Blocks of 32 are quantised as ggml's reference does it, to the bit: every step of it is
// rounded to float32.
import { toBfloat16, toFloat16 } from '../../base/half.ts';
import { BLOCK, inverseOf, largest, toFourBits } from '../four-bits.ts';
import { type GgufDtype, LAYOUTS } from './dtypes.ts';

const { fround } = Math;

export function bytesOf(values: Float32Array, dtype: GgufDtype): Uint8Array {
  if (dtype === 'f32') return bytesIn(values);
  if (dtype === 'f16') return bytesIn(toFloat16(values));
  if (dtype === 'bf16') return bytesIn(toBfloat16(values));
  const { bytes: size } = LAYOUTS[dtype];
  const write = dtype === 'q8_0' ? writeQ8 : writeQ4;
  const blocks = values.length / BLOCK;
  const bytes = new Uint8Array(blocks * size);
  const scales = new Float32Array(blocks);
  for (let i = 0; i < blocks; i++)
    scales[i] = write(
      values.subarray(i * BLOCK, (i + 1) * BLOCK),
      bytes.subarray(i * size + 2, (i + 1) * size),
    );
  const halves = bytesIn(toFloat16(scales));
  for (let i = 0; i < blocks; i++) bytes.set(halves.subarray(2 * i, 2 * i + 2), i * size);
  return bytes;
}

/** Writes signed bytes; returns their scale. */
function writeQ8(block: Float32Array, bytes: Uint8Array): number {
  const scale = fround(Math.abs(largest(block)) / 127);
  const inverse = inverseOf(scale);
  for (let i = 0; i < BLOCK; i++) bytes[i] = roundAway(fround(block[i]! * inverse));
  return scale;
}

/** Writes four bits each, the first half of the block below the second; returns their scale. */
function writeQ4(block: Float32Array, bytes: Uint8Array): number {
  const numbers = new Uint8Array(BLOCK);
  const scale = toFourBits(block, numbers);
  for (let i = 0; i < BLOCK / 2; i++) bytes[i] = numbers[i]! | (numbers[i + BLOCK / 2]! << 4);
  return scale;
}

/** As C's roundf: halves away from 0. */
function roundAway(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

function bytesIn({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
