// Encodes word by word: a word is found in the cache, or is a token, or its bytes are merged.
#include "encoder.h"

#include <cstring>

#include "hash.h"
#include "threads.h"

Ids Encoder::encodeWith(WordCache& cache, const Text& text) const {
  Ids ids;
  ids.reserve(text.size + WordCache::MOST_IDS);  // a word has at most as many ids as bytes
  uint32_t* out = ids.data.get();
  scanner_.words(split_, text.begin(), text.end(), [&](const uint8_t* word, const uint8_t* end) {
    size_t length = size_t(end - word);
    WordCache::Entry* entry = nullptr;
    if (length <= WordCache::LONGEST) {
      Short key = shortOf(word, length);
      entry = &cache.at(hashOf(key, length));
      if (entry->low == key.low && entry->high == key.high && entry->length == length) {
        memcpy(out, entry->ids, sizeof entry->ids);
        out += entry->count;
        return;
      }
      entry->low = key.low;
      entry->high = key.high;
    }
    uint32_t id = vocabulary_.idOf(word, length);
    size_t count = 1;
    if (id == NONE) count = vocabulary_.merge(word, length, out);
    else *out = id;
    if (entry) {
      bool fits = count <= WordCache::MOST_IDS;
      entry->length = fits ? uint8_t(length) : 0;
      entry->count = uint8_t(count);
      if (fits) memcpy(entry->ids, out, count * sizeof *out);
    }
    out += count;
  });
  ids.trim(size_t(out - ids.data.get()));
  return ids;
}

Ids Encoder::encode(const Text& text) {
  auto cache = takeCache();
  Ids ids = encodeWith(*cache, text);
  giveCache(std::move(cache));
  return ids;
}

std::vector<Ids> Encoder::encodeAll(const std::vector<Text>& texts, int threads) {
  std::vector<Ids> all(texts.size());
  onThreads(threads, texts.size(), [&](size_t i) { all[i] = encode(texts[i]); });
  return all;
}

std::unique_ptr<WordCache> Encoder::takeCache() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (caches_.empty()) return std::make_unique<WordCache>();
  auto cache = std::move(caches_.back());
  caches_.pop_back();
  return cache;
}

void Encoder::giveCache(std::unique_ptr<WordCache> cache) {
  std::lock_guard<std::mutex> lock(mutex_);
  caches_.push_back(std::move(cache));
}
