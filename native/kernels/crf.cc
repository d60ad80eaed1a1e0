// crfLoss: the loss of a linear-chain conditional random field, with its gradients. The forward algorithm runs in
// logarithms, which after each step are taken relative to the largest. Its derivative runs back through the same steps, and
// each of its factors is a probability: that of the tag before, given a tag and all that came before it.
#include <float.h>
#include <math.h>

#include <utility>

#include "ranges.h"
#include "sequences.h"
#include "simd.h"

namespace TARGET {

namespace {

/** Rows go in at most so many tasks: each sums the gradients of the transitions for itself. */
constexpr int64_t MOST_TASKS = 16;

struct Field {
  int64_t T, K;
  const float* transitions;  // (K, K), from each tag to the next
  const float *start, *end;  // (K)
};

/** One sequence, with the memory that its steps are kept in. */
struct Row {
  int64_t length;
  const float* scores;  // (T, K)
  const int32_t* tags;  // (T)
  float* reached;       // (T, K): ln of the sum over all paths to a tag, before its own score
  float* states;        // (T, K): with it, relative to the largest
  float* marginals;     // (K), at the step at work
  float* before;        // (K), one step earlier
  float* pairs;         // (K, K): how often a tag follows another, as expected
};

/** reached[to] = ln Σ exp(states[from] + transitions[from, to]) */
void advance(const Field& field, const float* states, float* reached) {
  const int64_t K = field.K;
  for (int64_t to = 0; to < K; to += W) {
    const auto through = [&](int64_t from) {
      return loadUpTo(field.transitions + from * K + to, K - to) + states[from];
    };
    V top = splat(-FLT_MAX), total = {};
    for (int64_t from = 0; from < K; from++) top = maximum(through(from), top);
    for (int64_t from = 0; from < K; from++) total += exponential(through(from) - top);
    for (int64_t i = 0; i < least(W, K - to); i++) reached[to + i] = float(top[i] + log(double(total[i])));
  }
}

/** Fills in all steps, and the marginals of the last one; returns ln Σ exp(weight) over all sequences of tags. */
double forward(const Field& field, const Row& row) {
  const int64_t K = field.K;
  double kept = 0;
  for (int64_t t = 0; t < row.length; t++) {
    float *reached = row.reached + t * K, *states = row.states + t * K;
    if (t == 0) memcpy(reached, field.start, size_t(K) * sizeof(float));
    else advance(field, states - K, reached);
    const auto with = [&](int64_t k) { return double(reached[k]) + row.scores[t * K + k]; };
    double top = -DBL_MAX;
    for (int64_t k = 0; k < K; k++) top = fmax(top, with(k));
    for (int64_t k = 0; k < K; k++) states[k] = float(with(k) - top);
    kept += top;
  }
  const float* last = row.states + (row.length - 1) * K;
  double top = -DBL_MAX, total = 0;
  for (int64_t k = 0; k < K; k++) top = fmax(top, double(last[k]) + field.end[k]);
  for (int64_t k = 0; k < K; k++) total += exp(double(last[k]) + field.end[k] - top);
  for (int64_t k = 0; k < K; k++) row.marginals[k] = float(exp(double(last[k]) + field.end[k] - top) / total);
  return kept + top + log(total);
}

/** From the marginals of step t to those of the step before, adding to the pairs. */
void stepBack(const Field& field, const Row& row, int64_t t) {
  const int64_t K = field.K;
  const float *states = row.states + (t - 1) * K, *reached = row.reached + t * K;
  float total = 0;
  for (int64_t from = 0; from < K; from++) {
    V own = {};
    for (int64_t to = 0; to < K; to += W) {
      const V through = loadUpTo(field.transitions + from * K + to, K - to) + states[from];
      const V likely = exponential(through - loadUpTo(reached + to, K - to)) * loadUpTo(row.marginals + to, K - to);
      float* pairs = row.pairs + from * K + to;
      storeUpTo(pairs, loadUpTo(pairs, K - to) + likely, K - to);
      own += likely;
    }
    total += row.before[from] = sum(own);
  }
  for (int64_t k = 0; k < K; k++) row.before[k] /= total;  // what rounding takes would add up over the steps
}

/** What the row's own tags weigh. */
double weightOf(const Field& field, const Row& row) {
  double weight = double(field.start[row.tags[0]]) + field.end[row.tags[row.length - 1]];
  for (int64_t t = 0; t < row.length; t++) {
    weight += row.scores[t * field.K + row.tags[t]];
    if (t > 0) weight += field.transitions[row.tags[t - 1] * field.K + row.tags[t]];
  }
  return weight;
}

/** Gradients of the weights, as sums over the rows of a task. */
struct Sums {
  double *transitions, *start, *end;  // (K, K), (K), (K)
};

/** Expected less own tags: dScores (T, K), times `share`, and the sums. */
void backward(const Field& field, Row& row, float share, float* dScores, const Sums& sums) {
  const int64_t K = field.K;
  memset(row.pairs, 0, size_t(K * K) * sizeof(float));
  for (int64_t k = 0; k < K; k++) sums.end[k] += row.marginals[k];
  sums.end[row.tags[row.length - 1]] -= 1;
  for (int64_t t = row.length - 1;; t--) {
    for (int64_t k = 0; k < K; k++) dScores[t * K + k] = row.marginals[k] * share;
    dScores[t * K + row.tags[t]] = (row.marginals[row.tags[t]] - 1) * share;
    if (t == 0) break;
    sums.transitions[row.tags[t - 1] * K + row.tags[t]] -= 1;
    stepBack(field, row, t);
    std::swap(row.marginals, row.before);
  }
  for (int64_t k = 0; k < K; k++) sums.start[k] += row.marginals[k];
  sums.start[row.tags[0]] -= 1;
  for (int64_t i = 0; i < K * K; i++) sums.transitions[i] += row.pairs[i];
}

}  // namespace

/**
 * B, T, K, scores (B, T, K), transitions (K, K), start (K), end (K), tags (B, T), lengths (B); and the gradients to write:
 * dScores, dTransitions, dStart, dEnd, null where none are wanted. Returns the loss.
 */
void crfLoss(Call& call) {
  const int64_t B = call.size("B"), T = call.size("T"), K = call.size("K");
  const int64_t row = ::product(T, K), square = ::product(K, K), all = ::product(B, row);
  const float* scores = call.floats("scores", all);
  Field field = {T, K, call.floats("transitions", square), nullptr, nullptr};
  field.start = call.floats("start", K);
  field.end = call.floats("end", K);
  const int32_t* tags = call.ints("tags", ::product(B, T));
  const int32_t* lengths = call.ints("lengths", B);
  float* dScores = call.floatsOrNull("dScores", all);
  float* dTransitions = dScores ? call.floats("dTransitions", square) : call.floatsOrNull("dTransitions", 0);
  float* dStart = dScores ? call.floats("dStart", K) : call.floatsOrNull("dStart", 0);
  float* dEnd = dScores ? call.floats("dEnd", K) : call.floatsOrNull("dEnd", 0);
  call.done();
  checkLengths(lengths, B, T);
  checkIds("tags", tags, lengths, B, T, K);
  int64_t counted = 0;
  for (int64_t b = 0; b < B; b++) counted += lengths[b];
  const double share = 1 / double(counted > 0 ? counted : 1);
  const int64_t each = (B + MOST_TASKS - 1) / MOST_TASKS, tasks = (B + each - 1) / each;
  const int64_t size = square + 2 * K;  // of a task's sums
  double* losses = reinterpret_cast<double*>(scratch(4, 2 * (B + ::product(tasks, size))));
  double* sums = losses + B;
  memset(sums, 0, size_t(tasks * size) * sizeof(double));
  inRanges(B, each, [&](int64_t from, int64_t to) {
    float* memory = scratch(5, 2 * row + square + 2 * K);
    double* own = sums + from / each * size;
    for (int64_t b = from; b < to; b++) {
      float* marginals = memory + 2 * row;
      Row r = {lengths[b], scores + b * row, tags + b * T, memory, memory + row, marginals, marginals + K, marginals + 2 * K};
      losses[b] = r.length == 0 ? 0 : forward(field, r) - weightOf(field, r);
      if (!dScores) continue;
      if (r.length > 0) {
        backward(field, r, float(share), dScores + b * row, {own, own + square, own + square + K});
      }
      memset(dScores + b * row + r.length * K, 0, size_t((T - r.length) * K) * sizeof(float));
    }
  });
  double loss = 0;
  for (int64_t b = 0; b < B; b++) loss += losses[b];
  call.returns(loss * share);
  if (!dScores) return;
  for (int64_t i = 0; i < size; i++) {
    double total = 0;
    for (int64_t task = 0; task < tasks; task++) total += sums[task * size + i];
    float* to = i < square ? dTransitions + i : i < square + K ? dStart + (i - square) : dEnd + (i - square - K);
    *to = float(total * share);
  }
}

}  // namespace TARGET
