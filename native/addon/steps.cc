// inSteps by work stealing: every thread has a range of the tasks, takes those first, and then steals what is left of
// the others' ranges; so a thread that comes late, or never, delays nobody.
#include "steps.h"

#include <atomic>
#include <memory>
#include <thread>

namespace {

/**
 * `taken` holds the step in its upper half and the number of tasks taken in its lower, so that both change atomically.
 */
struct alignas(64) Range {
  std::atomic<uint64_t> taken{0};
  int64_t from, to;
};

constexpr int STEP = 32;
constexpr uint64_t TAKEN = (uint64_t(1) << STEP) - 1;
constexpr int PATIENCE = 4096;  // turns of spinning before the thread yields its core

class Steps {
 public:
  Steps(int64_t steps, int64_t count, int64_t ranges) : steps_(steps), count_(count), rangeCount_(ranges) {
    ranges_.reset(new Range[size_t(ranges)]);
    for (int64_t r = 0; r < ranges; r++) {
      ranges_[r].from = r * count / ranges;
      ranges_[r].to = (r + 1) * count / ranges;
    }
  }

  template <class Run>
  void work(int64_t own, const Run& run) {
    for (int idle = 0; !finished_.load(std::memory_order_acquire); idle++) {
      for (int64_t r = 0; r < rangeCount_; r++) {
        if (takeFrom(ranges_[(own + r) % rangeCount_], run)) idle = 0;
      }
      if (idle > PATIENCE) std::this_thread::yield();
      else if (idle > 0) pauseBriefly();
    }
  }

 private:
  template <class Run>
  bool takeFrom(Range& range, const Run& run) {
    const uint64_t size = uint64_t(range.to - range.from);
    bool any = false;
    while ((range.taken.load(std::memory_order_relaxed) & TAKEN) < size) {
      const uint64_t place = range.taken.fetch_add(1, std::memory_order_acq_rel);
      if ((place & TAKEN) >= size) break;
      // The direction alternates: what the step before read last, and is still in the cache, is read first.
      const int64_t step = int64_t(place >> STEP), i = int64_t(place & TAKEN);
      run(step, step % 2 ? range.to - 1 - i : range.from + i);
      if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == count_) next(step + 1);
      any = true;
    }
    return any;
  }

  void next(int64_t step) {
    done_.store(0, std::memory_order_relaxed);
    if (step == steps_) finished_.store(true, std::memory_order_release);
    else for (int64_t r = 0; r < rangeCount_; r++) {
      ranges_[r].taken.store(uint64_t(step) << STEP, std::memory_order_release);
    }
  }

  const int64_t steps_, count_, rangeCount_;
  std::unique_ptr<Range[]> ranges_;
  alignas(64) std::atomic<int64_t> done_{0};
  alignas(64) std::atomic<bool> finished_{false};
};

}  // namespace

void runSteps(int64_t steps, int64_t count, void (*run)(void*, int64_t, int64_t), void* context) {
  const int64_t ranges = threadCount() < count ? threadCount() : count;
  if (steps == 0 || count == 0) return;
  Steps all(steps, count, ranges);
  parallel(ranges, [&](int64_t own) {
    all.work(own, [&](int64_t step, int64_t i) { run(context, step, i); });
  });
}
