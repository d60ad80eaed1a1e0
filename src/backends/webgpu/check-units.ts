// Whether matrix units multiply as they should here: they are new, and a wrong product would spoil all that follows.
import { multiplyByUnits } from './kernels/matrices.ts';
import { backend, dispose, output } from './memory.ts';
import type { MatrixUnits } from './units.ts';

const [M, N, K] = [40, 24, 48];

/** Tries them on whole numbers, whose product float16 and float32 have exactly. */
export async function unitsWork(units: MatrixUnits): Promise<boolean> {
  const value = (i: number) => ((i * 7) % 11) - 5;
  const [a, b] = [M * K, K * N].map((size) => Float32Array.from({ length: size }, (_, i) => value(i)));
  const [left, right, y] = [
    backend().makeTensorInfo([M, K], 'float32', a),
    backend().makeTensorInfo([K, N], 'float32', b),
    output([M, N]),
  ];
  multiplyByUnits(
    { a: { array: left! }, b: { array: right! }, M, N, K, y: y! },
    { tile: 64, slices: 1, slice: 64 },
    units,
  );
  const product = await backend().read(y!.dataId);
  dispose(left, right, y);
  return [...product].every((sum, i) => {
    const [row, column] = [Math.floor(i / N), i % N];
    let expected = 0;
    for (let k = 0; k < K; k++) expected += a![row * K + k]! * b![k * N + column]!;
    return sum === expected;
  });
}
