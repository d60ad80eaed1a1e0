// inRanges: a parallel loop over ranges of indices.
#pragma once
#include "../addon/parallel.h"

namespace TARGET {

/** Elements a task: fewer are not worth another thread. */
constexpr int64_t TASK = 32768;

/** So many positions of that width a task. */
inline int64_t positionsOfTask(int64_t width) { return TASK / (width + 1) + 1; }

/**
 * Calls work(from, to) for ranges of `each` indices from 0 to count. The ranges do not depend on the number of threads.
 */
template <class Work>
inline void inRanges(int64_t count, int64_t each, const Work& work) {
  if (each < 1) each = 1;
  parallel((count + each - 1) / each, [&](int64_t task) {
    const int64_t from = task * each;
    work(from, count - from < each ? count : from + each);
  });
}

}  // namespace TARGET
