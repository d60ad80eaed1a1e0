// Memory that is kept.
#include "scratch.h"

#include <utility>
#include <vector>

namespace {
std::vector<std::pair<int64_t, std::unique_ptr<uint8_t[]>>> idle;
}

uint8_t* Scratch::take(int64_t bytes) {
  drop();
  if (!idle.empty()) {
    bytes_ = idle.back().first;
    data_ = std::move(idle.back().second);
    idle.pop_back();
  }
  if (bytes_ < bytes) {
    data_.reset();
    data_.reset(new uint8_t[bytes]);
    bytes_ = bytes;
  }
  return data_.get();
}

void Scratch::drop() {
  if (data_) idle.emplace_back(bytes_, std::move(data_));
  bytes_ = 0;
}
