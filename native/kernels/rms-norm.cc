// RmsNorm: each row over the root of its mean square, then scaled; and its gradient.
#include <math.h>

#include "../addon/call.h"
#include "rows.h"

namespace TARGET {

/** N, C, epsilon, x (N, C), weight (C), y (N, C), scales (N): 1 / the root of the mean square */
void rmsNorm(Call& call) {
  const int64_t N = call.size("N", 0), C = call.size("C");
  const double epsilon = call.number("epsilon");
  const float *x = call.floats("x", ::product(N, C)), *weight = call.floats("weight", C);
  float *y = call.floats("y", N * C), *scales = call.floats("scales", N);
  call.done();
  inRanges(N, rowsOfTask(N, C), [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i++) {
      const float* row = x + i * C;
      float* to = y + i * C;
      const float squares = sumOver(C, [&](int64_t c, int64_t n) {
        const V value = loadUpTo(row + c, n);
        return value * value;
      });
      const float scale = float(1 / sqrt(double(squares) / double(C) + epsilon));
      over(C, [&](int64_t c, int64_t n) {
        storeUpTo(to + c, loadUpTo(row + c, n) * scale * loadUpTo(weight + c, n), n);
      });
      scales[i] = scale;
    }
  });
}

/** N, C, dy (N, C), x (N, C), weight (C), scales (N), dx (N, C), dWeight (C)? */
void rmsNormGrad(Call& call) {
  const int64_t N = call.size("N", 0), C = call.size("C");
  const float *dy = call.floats("dy", ::product(N, C)), *x = call.floats("x", N * C),
              *weight = call.floats("weight", C), *scales = call.floats("scales", N);
  float *dx = call.floats("dx", N * C), *dWeight = call.floatsOrNull("dWeight", C);
  call.done();
  const int64_t each = rowsOfTask(N, C), tasks = (N + each - 1) / each;
  float* parts = dWeight ? scratch(4, ::product(tasks, C)) : nullptr;  // (tasks, C)
  parallel(tasks, [&](int64_t task) {
    float* part = parts ? parts + task * C : nullptr;
    if (part) memset(part, 0, size_t(C) * sizeof(float));
    for (int64_t i = task * each; i < (task + 1) * each && i < N; i++) {
      const float *dyRow = dy + i * C, *row = x + i * C, scale = scales[i];
      const float along = sumOver(C, [&](int64_t c, int64_t n) {  // Σ g · x̂, where g = dy · weight and x̂ = x · scale
        const V change = loadUpTo(dyRow + c, n), normal = loadUpTo(row + c, n) * scale;
        if (part) storeUpTo(part + c, loadUpTo(part + c, n) + change * normal, n);
        return change * loadUpTo(weight + c, n) * normal;
      });
      const float mean = along / float(C);
      over(C, [&](int64_t c, int64_t n) {
        const V g = loadUpTo(dyRow + c, n) * loadUpTo(weight + c, n), normal = loadUpTo(row + c, n) * scale;
        storeUpTo(dx + i * C + c, (g - normal * mean) * scale, n);
      });
    }
  });
  if (!dWeight) return;
  for (int64_t c = 0; c < C; c++) dWeight[c] = 0;
  for (int64_t task = 0; task < tasks; task++) {
    for (int64_t c = 0; c < C; c++) dWeight[c] += parts[task * C + c];
  }
}

}  // namespace TARGET
