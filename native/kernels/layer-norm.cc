// LayerNorm: each row to mean 0 and variance 1, then scaled and shifted; and its gradient.
#include <math.h>

#include "../addon/call.h"
#include "rows.h"

namespace TARGET {

namespace {

/** One row: dy, x and weight are (C). */
struct Row {
  const float *dy, *x, *weight;
  float mean, scale;
};

/**
 * Adds the row's part of dWeight and dBias, if they are wanted, and writes dx. In between dx holds dy · weight: if the second loop computed
 * it again, fused with a subtraction (FMA), it would differ by a rounding from the products that the mean was taken of.
 */
inline void rowGradient(int64_t C, const Row& row, float* dx, float* dWeight, float* dBias) {
  V direct = {}, along = {};  // Σ g and Σ g · x̂, where g = dy · weight and x̂ is the normalized x
  over(C, [&](int64_t c, int64_t n) {
    const V dy = loadUpTo(row.dy + c, n), g = dy * loadUpTo(row.weight + c, n);
    const V normal = (loadUpTo(row.x + c, n, row.mean) - row.mean) * row.scale;
    storeUpTo(dx + c, g, n);
    direct += g;
    along += g * normal;
    if (!dWeight) return;
    storeUpTo(dWeight + c, loadUpTo(dWeight + c, n) + dy * normal, n);
    storeUpTo(dBias + c, loadUpTo(dBias + c, n) + dy, n);
  });
  const float meanDirect = sum(direct) / float(C), meanAlong = sum(along) / float(C);
  over(C, [&](int64_t c, int64_t n) {
    const V g = loadUpTo(dx + c, n), normal = (loadUpTo(row.x + c, n) - row.mean) * row.scale;
    storeUpTo(dx + c, (g - meanDirect - normal * meanAlong) * row.scale, n);
  });
}

}  // namespace

/** N, C, epsilon, x (N, C), weight (C), bias (C), y (N, C), means (N), scales (N): 1 / standard deviation */
void layerNorm(Call& call) {
  const int64_t N = call.size("N", 0), C = call.size("C");
  const double epsilon = call.number("epsilon");
  const float *x = call.floats("x", ::product(N, C)), *weight = call.floats("weight", C),
              *bias = call.floats("bias", C);
  float *y = call.floats("y", N * C), *means = call.floats("means", N), *scales = call.floats("scales", N);
  call.done();
  const int64_t each = rowsOfTask(N, C);
  inRanges(N, each, [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i++) {
      const float* row = x + i * C;
      float* to = y + i * C;
      const float mean = sumOver(C, [&](int64_t c, int64_t n) { return loadUpTo(row + c, n); }) / float(C);
      const float squares = sumOver(C, [&](int64_t c, int64_t n) {
        const V centred = loadUpTo(row + c, n, mean) - mean;
        return centred * centred;
      });
      const float scale = float(1 / sqrt(double(squares) / double(C) + epsilon));
      over(C, [&](int64_t c, int64_t n) {
        const V normal = (loadUpTo(row + c, n) - mean) * scale;
        storeUpTo(to + c, normal * loadUpTo(weight + c, n) + loadUpTo(bias + c, n), n);
      });
      means[i] = mean;
      scales[i] = scale;
    }
  });
}

/** N, C, dy (N, C), x (N, C), weight (C), means (N), scales (N), dx (N, C), dWeight (C)?, dBias (C)?: both or neither */
void layerNormGrad(Call& call) {
  const int64_t N = call.size("N", 0), C = call.size("C");
  const float *dy = call.floats("dy", ::product(N, C)), *x = call.floats("x", N * C),
              *weight = call.floats("weight", C), *means = call.floats("means", N),
              *scales = call.floats("scales", N);
  float *dx = call.floats("dx", N * C), *dWeight = call.floatsOrNull("dWeight", C),
        *dBias = dWeight ? call.floats("dBias", C) : call.floatsOrNull("dBias", 0);
  call.done();
  const int64_t each = rowsOfTask(N, C), tasks = (N + each - 1) / each;
  float* parts = dWeight ? scratch(4, ::product(tasks, 2, C)) : nullptr;  // (tasks, 2, C)
  parallel(tasks, [&](int64_t task) {
    float* part = parts ? parts + task * 2 * C : nullptr;
    float* biasPart = parts ? part + C : nullptr;
    if (part) memset(part, 0, size_t(2 * C) * sizeof(float));
    for (int64_t i = task * each; i < (task + 1) * each && i < N; i++) {
      rowGradient(C, {dy + i * C, x + i * C, weight, means[i], scales[i]}, dx + i * C, part, biasPart);
    }
  });
  if (!dWeight) return;
  for (int64_t c = 0; c < C; c++) dWeight[c] = dBias[c] = 0;
  for (int64_t task = 0; task < tasks; task++) {
    const float* part = parts + task * 2 * C;
    for (int64_t c = 0; c < C; c++) dWeight[c] += part[c];
    for (int64_t c = 0; c < C; c++) dBias[c] += part[C + c];
  }
}

}  // namespace TARGET
