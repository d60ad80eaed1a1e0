// Attention weights that know how much those of earlier queries have looked at each place (See et al. 2017), one query after
// another; and their gradients, from the last query to the first.
#include "../addon/call.h"
#include "ranges.h"
#include "softmax.h"

namespace TARGET {

namespace {

/** The queries of one row in order. */
struct Row {
  int64_t T, S;
  float *weights, *seen;  // (T, S); seen is the coverage before each query
};

/** Fills in both; scoresOf(t, seen, scores) writes what softmax is taken of. */
template <class ScoresOf>
void cover(const Row& row, const float* before, const ScoresOf& scoresOf) {
  const int64_t S = row.S;
  for (int64_t t = 0; t < row.T; t++) {
    float *seen = row.seen + t * S, *weights = row.weights + t * S;
    if (t == 0) memcpy(seen, before, size_t(S) * sizeof(float));
    else {
      for (int64_t j = 0; j < S; j++) seen[j] = seen[j - S] + weights[j - S];
    }
    scoresOf(t, seen, weights);
    softmaxRow(S, weights, weights);
  }
}

/** What is kept of a row, and the gradients of it that are given. */
struct RowGradient {
  int64_t T, S;
  const float *weights, *seen, *dWeights, *dSeen;  // (T, S)
};

/**
 * memory (2, S). back(t, seen, dScores, dCoverage) takes in the gradient of a query's scores, (S), and adds to that of the
 * coverage before it what comes through them.
 */
template <class Back>
void uncover(const RowGradient& row, float* memory, const Back& back) {
  const int64_t S = row.S;
  float *dScores = memory, *dCoverage = memory + S;
  memset(dCoverage, 0, size_t(S) * sizeof(float));  // after the last query
  for (int64_t t = row.T - 1; t >= 0; t--) {
    const float *weights = row.weights + t * S, *dWeights = row.dWeights + t * S, *dSeen = row.dSeen + t * S;
    V inner = {};
    for (int64_t j = 0; j < S; j += W) {
      inner += loadUpTo(weights + j, S - j) * (loadUpTo(dWeights + j, S - j) + loadUpTo(dCoverage + j, S - j));
    }
    const float mean = sum(inner);
    for (int64_t j = 0; j < S; j++) {
      dScores[j] = weights[j] * (dWeights[j] + dCoverage[j] - mean);
      dCoverage[j] += dSeen[j];
    }
    back(t, row.seen + t * S, dScores, dCoverage);
  }
}

/** Adds up the rows' own sums, (rows, count), in their order. */
void addRows(const float* sums, int64_t rows, int64_t count, int64_t stride, float* to) {
  for (int64_t i = 0; i < count; i++) {
    double total = 0;
    for (int64_t row = 0; row < rows; row++) total += sums[row * stride + i];
    to[i] = float(total);
  }
}

/** What a sum of query, key and coverage is scored by. */
struct Additive {
  int64_t C;
  const float *cover, *score;  // (C)
};

/** score · tanh(query + key + seen · cover) */
float scoreOf(const Additive& by, const float* query, const float* key, float seen) {
  V total = {};
  for (int64_t c = 0; c < by.C; c += W) {
    const int64_t n = by.C - c;
    const V at = loadUpTo(query + c, n) + loadUpTo(key + c, n) + loadUpTo(by.cover + c, n) * seen;
    total += hyperbolicTangent(at) * loadUpTo(by.score + c, n);
  }
  return sum(total);
}

/** Where the gradients of what made one score are added, (C) each. */
struct AdditiveGradients {
  float *query, *key, *cover, *score;
};

/** Returns the gradient of `seen`. */
float scoreGrad(const Additive& by, const float* query, const float* key, float seen, float dScore,
                const AdditiveGradients& to) {
  const auto add = [](float* sums, V more, int64_t n) { storeUpTo(sums, loadUpTo(sums, n) + more, n); };
  V dSeen = {};
  for (int64_t c = 0; c < by.C; c += W) {
    const int64_t n = by.C - c;
    const V cover = loadUpTo(by.cover + c, n);
    const V joined = hyperbolicTangent(loadUpTo(query + c, n) + loadUpTo(key + c, n) + cover * seen);
    const V change = loadUpTo(by.score + c, n) * dScore * (1.0f - joined * joined);
    add(to.query + c, change, n);
    add(to.key + c, change, n);
    add(to.cover + c, change * seen, n);
    add(to.score + c, joined * dScore, n);
    dSeen += change * cover;
  }
  return sum(dSeen);
}

}  // namespace

/** R, H, T, S, scores (R, T, S), weight (H), before (R, S), y (2, R, T, S): weights and coverage; row r is of head r % H */
void coveredSoftmax(Call& call) {
  const int64_t R = call.size("R", 0), H = call.size("H"), T = call.size("T"), S = call.size("S");
  const int64_t row = ::product(T, S), all = ::product(R, row);
  const float* scores = call.floats("scores", all);
  const float* weight = call.floats("weight", H);
  const float* before = call.floats("before", ::product(R, S));
  float* y = call.floats("y", ::product(2, all));
  call.done();
  inRanges(R, TASK / 4 / row, [&](int64_t from, int64_t to) {
    for (int64_t r = from; r < to; r++) {
      const float own = weight[r % H];
      cover({T, S, y + r * row, y + all + r * row}, before + r * S, [&](int64_t t, const float* seen, float* out) {
        const float* given = scores + r * row + t * S;
        for (int64_t j = 0; j < S; j++) out[j] = given[j] + own * seen[j];
      });
    }
  });
}

/** R, H, T, S, dy (2, R, T, S), weight (H), y (2, R, T, S), dScores (R, T, S), dWeight (H) */
void coveredSoftmaxGrad(Call& call) {
  const int64_t R = call.size("R", 0), H = call.size("H"), T = call.size("T"), S = call.size("S");
  const int64_t row = ::product(T, S), all = ::product(R, row);
  const float* dy = call.floats("dy", ::product(2, all));
  const float* weight = call.floats("weight", H);
  const float* y = call.floats("y", ::product(2, all));
  float* dScores = call.floats("dScores", all);
  float* dWeight = call.floats("dWeight", H);
  call.done();
  float* sums = scratch(4, R);
  inRanges(R, TASK / 4 / row, [&](int64_t from, int64_t to) {
    float* memory = scratch(5, 2 * S);
    for (int64_t r = from; r < to; r++) {
      const float own = weight[r % H];
      double total = 0;
      const int64_t at = r * row;
      uncover({T, S, y + at, y + all + at, dy + at, dy + all + at}, memory,
              [&](int64_t t, const float* seen, const float* dOwn, float* dCoverage) {
                memcpy(dScores + at + t * S, dOwn, size_t(S) * sizeof(float));
                for (int64_t j = 0; j < S; j++) {
                  total += double(dOwn[j]) * seen[j];
                  dCoverage[j] += own * dOwn[j];
                }
              });
      sums[r] = float(total);
    }
  });
  addRows(sums, R / H, H, H, dWeight);
}

/**
 * B, T, S, C, queries (B, T, C), keys (B, S, C), cover (C), score (C), mask (B, S), before (B, S), y (2, B, T, S): weights and
 * coverage
 */
void coveredAdditive(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T"), S = call.size("S"), C = call.size("C");
  const int64_t row = ::product(T, S), all = ::product(B, row);
  const float* queries = call.floats("queries", ::product(B, T, C));
  const float* keys = call.floats("keys", ::product(B, S, C));
  Additive by = {C, call.floats("cover", C), nullptr};
  by.score = call.floats("score", C);
  const float* mask = call.floats("mask", ::product(B, S));
  const float* before = call.floats("before", ::product(B, S));
  float* y = call.floats("y", ::product(2, all));
  call.done();
  parallel(B, [&](int64_t b) {
    cover({T, S, y + b * row, y + all + b * row}, before + b * S, [&](int64_t t, const float* seen, float* out) {
      for (int64_t j = 0; j < S; j++) {
        out[j] = scoreOf(by, queries + (b * T + t) * C, keys + (b * S + j) * C, seen[j]) + mask[b * S + j];
      }
    });
  });
}

/**
 * B, T, S, C, dy (2, B, T, S), queries (B, T, C), keys (B, S, C), cover (C), score (C), y (2, B, T, S), dQueries (B, T, C),
 * dKeys (B, S, C), dCover (C), dScore (C)
 */
void coveredAdditiveGrad(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T"), S = call.size("S"), C = call.size("C");
  const int64_t row = ::product(T, S), all = ::product(B, row);
  const float* dy = call.floats("dy", ::product(2, all));
  const float* queries = call.floats("queries", ::product(B, T, C));
  const float* keys = call.floats("keys", ::product(B, S, C));
  Additive by = {C, call.floats("cover", C), nullptr};
  by.score = call.floats("score", C);
  const float* y = call.floats("y", ::product(2, all));
  float* dQueries = call.floats("dQueries", ::product(B, T, C));
  float* dKeys = call.floats("dKeys", ::product(B, S, C));
  float* dCover = call.floats("dCover", C);
  float* dScore = call.floats("dScore", C);
  call.done();
  float* sums = scratch(4, B * 2 * C);
  memset(sums, 0, size_t(B * 2 * C) * sizeof(float));
  parallel(B, [&](int64_t b) {
    const int64_t at = b * row;
    float *ofQueries = dQueries + b * T * C, *ofKeys = dKeys + b * S * C, *own = sums + b * 2 * C;
    memset(ofQueries, 0, size_t(T * C) * sizeof(float));
    memset(ofKeys, 0, size_t(S * C) * sizeof(float));
    uncover({T, S, y + at, y + all + at, dy + at, dy + all + at}, scratch(5, 2 * S),
            [&](int64_t t, const float* seen, const float* dScores, float* dCoverage) {
              for (int64_t j = 0; j < S; j++) {
                if (dScores[j] == 0) continue;  // padding
                const float *query = queries + (b * T + t) * C, *key = keys + (b * S + j) * C;
                dCoverage[j] += scoreGrad(by, query, key, seen[j], dScores[j],
                                          {ofQueries + t * C, ofKeys + j * C, own, own + C});
              }
            });
  });
  addRows(sums, B, C, 2 * C, dCover);
  addRows(sums + C, B, C, 2 * C, dScore);
}

}  // namespace TARGET
