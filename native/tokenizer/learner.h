// Learns byte-pair merges: the most frequent pair of neighbouring tokens over all words becomes a token, again and again. Of pairs
// that are as frequent, the one with the lowest left id is taken, then the one with the lowest right id, so that the merges depend on
// the words and their counts alone. src/tokenizers/learn-merges.ts does the same in JavaScript.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "word-counts.h"

/** Where pairs are found by their two ids. */
class PairTable {
 public:
  /** A number that was set for the key, or NOTHING. */
  uint32_t find(uint64_t key) const;
  void insert(uint64_t key, uint32_t number);
  size_t memory() const { return slots_.capacity() * sizeof(Slot); }

  static constexpr uint32_t NOTHING = ~0u;

 private:
  struct Slot {
    uint64_t key;
    uint32_t number = NOTHING;
  };
  std::vector<Slot> slots_ = std::vector<Slot>(1 << 16);
  size_t count_ = 0;
};

class MergeLearner {
 public:
  /** A pair that occurs less often than `least` is not worth a token. */
  MergeLearner(const WordCounts& words, int64_t least);

  /** Appends the left and the right id of up to `most` further merges; none where the pairs have run out. */
  void learn(size_t most, std::vector<int32_t>& merges);

  size_t memory() const;

 private:
  struct Word {
    uint32_t start, length;
    int64_t count;
  };
  struct Pair {
    uint32_t left, right;
    int64_t count;
    /** The words that hold it, and some that held it once. */
    const uint32_t* words;
    uint32_t wordCount;
  };
  /** A pair that waits for its turn. `count` is what it was when it was put in; it can only have fallen. */
  struct Waiting {
    int64_t count;
    uint64_t key;
    uint32_t pair;
    bool operator<(const Waiting& other) const {
      return count != other.count ? count < other.count : key > other.key;
    }
  };
  /** The tokens that stand before, or after, what the merge under way makes: by id, how often and in how many words. */
  struct Neighbours {
    struct Seen {
      int64_t count = 0;
      uint32_t words = 0, lastWord = 0;
    };
    std::vector<Seen> seen;
    std::vector<uint32_t> ids;
    /** An id and a word, in the order of the words. */
    std::vector<std::pair<uint32_t, uint32_t>> places;

    void add(uint32_t id, uint32_t word, int64_t count);
  };

  void findPairs();
  bool takeBest(Pair& best);
  void merge(const Pair& pair, uint32_t made);
  void mergeIn(uint32_t word, const Pair& pair, uint32_t made);
  /** Makes pairs of the neighbours of `made`, which is their left token or their right one, and empties them. */
  void addPairs(Neighbours& neighbours, uint32_t made, bool isLeft);
  void addPair(uint32_t left, uint32_t right, int64_t count, const uint32_t* words, uint32_t wordCount);
  void lower(uint32_t left, uint32_t right, int64_t by);
  uint32_t* newList(size_t size);

  const int64_t least_;
  uint32_t nextId_ = 256;
  std::vector<uint32_t> ids_;
  std::vector<Word> words_;
  std::vector<Pair> pairs_;
  PairTable table_;
  std::vector<Waiting> heap_;
  std::vector<std::unique_ptr<uint32_t[]>> lists_;
  size_t listed_ = 0;
  Neighbours before_, after_;
  int64_t joined_ = 0;
};
