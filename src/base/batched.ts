// Gathers what comes one by one.

/** The items in groups, each of which ends with the item that brings its size to `enough`. */
export async function* batched<T>(
  items: AsyncIterable<T>,
  sizeOf: (item: T) => number,
  enough: number,
): AsyncGenerator<T[]> {
  let batch: T[] = [];
  let size = 0;
  for await (const item of items) {
    batch.push(item);
    size += sizeOf(item);
    if (size < enough) continue;
    yield batch;
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield batch;
}
