// bfloat16 numbers, to compare with: a float32's upper half.

export function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/** Of the two numbers around it whose lower 16 bits are zero, the nearer. */
export function nearestBf16(value: number): number {
  const number = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer)[0]!;
  const x = Math.fround(value);
  const below = number(bitsOf(x) & 0xffff0000); // towards zero
  if (below === x) return x;
  const above = number((bitsOf(x) & 0xffff0000) + 0x10000);
  // Beyond the largest number, what would come next if there were more of them.
  const next = Number.isFinite(above) ? above : Math.sign(x) * 2 ** 128;
  const [down, up] = [Math.abs(x - below), Math.abs(next - x)];
  if (down !== up) return down < up ? below : above;
  return (bitsOf(below) >>> 16) % 2 === 0 ? below : above;
}
