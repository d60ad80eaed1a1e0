// The global norm: the length of all gradients taken as one vector.
#include <math.h>

#include "chunks.h"
#include "simd.h"

namespace TARGET {

namespace {

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

}  // namespace

/**
 * gradients (a list of arrays), sums (the memory of a double for each chunk of each, or null): what is added up, in that order.
 * Returns √ of the sum of all squares.
 */
void globalNorm(Call& call) {
  const Call::List list = call.list("gradients");
  Gradient* gradients = table<Gradient>(list.count);
  int64_t most = 0;
  for (int64_t i = 0; i < list.count; i++) {
    Gradient& one = gradients[i];
    one.g = call.item(list, "gradients", i, -1, &one.count);
    most += chunksOf(one.count);
  }
  float* wanted = call.floatsOrNull("sums", 2 * most);
  call.done();
  double* sums = reinterpret_cast<double*>(wanted ? wanted : scratch(5, 2 * most));
  overChunks(gradients, list.count, [&](const Gradient& one, int64_t chunk, int64_t from, int64_t to) {
    sums[chunk] = sumOfSquares(one.g + from, to - from);
  });
  double total = 0;
  for (int64_t chunk = 0; chunk < most; chunk++) total += sums[chunk];
  call.returns(sqrt(total));
}

}  // namespace TARGET
