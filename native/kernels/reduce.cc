// Reductions along one dimension, in float64: sum, product, maximum, minimum.
#include "../addon/call.h"
#include "ranges.h"
#include "simd.h"

namespace TARGET {

namespace {

constexpr int LANES = 2 * W;
constexpr int64_t COLUMNS = 1024;  // accumulators at a time

/** Reduces n neighbours: into LANES accumulators, then these into one. */
template <class F>
double alongRow(int64_t n, const float* x, double start, const F& f) {
  double lanes[LANES];
  for (int j = 0; j < LANES; j++) lanes[j] = start;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int j = 0; j < LANES; j++) lanes[j] = f(lanes[j], double(x[i + j]));
  }
  for (int j = 0; i < n; i++, j++) lanes[j] = f(lanes[j], double(x[i]));
  for (int half = LANES / 2; half > 0; half /= 2) {
    for (int j = 0; j < half; j++) lanes[j] = f(lanes[j], lanes[j + half]);
  }
  return lanes[0];
}

/** Reduces n rows, `width` apart, to one row of columns. */
template <class F>
void acrossRows(int64_t n, int64_t columns, int64_t width, const float* x, double start, double* results,
                const F& f) {
  for (int64_t j = 0; j < columns; j++) results[j] = start;
  for (int64_t i = 0; i < n; i++, x += width) {
    for (int64_t j = 0; j < columns; j++) results[j] = f(results[j], double(x[j]));
  }
}

/** outer, n, inner, x (outer, n, inner), y (outer, inner) = scale · x reduced over n */
template <class F>
void reduce(Call& call, double start, double scale, const F& f) {
  const int64_t outer = call.size("outer", 0), n = call.size("n", 0), inner = call.size("inner", 0);
  const float* x = call.floats("x", ::product(outer, n, inner));
  float* y = call.floats("y", ::product(outer, inner));
  call.done();
  if (outer * inner == 0) return;
  // A long n is split into parts, whose results are combined in a fixed order; columns are cut into blocks.
  const int64_t length = 2 * TASK / inner < 64 ? 64 : 2 * TASK / inner;
  const int64_t parts = n > length ? (n + length - 1) / length : 1, blocks = (inner + COLUMNS - 1) / COLUMNS;
  double* partial = nullptr;
  if (parts > 1) partial = reinterpret_cast<double*>(scratch(4, ::product(outer, parts, inner, 2)));
  const int64_t unit = (n < length ? n : length) * (inner < COLUMNS ? inner : COLUMNS) + 1;
  inRanges(::product(outer, parts, blocks), TASK / unit, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const int64_t column = i % blocks * COLUMNS, part = i / blocks % parts, o = i / blocks / parts;
      const int64_t columns = inner - column < COLUMNS ? inner - column : COLUMNS;
      const int64_t row = part * length, rows = n - row < length ? n - row : length;
      const float* here = x + (o * n + row) * inner + column;
      double own[COLUMNS];
      double* results = partial ? partial + (o * parts + part) * inner + column : own;
      if (inner == 1) results[0] = alongRow(rows, here, start, f);
      else acrossRows(rows, columns, inner, here, start, results, f);
      if (!partial) {
        for (int64_t j = 0; j < columns; j++) y[o * inner + column + j] = float(results[j] * scale);
      }
    }
  });
  if (!partial) return;
  inRanges(outer * inner, TASK / parts, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const double* first = partial + i / inner * parts * inner + i % inner;
      double result = *first;
      for (int64_t part = 1; part < parts; part++) result = f(result, first[part * inner]);
      y[i] = float(result * scale);
    }
  });
}

}  // namespace

void sum(Call& call) {
  const double scale = call.number("scale");
  reduce(call, 0, scale, [](double a, double b) { return a + b; });
}
void prod(Call& call) { reduce(call, 1, 1, [](double a, double b) { return a * b; }); }
// NaN propagates.
void max(Call& call) {
  reduce(call, -__builtin_inf(), 1, [](double a, double b) { return b > a || b != b ? b : a; });
}
void min(Call& call) {
  reduce(call, __builtin_inf(), 1, [](double a, double b) { return b < a || b != b ? b : a; });
}

}  // namespace TARGET
