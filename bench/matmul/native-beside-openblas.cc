// Our matrix product beside OpenBLAS's, on the shapes of a training step of each bench configuration. Built and run by
// native-beside-openblas.sh. The two take turns; each time is the best of many.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../../native/addon/parallel.h"
#include "../../native/addon/targets.h"
#include "../../native/kernels/gemm.h"

extern "C" {
void cblas_sgemm(int order, int transA, int transB, int M, int N, int K, float alpha, const float* a, int lda,
                 const float* b, int ldb, float beta, float* c, int ldc);
void openblas_set_num_threads(int count);
}

std::atomic<bool> useBf16{false};

using namespace TARGET;

struct Shape {
  const char* name;
  int M, N, K;
  bool acrossA, acrossB;
};

// Forward, gradient by x and gradient by the weight of each kind of product.
static const Shape SHAPES[] = {
    {"gpt-baby qkv", 768, 384, 128, false, false},    {"gpt-baby qkv dx", 768, 128, 384, false, true},
    {"gpt-baby qkv dw", 128, 384, 768, true, false},  {"gpt-baby fc", 768, 512, 128, false, false},
    {"gpt-baby fc dx", 768, 128, 512, false, true},   {"gpt-baby fc dw", 128, 512, 768, true, false},
    {"gpt-baby proj", 768, 128, 128, false, false},   {"gpt-char qkv", 2048, 1152, 384, false, false},
    {"gpt-char qkv dx", 2048, 384, 1152, false, true}, {"gpt-char qkv dw", 384, 1152, 2048, true, false},
    {"gpt-char fc", 2048, 1536, 384, false, false},   {"gpt-char fc dx", 2048, 384, 1536, false, true},
    {"gpt-char fc dw", 384, 1536, 2048, true, false}, {"gpt2 qkv", 512, 2304, 768, false, false},
    {"gpt2 qkv dx", 512, 768, 2304, false, true},     {"gpt2 qkv dw", 768, 2304, 512, true, false},
    {"gpt2 fc", 512, 3072, 768, false, false},        {"gpt2 fc dx", 512, 768, 3072, false, true},
    {"gpt2 fc dw", 768, 3072, 512, true, false},      {"gpt2 head", 50257, 256, 768, false, true},
    {"gpt2 head dx", 256, 768, 50257, true, false},   {"gpt2 head dw", 50257, 768, 256, false, false},
    {"lstm-small in", 768, 1024, 256, false, false},  {"lstm-small dw", 256, 1024, 768, true, false},
    {"lstm-char in", 2048, 2048, 512, false, false},  {"lstm-char dw", 512, 2048, 2048, true, false},
    {"lstm-word in", 700, 2600, 650, false, false},   {"lstm-word dx", 700, 650, 2600, false, true},
    {"lstm-word dw", 650, 2600, 700, true, false},    {"lstm-word head", 10000, 700, 650, false, true},
};

static double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static float* randomFloats(int64_t count) {
  float* values = static_cast<float*>(aligned_alloc(64, size_t(count + 16) * 4 / 64 * 64));
  for (int64_t i = 0; i < count; i++) values[i] = float(rand() % 2001 - 1000) * 1e-3f;
  return values;
}

struct Result {
  double ours, peer, error;  // GFLOP/s, GFLOP/s, largest difference relative to the largest element
};

static Result measure(const Shape& s, double budget) {
  const int64_t M = s.M, N = s.N, K = s.K;
  float *a = randomFloats(M * K), *b = randomFloats(K * N), *c = randomFloats(M * N), *d = randomFloats(M * N);
  const Matrix left = s.acrossA ? Matrix{a, 1, M} : Matrix{a, K, 1};
  const Matrix right = s.acrossB ? Matrix{b, 1, K} : Matrix{b, N, 1};
  const auto ours = [&] { gemm(M, N, K, left, right, c, N); };
  const auto peer = [&] {
    cblas_sgemm(101, s.acrossA ? 112 : 111, s.acrossB ? 112 : 111, s.M, s.N, s.K, 1, a, s.acrossA ? s.M : s.K, b,
                s.acrossB ? s.K : s.N, 0, d, s.N);
  };
  double best[2] = {1e9, 1e9};
  const double end = seconds() + budget;
  for (int turn = 0; turn < 6 || (seconds() < end && turn < 4000); turn++) {
    const bool isPeer = turn % 2 == 1;
    // Once to warm the caches with its own operands, once timed.
    for (int timed = 0; timed < 2; timed++) {
      const double start = seconds();
      isPeer ? peer() : ours();
      if (timed) best[isPeer] = std::min(best[isPeer], seconds() - start);
    }
  }
  double error = 0, size = 0;
  for (int64_t i = 0; i < M * N; i++) {
    error = std::max(error, double(std::fabs(c[i] - d[i])));
    size = std::max(size, double(std::fabs(d[i])));
  }
  for (float* values : {a, b, c, d}) free(values);
  const double work = 2e-9 * M * N * K;
  return {work / best[0], work / best[1], error / size};
}

int main(int argc, char** argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 1;
  const char* only = argc > 2 ? argv[2] : "";
  useBf16 = argc > 3 && !strcmp(argv[3], "bf16");
  setThreads(threads);
  openblas_set_num_threads(threads);
  printf("| product, %d thread%s | M × N × K | ours GFLOP/s | OpenBLAS (fp32) GFLOP/s | ratio | difference |\n", threads,
         threads > 1 ? "s" : "");
  printf("|---|---|---:|---:|---:|---:|\n");
  double logs = 0;
  int count = 0;
  for (const Shape& shape : SHAPES) {
    if (strncmp(shape.name, only, strlen(only))) continue;
    const Result r = measure(shape, 0.5);
    printf("| %s | %d × %d × %d | %.0f | %.0f | %.2f | %.0e |\n", shape.name, shape.M, shape.N, shape.K, r.ours, r.peer,
           r.ours / r.peer, r.error);
    fflush(stdout);
    logs += std::log(r.ours / r.peer);
    count++;
  }
  printf("| geometric mean | | | | %.2f | |\n", std::exp(logs / count));
}
