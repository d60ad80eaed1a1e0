// What a matrix product is, to compare with.

export interface Sizes {
  M: number;
  N: number;
  K: number;
  transposed: { a: boolean; b: boolean };
}

/** a · b in float64 */
export function multiplied(a: number[], b: number[], { M, N, K, transposed }: Sizes): number[] {
  return Array.from({ length: M * N }, (_, i) => {
    const [row, column] = [Math.floor(i / N), i % N];
    let sum = 0;
    for (let k = 0; k < K; k++)
      sum +=
        a[transposed.a ? k * M + row : row * K + k]! * b[transposed.b ? column * K + k : k * N + column]!;
    return sum;
  });
}
