// inRanges: cuts a count of like things into ranges, for all threads.
#pragma once
#include "../addon/parallel.h"

namespace TARGET {

/** Elements in one task: fewer are not worth another thread. */
constexpr int64_t TASK = 32768;

/** work(from, to) over ranges of `each` that together make 0 … count; the cut does not depend on the threads. */
template <class Work>
inline void inRanges(int64_t count, int64_t each, const Work& work) {
  if (each < 1) each = 1;
  parallel((count + each - 1) / each, [&](int64_t task) {
    const int64_t from = task * each;
    work(from, count - from < each ? count : from + each);
  });
}

}  // namespace TARGET
