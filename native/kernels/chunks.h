// overChunks: many tensors, of whatever sizes, in fixed chunks of all of them, for all threads.
#pragma once
#include "../addon/call.h"
#include "../addon/parallel.h"

namespace TARGET {

constexpr int64_t CHUNK = 16384;

inline int64_t chunksOf(int64_t count) { return (count + CHUNK - 1) / CHUNK; }

/** Gives each tensor (its `count` is known) its first chunk; work(tensor, chunk, from, to) for each chunk. */
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

/** Memory for so many of them, until the next call. */
template <class Tensor>
Tensor* table(int64_t count) {
  return reinterpret_cast<Tensor*>(scratch(4, count * int64_t(sizeof(Tensor) / sizeof(float))));
}

}  // namespace TARGET
