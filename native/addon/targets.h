// The CPU targets that the kernels were compiled for, best first.
#pragma once
#include <atomic>

#include "call.h"

/** Whether matrix products round their operands to bfloat16. */
extern std::atomic<bool> useBf16;

struct Target {
  const char* name;
  bool (*runsHere)();
  const NamedOp* (*ops)();
};

#define DECLARE_TARGET(name) \
  namespace name {           \
  const NamedOp* ops();      \
  }

#ifdef ONLY_TARGET  // a development build
#define NAME_OF(target) #target
#define ENTRY(target) {NAME_OF(target), [] { return true; }, target::ops}
DECLARE_TARGET(ONLY_TARGET)
static const Target TARGETS[] = {ENTRY(ONLY_TARGET)};
#else

DECLARE_TARGET(baseline)
#if defined(__x86_64__)
DECLARE_TARGET(avx2)
DECLARE_TARGET(avx512)
DECLARE_TARGET(avx512bf16)

inline bool hasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512cd");
}
#endif

static const Target TARGETS[] = {
#if defined(__x86_64__)
    {"avx512bf16", [] { return hasAvx512() && __builtin_cpu_supports("avx512bf16") != 0; }, avx512bf16::ops},
    {"avx512", hasAvx512, avx512::ops},
    {"avx2", [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }, avx2::ops},
#endif
    {"baseline", [] { return true; }, baseline::ops},
};

#endif
