// A matrix turned over: what stood in row i and column j stands in row j and column i.
import type { FloatTensor, WritableTensor } from './safetensors-file.ts';

export function turned({ shape, data }: FloatTensor): FloatTensor {
  const [rows, columns] = shape as [number, number];
  const values = new Float32Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) values[j * rows + i] = data[i * columns + j]!;
  return { shape: [columns, rows], data: values };
}

/** Turned when it is written. */
export function turnedLater({ shape, data }: WritableTensor): WritableTensor {
  const values = async () => (data instanceof Float32Array ? data : data());
  return { shape: shape.toReversed(), data: async () => turned({ shape, data: await values() }).data };
}
