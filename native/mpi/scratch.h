// Memory for what arrives. It is kept for the next job, since the page faults of fresh memory cost more than the messages do.
#pragma once
#include <cstdint>
#include <memory>

class Scratch {
 public:
  /** Uninitialized memory, in place of what was there. */
  uint8_t* take(int64_t bytes);
  /** Gives the memory back. Like `take` it is for the communication thread alone. */
  void drop();
  uint8_t* data() const { return data_.get(); }

 private:
  std::unique_ptr<uint8_t[]> data_;
  int64_t bytes_ = 0;
};
