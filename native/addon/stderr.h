// CapturedStderr: while it lives, what this process writes to standard error, from C++ too, is kept instead of shown.
#pragma once
#include <string>

class CapturedStderr {
 public:
  /** Where the system has no pipe left, nothing is captured. */
  CapturedStderr();
  ~CapturedStderr() { end(); }
  CapturedStderr(const CapturedStderr&) = delete;

  /** Gives standard error back, and returns what was written: the first 64 KiB, which is what a pipe holds. */
  std::string end();

 private:
  int pipe_[2] = {-1, -1};
  int original_ = -1;
};
