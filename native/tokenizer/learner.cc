// Learns merges from counts of pairs that each merge changes only where it changes words.
#include "learner.h"

#include <algorithm>

#include "../addon/failure.h"
#include "hash.h"

namespace {
constexpr size_t AHEAD = 8;
uint64_t keyOf(uint32_t left, uint32_t right) { return uint64_t(left) << 32 | right; }
}  // namespace

uint32_t PairTable::find(uint64_t key) const {
  size_t mask = slots_.size() - 1, at = mixed(key) >> 16 & mask;
  for (; slots_[at].number != NOTHING; at = (at + 1) & mask)
    if (slots_[at].key == key) return slots_[at].number;
  return NOTHING;
}

void PairTable::insert(uint64_t key, uint32_t number) {
  if (3 * ++count_ > 2 * slots_.size()) {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    count_ = 1;
    for (const Slot& slot : old)
      if (slot.number != NOTHING) insert(slot.key, slot.number);
  }
  size_t mask = slots_.size() - 1, at = mixed(key) >> 16 & mask;
  while (slots_[at].number != NOTHING) at = (at + 1) & mask;
  slots_[at] = {key, number};
}

MergeLearner::MergeLearner(const WordCounts& words, int64_t least) : least_(least) {
  if (words.bytes() > ~uint32_t(0)) fail("the different words have %zu bytes, which are too many", words.bytes());
  ids_.reserve(words.bytes());
  words_.reserve(words.size());
  words.forEach([&](const uint8_t* bytes, size_t length, uint64_t count) {
    if (length < 2) return;
    words_.push_back({uint32_t(ids_.size()), uint32_t(length), int64_t(count)});
    ids_.insert(ids_.end(), bytes, bytes + length);
  });
  before_.seen.resize(nextId_);
  after_.seen.resize(nextId_);
  findPairs();
}

/** Each byte's right neighbours are counted as the neighbours of a token that a merge made are. */
void MergeLearner::findPairs() {
  std::vector<Neighbours::Seen> seen(1 << 16);
  auto eachPair = [&](auto each) {
    for (uint32_t w = 0; w < words_.size(); w++) {
      const uint32_t* ids = &ids_[words_[w].start];
      for (uint32_t i = 1; i < words_[w].length; i++) each(seen[ids[i - 1] << 8 | ids[i]], w);
    }
  };
  eachPair([&](Neighbours::Seen& pair, uint32_t w) {
    pair.count += words_[w].count;
    if (pair.lastWord != w + 1) pair.words++;
    pair.lastWord = w + 1;
  });
  std::vector<uint32_t*> lists(1 << 16);
  for (uint32_t pair = 0; pair < 1 << 16; pair++) {
    if (seen[pair].count < least_) continue;
    lists[pair] = newList(seen[pair].words);
    addPair(pair >> 8, pair & 0xff, seen[pair].count, lists[pair], seen[pair].words);
  }
  for (Neighbours::Seen& pair : seen) pair.lastWord = 0;
  eachPair([&](Neighbours::Seen& pair, uint32_t w) {
    uint32_t*& list = lists[&pair - seen.data()];
    if (list && pair.lastWord != w + 1) *list++ = w;
    pair.lastWord = w + 1;
  });
}

void MergeLearner::learn(size_t most, std::vector<int32_t>& merges) {
  Pair best;
  while (most-- > 0 && takeBest(best)) {
    merges.push_back(int32_t(best.left));
    merges.push_back(int32_t(best.right));
    merge(best, nextId_++);
  }
}

bool MergeLearner::takeBest(Pair& best) {
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end());
    Waiting& next = heap_.back();
    int64_t count = pairs_[next.pair].count;
    if (count == next.count) {
      best = pairs_[next.pair];
      heap_.pop_back();
      return true;
    }
    next.count = count;
    if (count >= least_) std::push_heap(heap_.begin(), heap_.end());
    else heap_.pop_back();
  }
  return false;
}

void MergeLearner::merge(const Pair& pair, uint32_t made) {
  before_.seen.resize(made + 1);
  after_.seen.resize(made + 1);
  for (uint32_t i = 0; i < pair.wordCount; i++) {
    if (i + 2 * AHEAD < pair.wordCount) __builtin_prefetch(&words_[pair.words[i + 2 * AHEAD]]);
    if (i + AHEAD < pair.wordCount) __builtin_prefetch(&ids_[words_[pair.words[i + AHEAD]].start]);
    mergeIn(pair.words[i], pair, made);
  }
  for (uint32_t id : before_.ids) lower(id, pair.left, before_.seen[id].count);
  for (uint32_t id : after_.ids)
    if (id != made) lower(pair.right, id, after_.seen[id].count);
  lower(pair.right, pair.left, joined_);
  joined_ = 0;
  addPairs(before_, made, false);
  addPairs(after_, made, true);
}

void MergeLearner::mergeIn(uint32_t w, const Pair& pair, uint32_t made) {
  Word& word = words_[w];
  uint32_t* ids = &ids_[word.start];
  uint32_t length = word.length, kept = 0;
  auto isPair = [&](uint32_t i) { return i + 1 < length && ids[i] == pair.left && ids[i + 1] == pair.right; };
  for (uint32_t i = 0; i < length;) {
    if (!isPair(i)) {
      ids[kept++] = ids[i++];
      continue;
    }
    bool isJoined = kept > 0 && ids[kept - 1] == made;  // two in succession
    if (isJoined) {
      joined_ += word.count;
      after_.add(made, w, word.count);
    } else if (kept > 0) {
      before_.add(ids[kept - 1], w, word.count);
    }
    i += 2;
    ids[kept++] = made;
    if (i < length && !isPair(i)) after_.add(ids[i], w, word.count);
  }
  word.length = kept;
}

void MergeLearner::Neighbours::add(uint32_t id, uint32_t word, int64_t count) {
  Seen& one = seen[id];
  if (one.count == 0) ids.push_back(id);
  one.count += count;
  if (one.words > 0 && one.lastWord == word) return;
  one.words++;
  one.lastWord = word;
  places.emplace_back(id, word);
}

void MergeLearner::addPairs(Neighbours& neighbours, uint32_t made, bool isLeft) {
  size_t size = 0;
  for (uint32_t id : neighbours.ids)
    if (neighbours.seen[id].count >= least_) size += neighbours.seen[id].words;
  uint32_t* list = newList(size);
  for (uint32_t id : neighbours.ids) {
    Neighbours::Seen& one = neighbours.seen[id];
    bool isKept = one.count >= least_;
    if (isKept) addPair(isLeft ? made : id, isLeft ? id : made, one.count, list, one.words);
    // From here on `lastWord` is where the next of its words goes, from the end of all; 0 where they are not kept.
    one.lastWord = isKept ? uint32_t(size) : 0;
    if (isKept) size -= one.words, list += one.words;
  }
  for (const auto& [id, word] : neighbours.places) {
    uint32_t& left = neighbours.seen[id].lastWord;
    if (left > 0) *(list - left--) = word;
  }
  for (uint32_t id : neighbours.ids) neighbours.seen[id] = {};
  neighbours.ids.clear();
  neighbours.places.clear();
}

void MergeLearner::addPair(uint32_t left, uint32_t right, int64_t count, const uint32_t* words, uint32_t wordCount) {
  uint32_t number = uint32_t(pairs_.size());
  if (number == PairTable::NOTHING) fail("more than %u pairs of tokens", number);
  pairs_.push_back({left, right, count, words, wordCount});
  table_.insert(keyOf(left, right), number);
  heap_.push_back({count, keyOf(left, right), number});
  std::push_heap(heap_.begin(), heap_.end());
}

/** A pair that is not there was too rare from the beginning. */
void MergeLearner::lower(uint32_t left, uint32_t right, int64_t by) {
  uint32_t number = table_.find(keyOf(left, right));
  if (number != PairTable::NOTHING) pairs_[number].count -= by;
}

uint32_t* MergeLearner::newList(size_t size) {
  lists_.emplace_back(new uint32_t[size]);
  listed_ += size;
  return lists_.back().get();
}

size_t MergeLearner::memory() const {
  return ids_.capacity() * sizeof(uint32_t) + words_.capacity() * sizeof(Word) + pairs_.capacity() * sizeof(Pair) +
         heap_.capacity() * sizeof(Waiting) + table_.memory() + listed_ * sizeof(uint32_t);
}
