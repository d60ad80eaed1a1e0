// Looks words up in a vocabulary, and merges those that are not in it: the pair of the lowest id first, of equals the leftmost.
#include "vocabulary.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "../addon/failure.h"
#include "hash.h"

namespace {
constexpr uint64_t EMPTY = ~uint64_t(0);
/** For words of up to so many bytes looking through all pairs is faster than a heap. */
constexpr size_t LONGEST_PLAIN = 64;
constexpr size_t LONGEST_WORD = size_t(1) << 31;

uint64_t keyOf(uint32_t left, uint32_t right) { return uint64_t(left) << 20 | right; }

/** The logarithm of the size of a table that `count` entries fill to at most a half. */
int bitsFor(size_t count) {
  int bits = 4;
  while ((size_t(1) << bits) < 2 * count) bits++;
  return bits;
}
}  // namespace

Vocabulary::Vocabulary(const uint8_t* bytes, size_t size, const int32_t* lengths, const int32_t* ids, size_t count)
    : bytes_(bytes, bytes + size), tokenAt_(size_t(1) << bitsFor(count), NONE) {
  if (count > MAX_IDS) fail("expected at most %u tokens, but got %zu", MAX_IDS, count);
  std::fill_n(idOfByte_, 256, NONE);
  std::vector<bool> isTaken(MAX_IDS);
  tokens_.reserve(count);
  size_t at = 0;
  for (size_t i = 0; i < count; i++) {
    if (lengths[i] < 1 || size_t(lengths[i]) > size - at) fail("the lengths of the tokens are not those of their bytes");
    if (ids[i] < 0 || uint32_t(ids[i]) >= MAX_IDS) fail("expected ids below %u, but got %d", MAX_IDS, ids[i]);
    if (isTaken[ids[i]]) fail("two tokens have the id %d", ids[i]);
    isTaken[ids[i]] = true;
    addToken({&bytes_[at], uint32_t(lengths[i]), uint32_t(ids[i])});
    at += lengths[i];
  }
  if (at != size) fail("the lengths of the tokens are not those of their bytes");
  for (int byte = 0; byte < 256; byte++) {
    bool isInUtf8 = byte < 0xc0 || (byte > 0xc1 && byte < 0xf5);
    if (isInUtf8 && idOfByte_[byte] == NONE) fail("the byte %d has no token", byte);
  }
  findPairs();
}

void Vocabulary::addToken(const Token& token) {
  size_t mask = tokenAt_.size() - 1;
  size_t slot = hashOf(token.bytes, token.length) >> 20 & mask;
  for (; tokenAt_[slot] != NONE; slot = (slot + 1) & mask) {
    const Token& other = tokens_[tokenAt_[slot]];
    if (other.length == token.length && !memcmp(other.bytes, token.bytes, token.length))
      fail("the ids %u and %u have the same token", other.id, token.id);
  }
  tokenAt_[slot] = uint32_t(tokens_.size());
  tokens_.push_back(token);
  if (token.length == 1) idOfByte_[*token.bytes] = token.id;
}

uint32_t Vocabulary::idOf(const uint8_t* word, size_t length) const {
  size_t mask = tokenAt_.size() - 1;
  for (size_t slot = hashOf(word, length) >> 20 & mask; tokenAt_[slot] != NONE; slot = (slot + 1) & mask) {
    const Token& token = tokens_[tokenAt_[slot]];
    if (token.length == length && !memcmp(token.bytes, word, length)) return token.id;
  }
  return NONE;
}

/**
 * A token is made of the two parts that its bytes were merged to just before it: until then nothing was merged across its ends,
 * in whatever word. A token that merging does not lead to is a whole word or nothing (see src/tokenizers/pipeline/agreement.ts).
 */
void Vocabulary::findPairs() {
  int bits = bitsFor(tokens_.size());
  pairAt_.assign(size_t(1) << bits, EMPTY);
  pairShift_ = 64 - bits;
  mergedOfBytes_.assign(1 << 16, NONE);
  std::vector<uint32_t> order, parts;
  for (uint32_t i = 0; i < tokens_.size(); i++) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return tokens_[a].id < tokens_[b].id; });
  for (uint32_t i : order) {
    const Token& token = tokens_[i];
    if (token.length == 1) continue;
    parts.resize(std::max(parts.size(), size_t(token.length)));
    if (merge(token.bytes, token.length, parts.data()) != 2 || parts[0] == NONE || parts[1] == NONE) continue;
    addPair(parts[0], parts[1], token.id);
    if (token.length == 2) mergedOfBytes_[token.bytes[0] << 8 | token.bytes[1]] = token.id;
  }
}

void Vocabulary::addPair(uint32_t left, uint32_t right, uint32_t id) {
  uint64_t key = keyOf(left, right);
  size_t mask = pairAt_.size() - 1, slot = mixed(key) >> pairShift_;
  while (pairAt_[slot] != EMPTY) slot = (slot + 1) & mask;
  pairAt_[slot] = key << 20 | id;
}

uint32_t Vocabulary::mergedOf(uint32_t left, uint32_t right) const {
  if ((left | right) >= MAX_IDS) return NONE;  // a byte that has no token
  uint64_t key = keyOf(left, right);
  size_t mask = pairAt_.size() - 1;
  for (size_t slot = mixed(key) >> pairShift_;; slot = (slot + 1) & mask) {
    uint64_t pair = pairAt_[slot];
    if (pair >> 20 == key) return pair & (MAX_IDS - 1);
    if (pair == EMPTY) return NONE;
  }
}

size_t Vocabulary::merge(const uint8_t* word, size_t length, uint32_t* ids) const {
  return length <= LONGEST_PLAIN ? mergeShort(word, length, ids) : mergeLong(word, length, ids);
}

size_t Vocabulary::mergeShort(const uint8_t* word, size_t length, uint32_t* ids) const {
  uint32_t merged[LONGEST_PLAIN];  // of each part and the next one
  size_t parts = length;
  for (size_t i = 0; i < length; i++) ids[i] = idOfByte_[word[i]];
  for (size_t i = 0; i + 1 < length; i++) merged[i] = mergedOfBytes_[word[i] << 8 | word[i + 1]];
  while (parts > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < parts; i++) best = merged[i] < merged[best] ? i : best;
    if (merged[best] == NONE) break;
    ids[best] = merged[best];
    parts--;
    for (size_t i = best + 1; i < parts; i++) ids[i] = ids[i + 1];
    for (size_t i = best + 1; i + 1 < parts; i++) merged[i] = merged[i + 1];
    if (best + 1 < parts) merged[best] = mergedOf(ids[best], ids[best + 1]);
    if (best > 0) merged[best - 1] = mergedOf(ids[best - 1], ids[best]);
  }
  return parts;
}

/** The parts are a linked list, and the pairs that can be merged wait in a heap: O(n log n). */
size_t Vocabulary::mergeLong(const uint8_t* word, size_t length, uint32_t* ids) const {
  if (length > LONGEST_WORD) fail("expected a word of at most %zu bytes, but got %zu", LONGEST_WORD, length);
  struct Part {
    uint32_t id, merged;  // with the next part
    uint32_t previous, next;
  };
  std::vector<Part> parts(length);
  std::vector<uint64_t> waiting;  // the merged id, then the place: ordered as pairs are merged
  const auto isLater = std::greater<uint64_t>();
  auto offer = [&](uint32_t place) {
    Part& part = parts[place];
    part.merged = part.next < length ? mergedOf(part.id, parts[part.next].id) : NONE;
    if (part.merged == NONE) return;
    waiting.push_back(uint64_t(part.merged) << 32 | place);
    std::push_heap(waiting.begin(), waiting.end(), isLater);
  };
  for (uint32_t i = 0; i < length; i++) {
    uint32_t merged = i + 1 < length ? mergedOfBytes_[word[i] << 8 | word[i + 1]] : NONE;
    parts[i] = {idOfByte_[word[i]], merged, i - 1, i + 1};
    if (merged != NONE) waiting.push_back(uint64_t(merged) << 32 | i);
  }
  std::make_heap(waiting.begin(), waiting.end(), isLater);
  while (!waiting.empty()) {
    std::pop_heap(waiting.begin(), waiting.end(), isLater);
    uint32_t place = uint32_t(waiting.back()), merged = uint32_t(waiting.back() >> 32);
    waiting.pop_back();
    Part& part = parts[place];
    if (part.merged != merged) continue;  // one of its two parts has been merged with another since
    Part& right = parts[part.next];
    part.id = merged;
    right.merged = NONE;
    part.next = right.next;
    if (part.next < length) parts[part.next].previous = place;
    if (place > 0) offer(part.previous);
    offer(place);
  }
  size_t count = 0;
  for (size_t place = 0; place < length; place = parts[place].next) ids[count++] = parts[place].id;
  return count;
}
