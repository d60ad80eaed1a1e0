// A byte-pair vocabulary: its tokens, and which two of them merge into which.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

constexpr uint32_t MAX_IDS = 1u << 20;  // as in src/tokenizers/pair-ranks.ts
constexpr uint32_t NONE = ~0u;

class Vocabulary {
 public:
  /** Token i has lengths[i] bytes and the id ids[i]. Throws a Failure for anything that is not a vocabulary. */
  Vocabulary(const uint8_t* bytes, size_t size, const int32_t* lengths, const int32_t* ids, size_t count);

  /** The id of a word that is a token, or NONE. */
  uint32_t idOf(const uint8_t* word, size_t length) const;

  /** Writes the ids that the word's bytes merge into, at most `length` of them, and returns their number. */
  size_t merge(const uint8_t* word, size_t length, uint32_t* ids) const;

 private:
  struct Token {
    const uint8_t* bytes;
    uint32_t length, id;
  };

  uint32_t mergedOf(uint32_t left, uint32_t right) const;
  void addPair(uint32_t left, uint32_t right, uint32_t id);
  void addToken(const Token& token);
  void findPairs();
  size_t mergeShort(const uint8_t* word, size_t length, uint32_t* ids) const;
  size_t mergeLong(const uint8_t* word, size_t length, uint32_t* ids) const;

  std::vector<uint8_t> bytes_;
  std::vector<Token> tokens_;
  /** Open addressing: a token's number in tokens_, or NONE. */
  std::vector<uint32_t> tokenAt_;
  /** Open addressing: left, right and merged id in 20 bits each, or EMPTY. */
  std::vector<uint64_t> pairAt_;
  int pairShift_ = 0;
  uint32_t idOfByte_[256];
  /** mergedOf the ids of two bytes. */
  std::vector<uint32_t> mergedOfBytes_;
};
