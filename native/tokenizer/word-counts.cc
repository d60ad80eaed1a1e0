// Counts words in a hash table.
#include "word-counts.h"

#include <cstring>

#include "../addon/failure.h"
#include "hash.h"

namespace {
/** So many different words no memory would hold. */
constexpr size_t MOST_WORDS = ~uint32_t(0) - 1;
}  // namespace

void WordCounts::add(const uint8_t* word, size_t length, uint64_t count) {
  bool isShort = length <= SHORT;
  Short key = isShort ? shortOf(word, length) : Short{0, hashOf(word, length)};
  uint64_t hash = isShort ? hashOf(key, length) : key.high;
  size_t mask = slots_.size() - 1, at = hash >> 8 & mask;
  uint32_t tag = uint32_t(hash >> 32);
  for (; slots_[at].word; at = (at + 1) & mask) {
    if (slots_[at].tag != tag) continue;
    Word& known = words_[slots_[at].word - 1];
    if (known.length != length || known.high != key.high) continue;
    if (isShort ? known.low != key.low : memcmp(&long_[known.low], word, length) != 0) continue;
    known.count += count;
    return;
  }
  if (words_.size() >= MOST_WORDS) fail("more than %zu different words", MOST_WORDS);
  if (!isShort) {
    key.low = long_.size();
    long_.insert(long_.end(), word, word + length);
  }
  words_.push_back({key.low, key.high, count, uint32_t(length)});
  slots_[at] = {tag, uint32_t(words_.size())};
  bytes_ += length;
  if (2 * words_.size() > slots_.size()) grow();
}

void WordCounts::grow() {
  std::vector<Slot> slots(2 * slots_.size());
  size_t mask = slots.size() - 1;
  for (size_t i = 0; i < words_.size(); i++) {
    const Word& word = words_[i];
    uint64_t hash = word.length <= SHORT ? hashOf(Short{word.low, word.high}, word.length) : word.high;
    size_t at = hash >> 8 & mask;
    while (slots[at].word) at = (at + 1) & mask;
    slots[at] = {uint32_t(hash >> 32), uint32_t(i + 1)};
  }
  slots_.swap(slots);
}

void WordCounts::addAll(const WordCounts& other) {
  std::vector<uint8_t> padded;
  other.forEach([&](const uint8_t* word, size_t length, uint64_t count) {
    padded.assign(word, word + length);
    padded.resize(length + SHORT);
    add(padded.data(), length, count);
  });
}

const uint8_t* WordCounts::bytesOf(const Word& word) const {
  return word.length <= SHORT ? reinterpret_cast<const uint8_t*>(&word.low) : &long_[word.low];
}

size_t WordCounts::memory() const {
  return words_.capacity() * sizeof(Word) + slots_.capacity() * sizeof(Slot) + long_.capacity();
}
