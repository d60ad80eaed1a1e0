// What a text to learn from has come to: words are counted, on any number of threads, and then merges are learned.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "learner.h"
#include "split.h"
#include "text.h"

class Learner {
 public:
  explicit Learner(Split split) : split_(split) {}

  /** The texts must begin and end where words do. */
  void count(const std::vector<Text>& texts, int threads);
  /** Up to `most` further merges of pairs that occur at least `least` times, as `learn` gives them. */
  std::vector<int32_t> merge(size_t most, int64_t least);

  /** Of all threads together, so that words which several have met count as often. */
  size_t words() const;
  size_t bytes() const;
  size_t memory() const;

  /** Whether a job is using it. */
  std::atomic<bool> isBusy{false};

 private:
  void countIn(WordCounts& counts, const Text& text) const;

  const Split split_;
  const Scanner scanner_;
  std::mutex mutex_;
  /** Those that no thread is using. */
  std::vector<std::unique_ptr<WordCounts>> counts_;
  std::unique_ptr<MergeLearner> merges_;
};
