// The classes of characters, spread out from their runs when they are first asked for.
#include "unicode.h"

#include <cstring>
#include <vector>

namespace {
struct Run {
  uint32_t first;
  uint8_t kind;
};
const Run RUNS[] = {
#include "unicode.inc"
};

std::vector<uint8_t> spread() {
  std::vector<uint8_t> classes(CODE_POINTS, OTHER);
  const Run* end = RUNS + sizeof RUNS / sizeof RUNS[0];
  for (const Run* run = RUNS; run + 1 < end; run++)
    memset(&classes[run->first], run->kind, run[1].first - run->first);
  return classes;
}
}  // namespace

const uint8_t* unicodeClasses() {
  static const std::vector<uint8_t> classes = spread();
  return classes.data();
}
