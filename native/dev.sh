#!/usr/bin/env bash
# Development build: only what changed, only the best target of this machine, no node-gyp.
# Usage: native/dev.sh [--sanitize]   (--sanitize: AddressSanitizer and UBSan, into build/Debug)
set -euo pipefail
cd "$(dirname "$0")"
headers=$(node -p "require('path').join(process.execPath, '../../include/node')")
out=build/Release
flags="-O3"
if [ "${1:-}" = --sanitize ]; then
  out=build/Debug
  flags="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
fi
has() { grep -qw "$1" /proc/cpuinfo; }
if has avx512_bf16; then target=avx512bf16 march="-march=x86-64-v4 -mavx512bf16 -mprefer-vector-width=512"
elif has avx512vl; then target=avx512 march="-march=x86-64-v4 -mprefer-vector-width=512"
elif has avx2; then target=avx2 march="-mavx2 -mfma"
else target=baseline march=""; fi
mkdir -p "$out/dev"
common="-std=gnu++17 -fPIC -Wall -Wextra -Wno-psabi -Wno-uninitialized -Wno-maybe-uninitialized -fvisibility=hidden
  -ffp-contract=fast -fno-math-errno -pthread -DONLY_TARGET=$target -I$headers"
compile() { # source, extra flags
  local object="$out/dev/$(basename "$1" .cc)-$(dirname "$1").o"
  if [ ! -e "$object" ] || [ -n "$(find "$1" addon/*.h kernels/*.h kernels/*.inc tokenizer/*.h tokenizer/*.inc -newer "$object" 2>/dev/null)" ]; then
    echo "$1"
    g++ $common $flags $2 -c "$1" -o "$object"
  fi
}
for source in addon/*.cc tokenizer/*.cc; do compile "$source" ""; done
for source in kernels/*.cc; do compile "$source" "-DTARGET=$target $march"; done
g++ -shared -pthread $flags -o "$out/native.node.new" "$out"/dev/*.o
mv "$out/native.node.new" "$out/native.node"
if [ "$out" = build/Release ] && command -v mpicc > /dev/null; then
  node -e "import('./mpi/build.mjs').then(({ buildMpi }) => buildMpi('mpicc', '$headers'))"
fi
