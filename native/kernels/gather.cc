// gather: rows chosen by id; unsortedSegmentSum: rows summed by id; select: numbers chosen by a condition.
#include "../addon/call.h"
#include "ranges.h"
#include "simd.h"

namespace TARGET {

/**
 * batch, outer, choices, inner, count,
 * x (batch, outer, choices, inner), ids (batch, count), y (batch, outer, count, inner)
 */
void gather(Call& call) {
  const int64_t batch = call.size("batch", 0), outer = call.size("outer", 0);
  const int64_t choices = call.size("choices", 0), inner = call.size("inner", 0), count = call.size("count", 0);
  const float* x = call.floats("x", ::product(batch, outer, choices, inner));
  const int32_t* ids = call.ints("ids", ::product(batch, count));
  float* y = call.floats("y", ::product(::product(batch, outer), count, inner));
  call.done();
  for (int64_t i = 0; i < batch * count; i++) {
    if (ids[i] < 0 || ids[i] >= choices) {
      fail("expected ids from 0 to %lld, but got %d", (long long)choices - 1, ids[i]);
    }
  }
  inRanges(batch * outer * count, TASK / (inner + 1), [&](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) {
      const int64_t plane = row / count, id = ids[plane / outer * count + row % count];
      memcpy(y + row * inner, x + (plane * choices + id) * inner, size_t(inner) * 4);
    }
  });
}

/** rows, columns, segments, x (rows, columns), ids (rows), y (segments, columns); rows of other ids are left out. */
void unsortedSegmentSum(Call& call) {
  const int64_t rows = call.size("rows", 0), columns = call.size("columns", 0);
  const int64_t segments = call.size("segments", 0);
  const float* x = call.floats("x", ::product(rows, columns));
  const int32_t* ids = call.ints("ids", rows);
  float* y = call.floats("y", ::product(segments, columns));
  call.done();
  if (rows > INT32_MAX) fail("expected at most 2147483647 rows, but got %lld", (long long)rows);
  // A counting sort of the rows by segment, so that threads share the segments: the rows of segment s are
  // order[ends[s − 1]] … order[ends[s] − 1].
  int32_t* ends = reinterpret_cast<int32_t*>(scratch(4, segments + 1)) + 1;
  int32_t* order = reinterpret_cast<int32_t*>(scratch(5, rows));
  memset(ends - 1, 0, size_t(segments + 1) * 4);
  const auto isInside = [&](int64_t row) { return ids[row] >= 0 && ids[row] < segments; };
  for (int64_t row = 0; row < rows; row++) {
    if (isInside(row)) ends[ids[row]]++;
  }
  for (int64_t s = 0; s < segments; s++) ends[s] += ends[s - 1];
  for (int64_t s = segments - 1; s >= 0; s--) ends[s] = ends[s - 1];
  for (int64_t row = 0; row < rows; row++) {
    if (isInside(row)) order[ends[ids[row]]++] = int32_t(row);
  }
  constexpr int64_t COLUMNS = 1024;
  inRanges(segments, segments / 64 + 1, [&](int64_t from, int64_t to) {
    double sums[COLUMNS];
    for (int64_t s = from; s < to; s++) {
      for (int64_t c = 0; c < columns; c += COLUMNS) {
        const int64_t width = columns - c < COLUMNS ? columns - c : COLUMNS;
        for (int64_t j = 0; j < width; j++) sums[j] = 0;
        for (int64_t i = ends[s - 1]; i < ends[s]; i++) {
          const float* row = x + order[i] * columns + c;
          for (int64_t j = 0; j < width; j++) sums[j] += double(row[j]);
        }
        for (int64_t j = 0; j < width; j++) y[s * columns + c + j] = float(sums[j]);
      }
    }
  });
}

/** count, condition, yes, no, y */
void select(Call& call) {
  const int64_t count = call.size("count", 0);
  const int32_t* condition = call.ints("condition", count);
  const float* yes = call.floats("yes", count);
  const float* no = call.floats("no", count);
  float* y = call.floats("y", count);
  call.done();
  inRanges(count, TASK, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) y[i] = condition[i] == 1 ? yes[i] : no[i];
  });
}

}  // namespace TARGET
