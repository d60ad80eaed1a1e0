// CrossEntropy: the output layer fused with softmax, the mean loss and the gradients, so that no (N, V) logits are
// stored. Tokens go in chunks, whose logits are transposed, (V, n): vectors go across tokens, and the large weight is
// not packed.
#include <float.h>
#include <math.h>

#include "../addon/call.h"
#include "gemm.h"
#include "ranges.h"

namespace TARGET {

namespace {

// A task of the softmax is a range of the vocabulary by a block of tokens: it fits the L2 cache.
constexpr int64_t RANGE = 256, BLOCK = 256;

/** One chunk of tokens. */
struct Chunk {
  int64_t V, n, stride;    // of logits: an odd number of vectors, which avoids cache conflicts
  int64_t ranges, blocks;
  const float* bias;       // (V) or null
  const int32_t* targets;  // (n)
  float share;             // 1 / the number of tokens that count
  float* logits;           // (V, stride); then their exponentials; then their gradient
  float* weights;          // (ranges, stride): each range's largest logit; then the factor of its exponentials
  float* sums;             // (ranges, stride)
  float* chosen;           // (stride): the target's logit
  float* biasParts;        // (blocks, V)
  double* losses;          // (n)
};

inline float biasOf(const Chunk& k, int64_t v) { return k.bias ? k.bias[v] : 0; }

/** Calls work(range, v0, v1, j0, j1) for every range of the vocabulary and block of tokens. */
template <class Work>
void overTasks(const Chunk& k, const Work& work) {
  parallel(k.ranges * k.blocks, [&](int64_t task) {
    const int64_t range = task / k.blocks, j0 = task % k.blocks * BLOCK;
    work(range, range * RANGE, least(k.V, (range + 1) * RANGE), j0, least(k.stride, j0 + BLOCK));
  });
}

void readChosen(const Chunk& k) {
  for (int64_t j = 0; j < k.n; j++) {
    const int64_t target = k.targets[j];
    k.chosen[j] = target < 0 ? 0 : k.logits[target * k.stride + j] + biasOf(k, target);
  }
}

/**
 * Per range and token: the largest logit, and the sum of exp(logit − largest). With `keep` the exponentials replace the
 * logits.
 */
void exponentials(const Chunk& k, bool keep) {
  overTasks(k, [&](int64_t range, int64_t v0, int64_t v1, int64_t j0, int64_t j1) {
    float *largest = k.weights + range * k.stride, *sums = k.sums + range * k.stride;
    for (int64_t j = j0; j < j1; j += W) {
      store(largest + j, splat(-FLT_MAX));
      store(sums + j, V{});
    }
    for (int64_t v = v0; v < v1; v++) {
      const float* row = k.logits + v * k.stride;
      const float bias = biasOf(k, v);
      for (int64_t j = j0; j < j1; j += W) {
        store(largest + j, maximum(load(row + j) + bias, load(largest + j)));
      }
    }
    for (int64_t v = v0; v < v1; v++) {
      float* row = k.logits + v * k.stride;
      const float bias = biasOf(k, v);
      for (int64_t j = j0; j < j1; j += W) {
        const V power = exponential(load(row + j) + bias - load(largest + j));
        store(sums + j, load(sums + j) + power);
        if (keep) store(row + j, power);
      }
    }
  });
}

/**
 * Merges the ranges' sums, as an online softmax does: each token's loss, and the factor that makes a range's
 * exponentials its softmax / tokens that count.
 */
void combine(const Chunk& k) {
  parallel(k.blocks, [&](int64_t block) {
    for (int64_t j = block * BLOCK; j < least(k.stride, (block + 1) * BLOCK); j += W) {
      V largest = splat(-FLT_MAX), total = {}, scale = {};
      for (int64_t r = 0; r < k.ranges; r++) largest = maximum(load(k.weights + r * k.stride + j), largest);
      for (int64_t r = 0; r < k.ranges; r++) {
        float* weight = k.weights + r * k.stride + j;
        store(weight, exponential(load(weight) - largest));
        total += load(k.sums + r * k.stride + j) * load(weight);
      }
      for (int i = 0; i < W && j + i < k.n; i++) {
        const bool counts = k.targets[j + i] >= 0;
        scale[i] = counts ? k.share / total[i] : 0;
        k.losses[j + i] = counts ? largest[i] + log(double(total[i])) - k.chosen[j + i] : 0;
      }
      for (int64_t r = 0; r < k.ranges; r++) {
        float* weight = k.weights + r * k.stride + j;
        store(weight, scale == 0.0f ? V{} : load(weight) * scale);
      }
    }
  });
}

/**
 * Turns exponentials into the logits' gradient, (softmax − one-hot target) / tokens that count; zero for other tokens.
 */
void toGradient(const Chunk& k) {
  overTasks(k, [&](int64_t range, int64_t v0, int64_t v1, int64_t j0, int64_t j1) {
    const float* weights = k.weights + range * k.stride;
    for (int64_t v = v0; v < v1; v++) {
      float* row = k.logits + v * k.stride;
      for (int64_t j = j0; j < j1; j += W) {
        const V weight = load(weights + j);
        store(row + j, weight == 0.0f ? V{} : load(row + j) * weight);
      }
    }
    for (int64_t j = j0; j < least(k.n, j1); j++) {
      const int64_t target = k.targets[j];
      if (target >= v0 && target < v1) k.logits[target * k.stride + j] -= k.share;
    }
    if (!k.bias) return;
    for (int64_t v = v0; v < v1; v++) {
      V total = {};
      for (int64_t j = j0; j < j1; j += W) total += load(k.logits + v * k.stride + j);
      k.biasParts[j0 / BLOCK * k.V + v] = sum(total);
    }
  });
}

void addBiasParts(const Chunk& k, float* dBias, bool first) {
  for (int64_t v = 0; v < k.V; v++) {
    float total = first ? 0 : dBias[v];
    for (int64_t block = 0; block < k.blocks; block++) total += k.biasParts[block * k.V + v];
    dBias[v] = total;
  }
}

/** The scratch memory of chunks of at most n tokens. */
Chunk chunkOf(int64_t V, int64_t n, const float* bias) {
  Chunk k = {};
  k.V = V;
  k.stride = ((n + W - 1) / W | 1) * W;
  k.ranges = (V + RANGE - 1) / RANGE;
  k.blocks = (k.stride + BLOCK - 1) / BLOCK;
  k.bias = bias;
  k.logits = scratch(4, ::product(V, k.stride));
  const int64_t small = k.ranges * k.stride;
  k.weights = scratch(5, ::product(small, 2) + k.blocks * V + 3 * k.stride);
  k.sums = k.weights + small;
  k.losses = reinterpret_cast<double*>(k.sums + small);
  k.chosen = k.sums + small + 2 * k.stride;
  k.biasParts = k.chosen + k.stride;
  return k;
}

}  // namespace

/**
 * N, C, V, x (N, C), weight (V, C), bias (V) or null, targets (N), held: the most logits in memory at a time; and the
 * gradients to write: dx (N, C), dWeight (V, C), dBias (V), null where none are wanted. Returns the mean loss.
 */
void crossEntropy(Call& call) {
  const int64_t N = call.size("N"), C = call.size("C"), V = call.size("V");
  const float *x = call.floats("x", ::product(N, C)), *weight = call.floats("weight", ::product(V, C)),
              *bias = call.floatsOrNull("bias", V);
  const int32_t* targets = call.ints("targets", N);
  const int64_t held = call.size("held");
  float* dx = call.floatsOrNull("dx", N * C);
  float* dWeight = call.floatsOrNull("dWeight", V * C);
  float* dBias = call.floatsOrNull("dBias", bias ? V : 0);
  const bool anyWanted = dx || dWeight || dBias;
  call.done();
  int64_t counted = 0;
  for (int64_t n = 0; n < N; n++) {
    if (targets[n] >= V) fail("expected targets below %lld, but got %d", (long long)V, targets[n]);
    counted += targets[n] >= 0;
  }
  if (counted == 0) counted = 1;
  // The chunks are of nearly equal size, a multiple of 32 tokens.
  const int64_t most = held / V < 32 ? 32 : held / V / 32 * 32, chunks = (N + most - 1) / most;
  const int64_t each = ((N + chunks - 1) / chunks + 31) / 32 * 32;
  Chunk k = chunkOf(V, least(N, each), bias);
  k.share = float(1 / double(counted));
  double loss = 0;
  for (int64_t from = 0; from < N; from += each) {
    k.n = least(each, N - from);
    k.targets = targets + from;
    const Matrix tokens = {x + from * C, C};
    gemm(V, k.n, C, {weight, C}, transposed(tokens), k.logits, k.stride);
    readChosen(k);
    exponentials(k, anyWanted);
    combine(k);
    for (int64_t j = 0; j < k.n; j++) loss += k.losses[j];
    if (!anyWanted) continue;
    toGradient(k);
    const Matrix gradient = {k.logits, k.stride};
    Epilogue sum;
    sum.accumulate = from > 0;
    if (dx) gemm(k.n, C, V, transposed(gradient), {weight, C}, dx + from * C, C);
    if (dWeight) gemm(V, C, k.n, gradient, tokens, dWeight, C, sum);
    if (dBias) addBiasParts(k, dBias, from == 0);
  }
  call.returns(loss / double(counted));
}

}  // namespace TARGET
