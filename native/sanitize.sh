#!/usr/bin/env bash
# The tests of ops, kernels and tokenizers on a build with AddressSanitizer and UndefinedBehaviorSanitizer.
# Run: npm run test:sanitize (needs gcc with its sanitizers' libraries)
set -euo pipefail
cd "$(dirname "$0")/.."
native/dev.sh --sanitize
# Node itself is not built for it, so the runtime is loaded first; what Node never frees at its end is not a leak of ours.
export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libstdc++.so)"
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSGPT_NATIVE_BUILD=Debug
npx vitest run -t native test/ops test/backends/native/kernels.test.ts test/backends/native/stock.test.ts \
  test/backends/native/moving.test.ts test/backends/native/recurrent.test.ts test/backends/native/attention.test.ts \
  test/backends/native/gated-conv.test.ts test/backends/native/sequence-losses.test.ts test/backends/native/coverage.test.ts \
  test/tokenizers/native-encoder.test.ts test/tokenizers/native-learner.test.ts
