// Tries the tensor cores before they are used: Dawn's support is an experiment, and a wrong product would spoil a run.
import { multiplyOnTensorCores } from './kernels/mat-mul/tensor-cores.ts';
import { backend, dispose, output } from './memory.ts';
import type { TensorCores } from './tensor-cores.ts';

const [M, N, K] = [40, 24, 48];

/** Whether they multiply small whole numbers exactly: float16 holds the factors, float32 the sums. */
export async function tensorCoresWork(cores: TensorCores): Promise<boolean> {
  const value = (i: number) => ((i * 7) % 11) - 5;
  const [a, b] = [M * K, K * N].map((size) => Float32Array.from({ length: size }, (_, i) => value(i)));
  const [left, right, y] = [
    backend().makeTensorInfo([M, K], 'float32', a),
    backend().makeTensorInfo([K, N], 'float32', b),
    output([M, N]),
  ];
  multiplyOnTensorCores(
    { a: { array: left! }, b: { array: right! }, M, N, K, y: y! },
    { tile: 64, slices: 1, slice: 64 },
    cores,
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
