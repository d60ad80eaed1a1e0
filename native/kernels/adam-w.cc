// AdamW over all parameters in one call, in place, and the global norm of all gradients. Both cut all tensors into
// chunks of one size, so that tasks do not depend on how large each tensor is.
#include <math.h>

#include "../addon/call.h"
#include "../addon/parallel.h"
#include "simd.h"

namespace TARGET {

namespace {

constexpr int64_t CHUNK = 16384;

/** One parameter. Its chunks begin at number firstChunk of all. */
struct Parameter {
  float *p, *g, *m, *v;
  int64_t count, firstChunk;
  float shrinkage;
};

struct Rates {
  float gradientScale, beta1, ofGradient, beta2, ofSquare, stepSize, squareScale, epsilon;
};

/** Sets each tensor's firstChunk, and calls work(tensor, chunk, from, to) for each chunk. */
template <class Tensor, class Work>
void overChunks(Tensor* tensors, int64_t count, const Work& work) {
  int64_t chunks = 0;
  for (int64_t i = 0; i < count; i++) {
    tensors[i].firstChunk = chunks;
    chunks += (tensors[i].count + CHUNK - 1) / CHUNK;
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

/** The compiler vectorizes this loop, square root included. */
void update(float* __restrict p, const float* __restrict g, float* __restrict m, float* __restrict v,
            int64_t count, float shrinkage, const Rates rates) {
  for (int64_t i = 0; i < count; i++) {
    const float gradient = g[i] * rates.gradientScale;
    const float mean = rates.beta1 * m[i] + rates.ofGradient * gradient;
    const float square = rates.beta2 * v[i] + rates.ofSquare * (gradient * gradient);
    m[i] = mean;
    v[i] = square;
    p[i] -= p[i] * shrinkage + rates.stepSize * mean / (sqrtf(square * rates.squareScale) + rates.epsilon);
  }
}

struct Gradient {
  const float* g;
  int64_t count, firstChunk;
};

typedef float Half __attribute__((vector_size(W * 2)));
typedef float HalfUnaligned __attribute__((vector_size(W * 2), aligned(4), may_alias));
typedef double Doubles __attribute__((vector_size(W * 4)));

double sumOfSquares(const float* g, int64_t count) {
  constexpr int LANES = W / 2, SUMS = 4;
  Doubles sums[SUMS] = {};
  int64_t i = 0;
  for (; i + SUMS * LANES <= count; i += SUMS * LANES) {
    for (int s = 0; s < SUMS; s++) {
      const Half part = *reinterpret_cast<const HalfUnaligned*>(g + i + s * LANES);
      const Doubles wide = __builtin_convertvector(part, Doubles);
      sums[s] += wide * wide;
    }
  }
  double total = 0;
  for (; i < count; i++) total += double(g[i]) * g[i];
  for (int lane = 0; lane < LANES; lane++) {
    for (int s = 0; s < SUMS; s++) total += sums[s][lane];
  }
  return total;
}

template <class Tensor>
Tensor* table(int64_t count) {
  return reinterpret_cast<Tensor*>(scratch(4, count * int64_t(sizeof(Tensor) / sizeof(float))));
}

}  // namespace

/**
 * p, g, m, v (lists of arrays), shrinkages (learning rate · weight decay of each parameter), learningRate, beta1,
 * beta2, epsilon, step, gradientScale
 */
void adamW(Call& call) {
  const Call::List p = call.list("p"), g = call.list("g", p.count), m = call.list("m", p.count),
                   v = call.list("v", p.count);
  const float* shrinkages = call.floats("shrinkages", p.count);
  const double learningRate = call.number("learningRate"), beta1 = call.number("beta1"),
               beta2 = call.number("beta2"), epsilon = call.number("epsilon"), step = call.number("step"),
               gradientScale = call.number("gradientScale");
  call.done();
  Parameter* parameters = table<Parameter>(p.count);
  for (int64_t i = 0; i < p.count; i++) {
    int64_t count = 0;
    float* values = call.item(p, "p", i, -1, &count);
    float *gradient = call.item(g, "g", i, count), *mean = call.item(m, "m", i, count),
          *square = call.item(v, "v", i, count);
    parameters[i] = {values, gradient, mean, square, count, 0, shrinkages[i]};
  }
  const Rates rates = {float(gradientScale),
                       float(beta1),
                       float(1 - beta1),
                       float(beta2),
                       float(1 - beta2),
                       float(learningRate / (1 - pow(beta1, step))),
                       float(1 / (1 - pow(beta2, step))),
                       float(epsilon)};
  overChunks(parameters, p.count, [&](const Parameter& one, int64_t, int64_t from, int64_t to) {
    update(one.p + from, one.g + from, one.m + from, one.v + from, to - from, one.shrinkage, rates);
  });
}

/** gradients (a list). Returns √ of the sum of all squares. */
void globalNorm(Call& call) {
  const Call::List list = call.list("gradients");
  call.done();
  Gradient* gradients = table<Gradient>(list.count);
  int64_t most = 0;
  for (int64_t i = 0; i < list.count; i++) {
    Gradient& one = gradients[i];
    one.g = call.item(list, "gradients", i, -1, &one.count);
    most += (one.count + CHUNK - 1) / CHUNK;
  }
  double* sums = reinterpret_cast<double*>(scratch(5, 2 * most));
  overChunks(gradients, list.count, [&](const Gradient& one, int64_t chunk, int64_t from, int64_t to) {
    sums[chunk] = sumOfSquares(one.g + from, to - from);
  });
  double total = 0;
  for (int64_t chunk = 0; chunk < most; chunk++) total += sums[chunk];
  call.returns(sqrt(total));
}

}  // namespace TARGET
