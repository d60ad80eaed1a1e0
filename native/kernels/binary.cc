// Element-wise arithmetic and comparisons of two tensors whose shapes broadcast.
#include "../addon/call.h"
#include "ranges.h"
#include "simd.h"

namespace TARGET {

namespace {

constexpr int MOST_RANK = 6;
using Shape = int64_t[MOST_RANK];

/** The result's dimensions, innermost first. An operand's stride is 0 along those over which it is broadcast. */
struct Broadcast {
  struct Dim {
    int64_t size, stepA, stepB;
  };
  Dim dims[MOST_RANK];
  int rank = 0;
  int64_t count = 1, countA = 1, countB = 1;
};

/** Reads the rank, then the sizes, and puts ones in front up to MOST_RANK. */
void readShape(Call& call, Shape& shape) {
  const int64_t rank = call.size("rank", 0);
  if (rank > MOST_RANK) fail("expected at most %d dimensions, but got %lld", MOST_RANK, (long long)rank);
  for (int64_t d = 0; d < MOST_RANK; d++) shape[d] = d < MOST_RANK - rank ? 1 : call.size("a size", 0);
}

/** Reads two shapes. Neighbouring dimensions that both operands stride through alike become one. */
Broadcast readBroadcast(Call& call) {
  Shape a, b;
  readShape(call, a);
  readShape(call, b);
  Broadcast result;
  for (int d = MOST_RANK - 1; d >= 0; d--) {
    if (a[d] != b[d] && a[d] != 1 && b[d] != 1) {
      fail("sizes %lld and %lld do not broadcast", (long long)a[d], (long long)b[d]);
    }
    const Broadcast::Dim dim = {a[d] == 1 ? b[d] : a[d], a[d] == 1 ? 0 : result.countA,
                                b[d] == 1 ? 0 : result.countB};
    result.count = ::product(result.count, dim.size);
    result.countA = ::product(result.countA, a[d]);
    result.countB = ::product(result.countB, b[d]);
    if (dim.size == 1) continue;
    Broadcast::Dim* inner = result.rank > 0 ? &result.dims[result.rank - 1] : nullptr;
    if (inner && dim.stepA == inner->stepA * inner->size && dim.stepB == inner->stepB * inner->size) {
      inner->size *= dim.size;
    } else {
      result.dims[result.rank++] = dim;
    }
  }
  if (result.rank == 0) result.dims[result.rank++] = {1, 1, 1};
  return result;
}

/** Goes through the rows of the innermost dimension: where each starts in a and in b. */
struct Rows {
  const Broadcast& shape;
  int64_t at[MOST_RANK];
  int64_t a = 0, b = 0;

  Rows(const Broadcast& shape, int64_t row) : shape(shape) {
    for (int d = 1; d < shape.rank; d++) {
      at[d] = row % shape.dims[d].size;
      row /= shape.dims[d].size;
      a += at[d] * shape.dims[d].stepA;
      b += at[d] * shape.dims[d].stepB;
    }
  }

  void next() {
    for (int d = 1; d < shape.rank; d++) {
      const Broadcast::Dim& dim = shape.dims[d];
      a += dim.stepA, b += dim.stepB;
      if (++at[d] < dim.size) return;
      a -= dim.size * dim.stepA, b -= dim.size * dim.stepB;
      at[d] = 0;
    }
  }
};

inline void put(float* to, V value, int64_t n) { storeUpTo(to, value, n); }
inline void put(uint8_t* to, VI condition, int64_t n) {
  if (n >= W) n = W;
  for (int64_t i = 0; i < n; i++) to[i] = uint8_t(condition[i] & 1);
}

/** out = f(a, b) for n neighbours; an operand that is not MANY is one number for all of them. */
template <bool MANY_A, bool MANY_B, class Out, class F>
inline void run(int64_t n, const float* a, const float* b, Out* out, const F& f) {
  const V oneA = splat(*a), oneB = splat(*b);
  int64_t i = 0;
  for (; i + W <= n; i += W) put(out + i, f(MANY_A ? load(a + i) : oneA, MANY_B ? load(b + i) : oneB), W);
  if (i == n) return;
  const V lastA = MANY_A ? loadPart(a + i, n - i) : oneA, lastB = MANY_B ? loadPart(b + i, n - i) : oneB;
  put(out + i, f(lastA, lastB), n - i);
}

template <class Out, class F>
void runAll(const Broadcast& shape, const float* a, const float* b, Out* out, const F& f) {
  const Broadcast::Dim inner = shape.dims[0];
  inRanges(shape.count, TASK, [&](int64_t from, int64_t to) {
    Rows rows(shape, from / inner.size);
    for (int64_t i = from, column = from % inner.size, n; i < to; i += n, column = 0, rows.next()) {
      n = inner.size - column < to - i ? inner.size - column : to - i;
      const float* left = a + rows.a + column * inner.stepA;
      const float* right = b + rows.b + column * inner.stepB;
      if (inner.stepA == 0) run<false, true>(n, left, right, out + i, f);
      else if (inner.stepB == 0) run<true, false>(n, left, right, out + i, f);
      else run<true, true>(n, left, right, out + i, f);
    }
  });
}

/** The rank of a, its sizes, the rank of b, its sizes, a, b, and out, which `read` reads. */
template <class Out, class F>
void broadcast(Call& call, Out* (Call::*read)(const char*, int64_t), const F& f) {
  const Broadcast shape = readBroadcast(call);
  const float* a = call.floats("a", shape.countA);
  const float* b = call.floats("b", shape.countB);
  Out* out = (call.*read)("out", shape.count);
  call.done();
  runAll(shape, a, b, out, f);
}

/** `out` may be an operand of the same shape. */
template <class F>
void binary(Call& call, const F& f) {
  broadcast(call, &Call::floats, f);
}

/** `out` is bytes: 1 where f is true. */
template <class F>
void comparison(Call& call, const F& f) {
  broadcast(call, &Call::bytes, f);
}

// These are Math.max and Math.min: NaN propagates, and +0 is larger than −0.
inline V larger(V a, V b) { return a != a ? a : (a == b ? (V)((VU)a & (VU)b) : (a > b ? a : b)); }
inline V smaller(V a, V b) { return a != a ? a : (a == b ? (V)((VU)a | (VU)b) : (a < b ? a : b)); }

/** JavaScript's power: NaN where C returns 1, for a NaN exponent, or an infinite one of a base of ±1. */
inline V powerOfEach(V a, V b) {
  V result = a;
  for (int i = 0; i < W; i++) {
    const float x = a[i], y = b[i];
    const bool none = y != y || (__builtin_isinf(y) && (x == 1 || x == -1));
    result[i] = none ? __builtin_nanf("") : float(__builtin_pow(x, y));
  }
  return result;
}

/** Squares, cubes and their gradients' powers are products, a hundred times as quick as other powers. */
inline V power(V a, V b) {
  const float exponent = b[0];
  bool all = true;
  for (int i = 1; i < W; i++) all &= b[i] == exponent;
  if (all && exponent == 1) return a;
  if (all && exponent == 2) return a * a;
  if (all && exponent == 3) return a * a * a;
  return powerOfEach(a, b);
}

}  // namespace

void add(Call& call) { binary(call, [](V a, V b) { return a + b; }); }
void sub(Call& call) { binary(call, [](V a, V b) { return a - b; }); }
void multiply(Call& call) { binary(call, [](V a, V b) { return a * b; }); }
void realDiv(Call& call) { binary(call, [](V a, V b) { return a / b; }); }
void maximum(Call& call) { binary(call, larger); }
void minimum(Call& call) { binary(call, smaller); }
void squaredDifference(Call& call) { binary(call, [](V a, V b) { return (a - b) * (a - b); }); }
void pow(Call& call) { binary(call, power); }
void prelu(Call& call) { binary(call, [](V x, V alpha) { return x < 0.0f ? alpha * x : x; }); }
/** a is dy, b is y. */
void eluGrad(Call& call) { binary(call, [](V dy, V y) { return y >= 0.0f ? dy : dy * (y + 1.0f); }); }

void equal(Call& call) { comparison(call, [](V a, V b) { return VI(a == b); }); }
void notEqual(Call& call) { comparison(call, [](V a, V b) { return VI(a != b); }); }
void greater(Call& call) { comparison(call, [](V a, V b) { return VI(a > b); }); }
void greaterEqual(Call& call) { comparison(call, [](V a, V b) { return VI(a >= b); }); }
void less(Call& call) { comparison(call, [](V a, V b) { return VI(a < b); }); }
void lessEqual(Call& call) { comparison(call, [](V a, V b) { return VI(a <= b); }); }

}  // namespace TARGET
