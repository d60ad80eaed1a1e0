// move: a strided copy of 32-bit words from one array to another, which makes slices, transposes, concatenation and
// padding.
#include "../addon/call.h"
#include "ranges.h"
#include "simd.h"

namespace TARGET {

namespace {

constexpr int MOST_RANK = 6;
constexpr int64_t FARTHEST = int64_t(1) << 40;

struct Dim {
  int64_t size, from, to;
};

/** Fails unless every place that these steps reach is in an array of `length`. */
void checkWalk(const char* name, int64_t start, int64_t length, const Dim* dims, int rank,
               int64_t Dim::*step) {
  int64_t lowest = start, highest = start;
  for (int d = 0; d < rank; d++) {
    const int64_t by = dims[d].*step, reach = ::product(dims[d].size - 1, by < 0 ? -by : by);
    if (by < 0) lowest -= reach;
    else highest += reach;
  }
  if (lowest < 0 || highest >= length) {
    fail("expected places in %s from 0 to %lld, but got %lld to %lld", name, (long long)length - 1,
         (long long)lowest, (long long)highest);
  }
}

void copyRow(int64_t n, const uint32_t* from, int64_t fromStep, uint32_t* to, int64_t toStep) {
  if (toStep == 1 && fromStep == 1) {
    memcpy(to, from, size_t(n) * 4);
  } else if (toStep == 1 && fromStep == 0) {
    const uint32_t word = *from;
    for (int64_t i = 0; i < n; i++) to[i] = word;
  } else {
    for (int64_t i = 0; i < n; i++) to[i * toStep] = from[i * fromStep];
  }
}

/** A transpose: rows are contiguous in `from`, columns in `to`. */
void copyAcross(int64_t rows, int64_t columns, const uint32_t* from, int64_t fromStep, uint32_t* to,
                int64_t toStep) {
  int64_t i = 0;
  for (; i + W <= rows; i += W) {
    int64_t j = 0;
    for (; j + W <= columns; j += W) {
      V block[W];
      for (int k = 0; k < W; k++) {
        block[k] = load(reinterpret_cast<const float*>(from + (j + k) * fromStep + i));
      }
      transpose(block);
      for (int k = 0; k < W; k++) store(reinterpret_cast<float*>(to + (i + k) * toStep + j), block[k]);
    }
    for (; j < columns; j++) {
      for (int64_t k = i; k < i + W; k++) to[k * toStep + j] = from[j * fromStep + k];
    }
  }
  for (; i < rows; i++) copyRow(columns, from + i, fromStep, to + i * toStep, 1);
}

/** Where one dimension is contiguous in `from` and another in `to`, puts these two last, and returns true. */
bool choosePlane(Dim (&dims)[MOST_RANK + 1], int rank) {
  const Dim column = dims[rank - 1];
  if (column.to != 1 || column.from == 1) return false;
  for (int d = 0; d < rank - 1; d++) {
    if (dims[d].from != 1) continue;
    const Dim row = dims[d];
    for (; d < rank - 2; d++) dims[d] = dims[d + 1];
    dims[rank - 2] = row;
    return true;
  }
  return false;
}

inline int64_t groups(int64_t count, int64_t each) { return (count + each - 1) / each; }

}  // namespace

/** rank, (size, step in from, step in to) for each dimension, start in from, start in to, [from, to] */
void move(Call& call) {
  int rank = int(call.size("rank", 0));
  if (rank > MOST_RANK) fail("expected at most %d dimensions, but got %d", MOST_RANK, rank);
  Dim dims[MOST_RANK + 1];
  int64_t count = 1;
  for (int d = 0; d < rank; d++) {
    dims[d] = {call.size("a size", 0), call.size("a step", -FARTHEST), call.size("a step", -FARTHEST)};
    count = ::product(count, dims[d].size);
  }
  const int64_t fromStart = call.size("start in from", 0), toStart = call.size("start in to", 0);
  const Call::List arrays = call.list("arrays", 2);
  int64_t fromLength, toLength;
  const uint32_t* from = reinterpret_cast<uint32_t*>(call.item(arrays, "from", 0, -1, &fromLength));
  uint32_t* to = reinterpret_cast<uint32_t*>(call.item(arrays, "to", 1, -1, &toLength));
  call.done();
  if (count == 0) return;
  checkWalk("from", fromStart, fromLength, dims, rank, &Dim::from);
  checkWalk("to", toStart, toLength, dims, rank, &Dim::to);

  while (rank < 2) {
    for (int d = rank++; d > 0; d--) dims[d] = dims[d - 1];
    dims[0] = {1, 0, 0};
  }
  const bool across = choosePlane(dims, rank);
  const Dim row = dims[rank - 2], column = dims[rank - 1];
  // The plane of the last two dimensions is cut into squares that fit in the cache, or into whole rows.
  const int64_t columnsEach = across ? 64 : least(column.size, TASK);
  const int64_t rowsEach = across ? 64 : least(row.size, groups(TASK, columnsEach));
  const int64_t columnBlocks = groups(column.size, columnsEach), rowBlocks = groups(row.size, rowsEach);
  const int64_t planes = count / row.size / column.size, blockSize = least(row.size, rowsEach) * columnsEach;
  inRanges(::product(planes, rowBlocks, columnBlocks), TASK / blockSize, [&](int64_t first, int64_t end) {
    for (int64_t block = first; block < end; block++) {
      const int64_t j = block % columnBlocks * columnsEach, i = block / columnBlocks % rowBlocks * rowsEach;
      const int64_t rows = least(row.size - i, rowsEach), columns = least(column.size - j, columnsEach);
      const uint32_t* source = from + fromStart + i * row.from + j * column.from;
      uint32_t* target = to + toStart + i * row.to + j * column.to;
      int64_t plane = block / columnBlocks / rowBlocks;
      for (int d = rank - 3; d >= 0; d--) {
        const int64_t at = plane % dims[d].size;
        plane /= dims[d].size;
        source += at * dims[d].from;
        target += at * dims[d].to;
      }
      if (across) copyAcross(rows, columns, source, column.from, target, row.to);
      else for (int64_t r = 0; r < rows; r++) {
        copyRow(columns, source + r * row.from, column.from, target + r * row.to, column.to);
      }
    }
  });
}

}  // namespace TARGET
