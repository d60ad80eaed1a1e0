#!/usr/bin/env bash
# Our matrix product beside OpenBLAS's. Debian: apt-get install libopenblas-dev. Usage: bench/matmul/native-beside-openblas.sh [threads]
# [first letters of the products' names] [bf16]
set -euo pipefail
cd "$(dirname "$0")"
headers=$(node -p "require('path').join(process.execPath, '../../include/node')")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
if grep -q avx512_bf16 /proc/cpuinfo; then target=avx512bf16 flags="-march=x86-64-v4 -mavx512bf16 -mprefer-vector-width=512"
elif grep -q avx512vl /proc/cpuinfo; then target=avx512 flags="-march=x86-64-v4 -mprefer-vector-width=512"
elif grep -q avx2 /proc/cpuinfo; then target=avx2 flags="-mavx2 -mfma"
else target=baseline flags=""; fi
g++ -std=gnu++17 -O3 -ffp-contract=fast -fno-math-errno -Wno-psabi -pthread -I"$headers" -DTARGET=$target $flags \
  native-beside-openblas.cc ../../native/kernels/gemm.cc ../../native/addon/{parallel,memory,failure}.cc \
  -lopenblas -o "$out/beside"
"$out/beside" "$@"
