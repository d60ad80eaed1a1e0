// Attention, in blocks of queries: y = softmax(q · kᵀ / √D) · v of each head; and causal attention, in which a position
// sees itself and those before.
#include "attention-products.h"

namespace TARGET {

namespace {

void scaleRow(float* row, int64_t D, float factor) {
  int64_t d = 0;
  for (; d + W <= D; d += W) store(row + d, load(row + d) * factor);
  for (; d < D; d++) row[d] *= factor;
}

template <class Operands>
void attendWith(const Head& head, int64_t from, int64_t to) {
  using Word = typename Operands::Word;
  const int64_t D = head.D, keys = head.sight.of(to - 1), stride = scoreStride(keys);
  const int64_t across = panelWords<Operands>(D, keys), along = panelWords<Operands>(keys, D);
  float* scores = scratch(4, (QUERIES + 1) * stride + across + along + QUERIES * D + 4 * W);
  float* factors = scores + QUERIES * stride;
  Word* packedKeys = reinterpret_cast<Word*>(factors + stride);
  Word* values = packedKeys + across;
  Word* queries = values + along;
  packPanels<Operands>({head.keys.data, 1, head.keys.stride}, D, keys, packedKeys);
  packPanels<Operands>({head.values.data, head.values.stride}, keys, D, values);
  const float scale = float(1 / sqrt(double(D)));
  for (int64_t i = from; i < to; i += QUERIES) {
    const int64_t rows = least(QUERIES, to - i);
    const Block block = {rows, head.sight.before + i, head.sight.of(i + rows - 1), D};
    float sums[QUERIES];
    Operands::rows({head.queries[i], head.queries.stride}, rows, D, queries);
    multiplyAcross<Operands>(block, queries, packedKeys, scores, stride);
    for (int64_t r = 0; r < rows; r++) {
      const int64_t seen = block.seen(r, 1);
      float* row = scores + r * stride;
      float* logSumExp = head.logSumExp ? head.logSumExp + i + r : nullptr;
      sums[r] = exponentials(row, seen, block.seen(r / MR * MR, MR), scale, logSumExp);
      if (!head.dropout.on) continue;
      const float* factor = dropoutFactors(head.dropout, head.firstWeight + (i + r) * head.S, seen, factors);
      for (int64_t j = 0; j < seen; j += W) {
        store(row + j, select(within(seen - j), load(row + j) * load(factor + j), V{}));
      }
    }
    const Word* weights = Operands::along(block, scores, stride);
    mix<Operands>(block, weights, stride, values, keys, head.y + i * head.yStride, head.yStride, false);
    for (int64_t r = 0; r < rows; r++) scaleRow(head.y + (i + r) * head.yStride, D, 1 / sums[r]);
  }
}

}  // namespace

void attend(const Head& head, int64_t from, int64_t to) {
  withOperands([&](auto operands) { attendWith<decltype(operands)>(head, from, to); });
}

/**
 * B, T, heads, kvHeads, D, rate, key0, key1, qkv (B, T, E), y (B, T, heads · D), logSumExp (B, heads, T);
 * E = (heads + 2 · kvHeads) · D: the heads' queries, then the keys and the values that groups of them share
 */
void causalAttention(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T", 0);
  const Grouped grouped = readGrouped(call);
  const Dropout dropout = readDropout(call);
  const int64_t H = grouped.heads, D = grouped.D, C = ::product(H, D), E = grouped.width();
  const float* qkv = call.floats("qkv", ::product(B, T, E));
  float* y = call.floats("y", ::product(B, T, C));
  float* logSumExp = call.floats("logSumExp", ::product(B, H, T));
  call.done();
  const int64_t tasks = (T + QUERIES_A_TASK - 1) / QUERIES_A_TASK;
  parallel(::product(B, H, tasks), [&](int64_t task) {
    const int64_t head = task / tasks, b = head / H, h = head % H;
    // The last queries, which see the most keys, come first, so that no thread ends with a long task.
    const int64_t from = (tasks - 1 - task % tasks) * QUERIES_A_TASK;
    const float* start = qkv + b * T * E;
    attend({{start + h * D, E}, {start + grouped.key(h), E}, {start + grouped.value(h), E}, y + b * T * C + h * D, C,
            logSumExp + head * T, D, {T, 0}, dropout, head * T * T, T},
           from, least(T, from + QUERIES_A_TASK));
  });
}

}  // namespace TARGET
