// The gradient of causal attention. As in flash attention, the weights are recomputed from the scores and each query's
// logSumExp. A task takes some keys of a head, and all queries that see them.
#include "attention-products.h"

namespace TARGET {

namespace {

constexpr int64_t KEYS = 4 * QUERIES;  // keys at a time; a multiple of NR
constexpr int64_t TASKS = 16;          // with fewer heads than this each is split into several tasks

/** One head's share of the tensors. */
struct HeadGradient {
  Rows queries, keys, values, dy, y;
  const float* logSumExp;
  float *dQueries, *dKeys, *dValues;
  int64_t dQueryStride, stride;  // of dKeys and dValues
  int64_t T, D;
  Dropout dropout;
  int64_t firstWeight;
};

/** Turns a query's scores into its weights, and the weights' gradient into that of q · k; clears both up to `end`. */
void scoreGradient(float* scores, float* gradient, int64_t n, int64_t end, float logSumExp, float delta, float scale,
                   const float* factors) {
  for (int64_t j = 0; j < n; j += W) {
    const VI seen = within(n - j);
    const V weight = exponential(load(scores + j) * scale - logSumExp);
    const V factor = factors ? load(factors + j) : splat(1);
    store(scores + j, select(seen, weight * factor, V{}));
    store(gradient + j, select(seen, weight * scale * (load(gradient + j) * factor - delta), V{}));
  }
  clearAfter(scores, n, end);
  clearAfter(gradient, n, end);
}

/** The part of the keys first … first + count − 1: their dKeys and dValues, and dQueries = or +=. */
template <class Operands>
void gradientOfKeys(const HeadGradient& head, int64_t first, int64_t count, bool accumulate) {
  using Word = typename Operands::Word;
  const int64_t T = head.T, D = head.D, stride = scoreStride(KEYS);
  const int64_t across = panelWords<Operands>(D, count), along = panelWords<Operands>(count, D);
  const int64_t down = panelWords<Operands>(QUERIES, D), left = QUERIES * D, weights = QUERIES * stride;
  float* scores = scratch(4, 4 * weights + stride + 2 * across + along + 2 * down + left + 4 * W);
  float* gradient = scores + weights;
  float* factors = gradient + weights;
  Word* weightsDown = reinterpret_cast<Word*>(factors + stride);
  Word* gradientDown = weightsDown + weights;
  Word* packedKeys = gradientDown + weights;
  Word* packedValues = packedKeys + across;
  Word* keys = packedValues + across;
  Word* queries = keys + along;
  Word* dy = queries + down;
  Word* rowsOf = dy + down;
  const float scale = float(1 / sqrt(double(D)));
  packPanels<Operands>({head.keys[first], 1, head.keys.stride}, D, count, packedKeys);
  packPanels<Operands>({head.values[first], 1, head.values.stride}, D, count, packedValues);
  packPanels<Operands>({head.keys[first], head.keys.stride}, count, D, keys);
  // The last queries see all of these keys, so starting with them overwrites dKeys and dValues, which need no clearing.
  const int64_t last = (T - 1) / QUERIES * QUERIES;
  for (int64_t i = last; i >= first; i -= QUERIES) {
    const int64_t rows = least(QUERIES, T - i);
    const Block block = {rows, i - first, least(count, i + rows - first), D};
    Operands::rows({head.queries[i], head.queries.stride}, rows, D, rowsOf);
    multiplyAcross<Operands>(block, rowsOf, packedKeys, scores, stride);
    Operands::rows({head.dy[i], head.dy.stride}, rows, D, rowsOf);
    multiplyAcross<Operands>(block, rowsOf, packedValues, gradient, stride);
    packPanels<Operands>({head.queries[i], head.queries.stride}, rows, D, queries);
    packPanels<Operands>({head.dy[i], head.dy.stride}, rows, D, dy);
    for (int64_t r = 0; r < rows; r++) {
      const int64_t query = i + r, seen = block.seen(r, 1);
      const int64_t place = head.firstWeight + query * T + first;
      const float* factor = head.dropout.on ? dropoutFactors(head.dropout, place, seen, factors) : nullptr;
      scoreGradient(scores + r * stride, gradient + r * stride, seen, block.seen(r / MR * MR, MR),
                    head.logSumExp[query], dotHeld<Operands>(head.dy[query], head.y[query], D), scale, factor);
      if (query == 0) {  // the first query sees one key, whose weight is 1 whatever the score
        scores[0] = factor ? factor[0] : 1;
        gradient[0] = 0;
      }
    }
    const Word* byKey = Operands::down(block, scores, stride, weightsDown);
    mixBack<Operands>(block, byKey, stride, dy, head.dValues + first * head.stride, head.stride, i < last);
    byKey = Operands::down(block, gradient, stride, gradientDown);
    mixBack<Operands>(block, byKey, stride, queries, head.dKeys + first * head.stride, head.stride, i < last);
    const Word* byQuery = Operands::along(block, gradient, stride);
    mix<Operands>(block, byQuery, stride, keys, count, head.dQueries + i * head.dQueryStride, head.dQueryStride,
                  accumulate);
  }
}

/** Sums the tasks' parts of a head's dQueries; task t's first query is t · KEYS. */
void reduceTasks(const float* partial, int64_t tasks, int64_t T, int64_t D, float* to, int64_t stride) {
  for (int64_t i = 0; i < T; i++) {
    float* row = to + i * stride;
    memcpy(row, partial + i * D, size_t(D) * sizeof(float));
    for (int64_t task = 1; task < tasks && task * KEYS <= i; task++) {
      for (int64_t d = 0; d < D; d++) row[d] += partial[(task * T + i) * D + d];
    }
  }
}

}  // namespace

/**
 * B, T, heads, D, rate, key0, key1, dy (B, T, heads · D), qkv (B, T, 3 · heads · D), y (B, T, heads · D),
 * logSumExp (B, heads, T), dqkv (B, T, 3 · heads · D)
 */
void causalAttentionGrad(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T", 0), H = call.size("heads"), D = call.size("D", 0);
  const Dropout dropout = readDropout(call);
  const int64_t C = ::product(H, D), total = ::product(B, T, C);
  const float* dy = call.floats("dy", total);
  const float* qkv = call.floats("qkv", ::product(total, 3));
  const float* y = call.floats("y", total);
  const float* logSumExp = call.floats("logSumExp", ::product(B, H, T));
  float* dqkv = call.floats("dqkv", ::product(total, 3));
  call.done();
  if (total == 0) return;
  const int64_t parts = (T + KEYS - 1) / KEYS, tasks = least(parts, (TASKS + B * H - 1) / (B * H));
  float* partial = tasks > 1 ? scratch(5, ::product(B * H * tasks, T, D)) : nullptr;
  const auto headAt = [&](int64_t index) {
    const int64_t b = index / H, h = index % H, small = b * T * C + h * D, large = b * T * 3 * C + h * D;
    const Rows queries = {qkv + large, 3 * C};
    return HeadGradient{queries, {queries.data + C, 3 * C}, {queries.data + 2 * C, 3 * C}, {dy + small, C},
                        {y + small, C}, logSumExp + index * T, dqkv + large, dqkv + large + C,
                        dqkv + large + 2 * C, 3 * C, 3 * C, T, D, dropout, index * T * T};
  };
  parallel(B * H * tasks, [&](int64_t task) {
    HeadGradient head = headAt(task / tasks);
    if (tasks > 1) {
      head.dQueries = partial + task * T * D;
      head.dQueryStride = D;
    }
    const int64_t from = task % tasks;
    for (int64_t part = from; part < parts; part += tasks) {
      withOperands([&](auto operands) {
        gradientOfKeys<decltype(operands)>(head, part * KEYS, least(KEYS, T - part * KEYS), part > from);
      });
    }
  });
  if (tasks == 1) return;
  parallel(B * H, [&](int64_t index) {
    reduceTasks(partial + index * tasks * T * D, tasks, T, D, headAt(index).dQueries, 3 * C);
  });
}

}  // namespace TARGET
