// Conversion between float32 and the bits of IEEE half precision (float16) and bfloat16.

const INFINITY = 0x7c00;
const QUIET_NAN = 0x7e00;

/** Rounds to nearest, ties to even; values beyond 65504 become infinite. */
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
    // Below 2⁻¹⁴ adding 0.5 rounds to a subnormal half, whose last bit is 2⁻²⁴, as that of a float32 at 0.5 is.
    bits[0] = size;
    float[0] = float[0]! + 0.5;
    return bits[0]! - 0x3f000000;
  }
}

/** The values of all 65,536 halves, made at the first conversion. */
let halfValues: Float32Array | undefined;

export function fromFloat16(words: Uint16Array): Float32Array {
  halfValues ??= Float32Array.from({ length: 2 ** 16 }, (_, word) => valueOfHalf(word));
  const floats = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) floats[i] = halfValues[words[i]!]!;
  return floats;
}

/** A half has a sign, five bits of exponent and ten of fraction. */
function valueOfHalf(word: number): number {
  const sign = word >> 15 === 0 ? 1 : -1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

export function fromBfloat16(words: Uint16Array): Float32Array {
  const bits = new Uint32Array(words.length);
  for (let i = 0; i < words.length; i++) bits[i] = words[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** Rounds to nearest, ties to even. */
export function toBfloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const words = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const size = word & 0x7fffffff;
    words[i] = size > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return words;
}
