// The gradient of attention, and of causal attention. As in flash attention, the weights are recomputed from the scores and each query's
// logSumExp. A task takes some keys of a head, and all queries that see them.
#include "attention-products.h"

namespace TARGET {

namespace {

constexpr int64_t KEYS = 4 * QUERIES;  // keys at a time; a multiple of NR
constexpr int64_t TASKS = 16;          // with fewer heads than this each is split into several tasks

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
void gradientOfKeys(const HeadGradient& head, int64_t T, int64_t first, int64_t count, bool accumulate,
                    bool accumulateKeys) {
  using Word = typename Operands::Word;
  const int64_t D = head.D, stride = scoreStride(KEYS), before = head.sight.before;
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
  for (int64_t i = last; i >= 0 && i >= first - before; i -= QUERIES) {
    const int64_t rows = least(QUERIES, T - i);
    const Block block = {rows, before + i - first, least(count, before + i + rows - first), D};
    Operands::rows({head.queries[i], head.queries.stride}, rows, D, rowsOf);
    multiplyAcross<Operands>(block, rowsOf, packedKeys, scores, stride);
    Operands::rows({head.dy[i], head.dy.stride}, rows, D, rowsOf);
    multiplyAcross<Operands>(block, rowsOf, packedValues, gradient, stride);
    packPanels<Operands>({head.queries[i], head.queries.stride}, rows, D, queries);
    packPanels<Operands>({head.dy[i], head.dy.stride}, rows, D, dy);
    for (int64_t r = 0; r < rows; r++) {
      const int64_t query = i + r, seen = block.seen(r, 1);
      const int64_t place = head.firstWeight + query * head.S + first;
      const float* factor = head.dropout.on ? dropoutFactors(head.dropout, place, seen, factors) : nullptr;
      scoreGradient(scores + r * stride, gradient + r * stride, seen, block.seen(r / MR * MR, MR),
                    head.logSumExp[query], dotHeld<Operands>(head.dy[query], head.y[query], D), scale, factor);
      if (head.sight.of(query) == 1) {  // the weight of an only key is 1 whatever the score
        scores[r * stride] = factor ? factor[0] : 1;
        gradient[r * stride] = 0;
      }
    }
    const Word* byKey = Operands::down(block, scores, stride, weightsDown);
    mixBack<Operands>(block, byKey, stride, dy, head.dValues + first * head.stride, head.stride, accumulateKeys || i < last);
    byKey = Operands::down(block, gradient, stride, gradientDown);
    mixBack<Operands>(block, byKey, stride, queries, head.dKeys + first * head.stride, head.stride, accumulateKeys || i < last);
    const Word* byQuery = Operands::along(block, gradient, stride);
    mix<Operands>(block, byQuery, stride, keys, count, head.dQueries + i * head.dQueryStride, head.dQueryStride,
                  accumulate);
  }
}

/** Sums the tasks' parts of a head's dQueries; task t begins with key t · KEYS. */
void reduceTasks(const HeadGradient& head, const float* partial, int64_t tasks, int64_t T) {
  const int64_t D = head.D;
  for (int64_t i = 0; i < T; i++) {
    float* row = head.dQueries + i * head.dQueryStride;
    memcpy(row, partial + i * D, size_t(D) * sizeof(float));
    for (int64_t task = 1; task < tasks && task * KEYS < head.sight.of(i); task++) {
      for (int64_t d = 0; d < D; d++) row[d] += partial[(task * T + i) * D + d];
    }
  }
}

}  // namespace

void attendGrad(const std::vector<HeadGradient>& heads, int64_t group, int64_t T, int64_t S) {
  const int64_t count = int64_t(heads.size()), groups = count / group;
  if (count == 0) return;
  const int64_t D = heads[0].D, most = (S + KEYS - 1) / KEYS, tasks = least(most, (TASKS + groups - 1) / groups);
  float* partial = tasks > 1 ? scratch(5, ::product(count * tasks, T, D)) : nullptr;
  parallel(groups * tasks, [&](int64_t task) {
    const int64_t begin = task / tasks * group, from = task % tasks;
    for (int64_t index = begin; index < begin + group; index++) {
      HeadGradient head = heads[size_t(index)];
      if (tasks > 1) {
        head.dQueries = partial + (index * tasks + from) * T * D;
        head.dQueryStride = D;
      }
      const int64_t keys = head.sight.count;
      for (int64_t part = from; part * KEYS < keys; part += tasks) {
        withOperands([&](auto operands) {
          const int64_t first = part * KEYS;
          gradientOfKeys<decltype(operands)>(head, T, first, least(KEYS, keys - first), part > from, index > begin);
        });
      }
    }
  });
  if (tasks == 1) return;
  parallel(count, [&](int64_t index) {
    reduceTasks(heads[size_t(index)], partial + index * tasks * T * D, tasks, T);
  });
}

/**
 * B, T, heads, kvHeads, D, rate, key0, key1, dy (B, T, heads · D), qkv (B, T, E), y (B, T, heads · D),
 * logSumExp (B, heads, T), dqkv (B, T, E); E = (heads + 2 · kvHeads) · D
 */
void causalAttentionGrad(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T", 0);
  const Grouped grouped = readGrouped(call);
  const Dropout dropout = readDropout(call);
  const int64_t H = grouped.heads, D = grouped.D, C = ::product(H, D), E = grouped.width(), total = ::product(B, T, C);
  const float* dy = call.floats("dy", total);
  const float* qkv = call.floats("qkv", ::product(B, T, E));
  const float* y = call.floats("y", total);
  const float* logSumExp = call.floats("logSumExp", ::product(B, H, T));
  float* dqkv = call.floats("dqkv", ::product(B, T, E));
  call.done();
  if (total == 0) return;
  std::vector<HeadGradient> heads;
  for (int64_t index = 0; index < B * H; index++) {
    const int64_t b = index / H, h = index % H, own = b * T * C + h * D;
    const int64_t query = b * T * E + h * D, key = b * T * E + grouped.key(h), value = b * T * E + grouped.value(h);
    heads.push_back({{qkv + query, E}, {qkv + key, E}, {qkv + value, E}, {dy + own, C}, {y + own, C},
                     logSumExp + index * T, dqkv + query, dqkv + key, dqkv + value, E, E, D, {T, 0}, dropout,
                     index * T * T, T});
  }
  attendGrad(heads, grouped.group(), T, T);
}

}  // namespace TARGET
