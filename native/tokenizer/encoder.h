// Encodes texts as the ids of a byte-pair vocabulary, on any number of threads.
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "split.h"
#include "text.h"
#include "vocabulary.h"

using Ids = Buffer<uint32_t>;

/** The ids of words that were met before: words recur. A word has one place, from which another may drive it out. */
class WordCache {
 public:
  static constexpr size_t LONGEST = 16, MOST_IDS = 11;
  struct alignas(64) Entry {
    uint64_t low = 0, high = 0;
    uint8_t length = 0, count = 0;
    uint32_t ids[MOST_IDS];
  };

  Entry& at(uint64_t hash) { return entries_[hash >> SHIFT]; }

 private:
  static constexpr int BITS = 15, SHIFT = 64 - BITS;
  std::vector<Entry> entries_ = std::vector<Entry>(size_t(1) << BITS);
};

class Encoder {
 public:
  Encoder(Vocabulary vocabulary, Split split) : vocabulary_(std::move(vocabulary)), split_(split) {}

  Ids encode(const Text& text);
  std::vector<Ids> encodeAll(const std::vector<Text>& texts, int threads);

 private:
  Ids encodeWith(WordCache& cache, const Text& text) const;
  std::unique_ptr<WordCache> takeCache();
  void giveCache(std::unique_ptr<WordCache> cache);

  const Vocabulary vocabulary_;
  const Split split_;
  const Scanner scanner_;
  std::mutex mutex_;
  /** Those that no thread is using. */
  std::vector<std::unique_ptr<WordCache>> caches_;
};
