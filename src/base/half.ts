// IEEE half precision (float16), as bits.

const INFINITY = 0x7c00;
const QUIET_NAN = 0x7e00;

/** Rounds to nearest, ties to even; beyond 65504 to infinity. */
export function toFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i]!;
    const sign = (bits[0]! >>> 16) & 0x8000;
    const size = bits[0]! & 0x7fffffff;
    halves[i] = sign | magnitude(size);
  }
  return halves;

  function magnitude(size: number): number {
    if (size > 0x7f800000) return QUIET_NAN;
    if (size >= 0x47800000) return INFINITY; // 2¹⁶
    if (size >= 0x38800000) {
      const tie = (size >>> 13) & 1;
      return (size - 0x38000000 + 0xfff + tie) >>> 13; // the exponent's bias is 15, not 127
    }
    // Below 2⁻¹⁴: next to 0.5 a float32's last bit is worth 2⁻²⁴, as the last bit of a subnormal half.
    bits[0] = size;
    float[0] = float[0]! + 0.5;
    return bits[0]! - 0x3f000000;
  }
}
