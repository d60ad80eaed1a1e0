// overChunks: a parallel loop over chunks of many tensors. The chunks are of one size, so that tasks do not depend on
// how large each tensor is.
#pragma once
#include "../addon/call.h"
#include "../addon/parallel.h"

namespace TARGET {

constexpr int64_t CHUNK = 16384;

inline int64_t chunksOf(int64_t count) { return (count + CHUNK - 1) / CHUNK; }

/** Sets the firstChunk of each tensor from their counts, and calls work(tensor, chunk, from, to) for each chunk. */
template <class Tensor, class Work>
void overChunks(Tensor* tensors, int64_t count, const Work& work) {
  int64_t chunks = 0;
  for (int64_t i = 0; i < count; i++) {
    tensors[i].firstChunk = chunks;
    chunks += chunksOf(tensors[i].count);
  }
  parallel(chunks, [&](int64_t chunk) {
    int64_t low = 0, high = count;  // the last tensor that starts at this chunk or before
    while (high - low > 1) {
      const int64_t middle = (low + high) / 2;
      (tensors[middle].firstChunk <= chunk ? low : high) = middle;
    }
    const Tensor& tensor = tensors[low];
    const int64_t from = (chunk - tensor.firstChunk) * CHUNK;
    work(tensor, chunk, from, tensor.count - from < CHUNK ? tensor.count : from + CHUNK);
  });
}

/** Scratch memory for so many of them, until the next call. */
template <class Tensor>
Tensor* table(int64_t count) {
  return reinterpret_cast<Tensor*>(scratch(4, count * int64_t(sizeof(Tensor) / sizeof(float))));
}

}  // namespace TARGET
