// WordCounts: how often each word occurs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

class WordCounts {
 public:
  /** The word must be followed by 16 bytes that can be read. */
  void add(const uint8_t* word, size_t length, uint64_t count = 1);

  /** Adds what another has counted. */
  void addAll(const WordCounts& other);

  /** Calls each(bytes, length, count) for every word. */
  template <class Each>
  void forEach(const Each& each) const {
    for (const Word& word : words_) each(bytesOf(word), word.length, word.count);
  }

  size_t size() const { return words_.size(); }
  /** The bytes that all different words have together. */
  size_t bytes() const { return bytes_; }
  /** The memory that this takes. */
  size_t memory() const;

 private:
  /** A short word is its own key (see hash.h); a longer one is found by its hash, and lies in long_ from `low` on. */
  struct Word {
    uint64_t low, high, count;
    uint32_t length;
  };
  /** Open addressing. `word` is a number in words_, plus 1. */
  struct Slot {
    uint32_t tag = 0, word = 0;
  };

  static constexpr size_t SHORT = 16;
  const uint8_t* bytesOf(const Word& word) const;
  void grow();

  std::vector<Word> words_;
  std::vector<uint8_t> long_;
  std::vector<Slot> slots_ = std::vector<Slot>(1 << 12);
  size_t bytes_ = 0;
};
