// ctcLoss: connectionist temporal classification, with its gradient. The forward algorithm runs in logarithms, which after
// each step are taken relative to the largest. Its derivative runs back through the same steps, and each of its factors is a
// probability: that of the state before, given a state and all that came before it. All but the softmax is in double: an
// alignment that wins in the end may have been e⁻¹⁰⁰⁰ as likely as others.
#include <float.h>
#include <math.h>

#include <utility>

#include "../addon/parallel.h"
#include "sequences.h"
#include "simd.h"

namespace TARGET {

namespace {

/** One sequence. Its states are blank, target 1, blank, target 2, …, blank. */
struct Row {
  int64_t V, length, targets;
  int32_t blank;
  const float* logits;    // (T, V)
  const int32_t* target;  // (U)
  double* reached;        // (T, S): ln of the sum over all alignments to a state, before its own emission
  double* states;         // (T, S): with it, relative to the largest
  double* logSums;        // (T): ln Σ exp of the logits
  double* occupied;       // (S): the probability of each state at the step at work
  double* before;         // (S): one step earlier

  int64_t S() const { return 2 * targets + 1; }
  int32_t id(int64_t s) const { return s % 2 == 0 ? blank : target[s / 2]; }
  /** Whether a state is reached over the blank before it, too. */
  bool skips(int64_t s) const { return s >= 2 && s % 2 == 1 && target[s / 2] != target[s / 2 - 1]; }
};

double logSumOf(const float* logits, int64_t V) {
  TARGET::V top = splat(-FLT_MAX), total = {};
  for (int64_t v = 0; v < V; v += W) top = maximum(loadUpTo(logits + v, V - v, -FLT_MAX), top);
  const float most = largest(top);
  for (int64_t v = 0; v < V; v += W) total += exponential(loadUpTo(logits + v, V - v, -INFINITY) - most);
  return most + log(double(sum(total)));
}

double logAdd(double a, double b) {
  const double more = fmax(a, b), less = fmin(a, b);
  return more + log1p(exp(less - more));
}

void advance(const Row& row, const double* states, double* reached) {
  for (int64_t s = 0; s < row.S(); s++) {
    reached[s] = s == 0 ? states[0] : logAdd(states[s], states[s - 1]);
    if (row.skips(s)) reached[s] = logAdd(reached[s], states[s - 2]);
  }
}

/** Fills in all steps, and the states occupied at the last one; returns ln p(target). */
double forward(const Row& row) {
  const int64_t S = row.S();
  double kept = 0;
  for (int64_t t = 0; t < row.length; t++) {
    double *reached = row.reached + t * S, *states = row.states + t * S;
    const float* logits = row.logits + t * row.V;
    row.logSums[t] = logSumOf(logits, row.V);
    if (t > 0) {
      advance(row, states - S, reached);
    } else {
      for (int64_t s = 0; s < S; s++) reached[s] = s < 2 ? 0 : IMPOSSIBLE;
    }
    double top = -DBL_MAX;
    for (int64_t s = 0; s < S; s++) {
      states[s] = reached[s] + (logits[row.id(s)] - row.logSums[t]);
      top = fmax(top, states[s]);
    }
    for (int64_t s = 0; s < S; s++) states[s] -= top;
    kept += top;
  }
  const double* last = row.states + (row.length - 1) * S;
  const double total = S == 1 ? last[0] : logAdd(last[S - 1], last[S - 2]);
  for (int64_t s = 0; s < S; s++) row.occupied[s] = s < S - 2 ? 0 : exp(last[s] - total);
  return kept + total;
}

/** From the states occupied at step t to those at the step before. */
void stepBack(const Row& row, int64_t t) {
  const int64_t S = row.S();
  const double *states = row.states + (t - 1) * S, *reached = row.reached + t * S;
  for (int64_t s = 0; s < S; s++) row.before[s] = 0;
  double total = 0;
  for (int64_t s = 0; s < S; s++) {
    if (row.occupied[s] == 0) continue;
    const auto add = [&](int64_t from) {
      const double likely = row.occupied[s] * exp(states[from] - reached[s]);
      row.before[from] += likely;
      total += likely;
    };
    add(s);
    if (s > 0) add(s - 1);
    if (row.skips(s)) add(s - 2);
  }
  for (int64_t s = 0; s < S; s++) row.before[s] /= total;  // what rounding takes would add up over the steps
}

/** (softmax − probability that the id is emitted) times `share`: gradient (T, V) */
void backward(Row& row, float share, float* gradient) {
  for (int64_t t = row.length - 1; t >= 0; t--) {
    const float* logits = row.logits + t * row.V;
    float* to = gradient + t * row.V;
    for (int64_t v = 0; v < row.V; v += W) {
      const auto logProbs = loadUpTo(logits + v, row.V - v) - float(row.logSums[t]);
      storeUpTo(to + v, exponential(logProbs) * share, row.V - v);
    }
    for (int64_t s = 0; s < row.S(); s++) to[row.id(s)] -= float(row.occupied[s]) * share;
    if (t == 0) break;
    stepBack(row, t);
    std::swap(row.occupied, row.before);
  }
}

void checkFit(const Row& row, int64_t b) {
  int64_t needed = row.targets;
  for (int64_t u = 0; u < row.targets; u++) {
    if (row.target[u] == row.blank) fail("expected targets without the blank %d", row.blank);
    needed += u > 0 && row.target[u] == row.target[u - 1];
  }
  if (needed > row.length) {
    fail("expected an input of at least %lld steps for target %lld, of length %lld, but got %lld", (long long)needed,
         (long long)b, (long long)row.targets, (long long)row.length);
  }
}

}  // namespace

/**
 * B, T, V, U, blank, logits (B, T, V), inputLengths (B), targets (B, U), targetLengths (B); and the gradient to write:
 * dLogits, null where none is wanted. Returns the loss.
 */
void ctcLoss(Call& call) {
  const int64_t B = call.size("B"), T = call.size("T"), V = call.size("V"), U = call.size("U");
  const int64_t blank = call.size("blank", 0), all = ::product(B, T, V);
  const float* logits = call.floats("logits", all);
  const int32_t* inputLengths = call.ints("inputLengths", B);
  const int32_t* targets = call.ints("targets", ::product(B, U));
  const int32_t* targetLengths = call.ints("targetLengths", B);
  float* dLogits = call.floatsOrNull("dLogits", all);
  call.done();
  if (blank >= V) fail("expected a blank below %lld, but got %lld", (long long)V, (long long)blank);
  checkLengths(inputLengths, B, T);
  checkLengths(targetLengths, B, U);
  checkIds("targets", targets, targetLengths, B, U, V);
  const auto rowOf = [&](int64_t b) {
    Row row = {};
    row.V = V;
    row.length = inputLengths[b];
    row.targets = targetLengths[b];
    row.blank = int32_t(blank);
    row.logits = logits + b * T * V;
    row.target = targets + b * U;
    return row;
  };
  int64_t counted = 0;
  for (int64_t b = 0; b < B; b++) {
    checkFit(rowOf(b), b);
    counted += targetLengths[b] > 0 ? targetLengths[b] : 1;
  }
  const double share = 1 / double(counted);
  double* losses = reinterpret_cast<double*>(scratch(4, 2 * B));
  parallel(B, [&](int64_t b) {
    Row row = rowOf(b);
    const int64_t S = row.S(), steps = row.length * S;
    row.reached = reinterpret_cast<double*>(scratch(5, 2 * (2 * steps + row.length + 2 * S)));
    row.states = row.reached + steps;
    row.logSums = row.states + steps;
    row.occupied = row.logSums + row.length;
    row.before = row.occupied + S;
    losses[b] = row.length == 0 ? 0 : -forward(row);
    if (!dLogits) return;
    float* gradient = dLogits + b * T * V;
    if (row.length > 0) backward(row, float(share), gradient);
    memset(gradient + row.length * V, 0, size_t((T - row.length) * V) * sizeof(float));
  });
  double loss = 0;
  for (int64_t b = 0; b < B; b++) loss += losses[b];
  call.returns(loss * share);
}

}  // namespace TARGET
