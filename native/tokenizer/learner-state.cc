// Counts words on several threads, each in a table of its own.
#include "learner-state.h"

#include "../addon/failure.h"
#include "threads.h"

namespace {
/** A longer word is counted in parts of so many characters, as src/tokenizers/count-words.ts does it. */
constexpr size_t LONGEST_WORD = 1000;
}  // namespace

void Learner::count(const std::vector<Text>& texts, int threads) {
  if (merges_) fail("words cannot be counted once merges are learned");
  onThreads(threads, texts.size(), [&](size_t i) {
    std::unique_ptr<WordCounts> counts;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!counts_.empty()) {
        counts = std::move(counts_.back());
        counts_.pop_back();
      }
    }
    if (!counts) counts = std::make_unique<WordCounts>();
    countIn(*counts, texts[i]);
    std::lock_guard<std::mutex> lock(mutex_);
    counts_.push_back(std::move(counts));
  });
}

void Learner::countIn(WordCounts& counts, const Text& text) const {
  scanner_.words(split_, text.begin(), text.end(), [&](const uint8_t* word, const uint8_t* end) {
    const uint8_t* at = word;
    if (size_t(end - word) > LONGEST_WORD) {
      size_t characters = 0;
      for (const uint8_t* byte = word; byte < end; byte++) {
        bool begins = (*byte & 0xc0) != 0x80;
        if (begins && characters++ == LONGEST_WORD) {
          counts.add(at, size_t(byte - at));
          at = byte;
          characters = 1;
        }
      }
    }
    counts.add(at, size_t(end - at));
  });
}

std::vector<int32_t> Learner::merge(size_t most, int64_t least) {
  if (!merges_) {
    WordCounts all;
    for (auto& counts : counts_) {
      if (all.size() == 0) all = std::move(*counts);
      else all.addAll(*counts);
      counts.reset();
    }
    counts_.clear();
    merges_ = std::make_unique<MergeLearner>(all, least);
  }
  std::vector<int32_t> merges;
  merges_->learn(most, merges);
  return merges;
}

size_t Learner::words() const {
  size_t sum = 0;
  for (const auto& counts : counts_) sum += counts->size();
  return sum;
}

size_t Learner::bytes() const {
  size_t sum = 0;
  for (const auto& counts : counts_) sum += counts->bytes();
  return sum;
}

size_t Learner::memory() const {
  size_t sum = merges_ ? merges_->memory() : 0;
  for (const auto& counts : counts_) sum += counts->memory();
  return sum;
}
