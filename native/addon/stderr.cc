// Standard error goes to a pipe whose ends never block: what is written to a full one is lost, and nothing waits for it.
#include "stderr.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

CapturedStderr::CapturedStderr() {
  if (pipe(pipe_) != 0) return;
  for (int end : pipe_) {
    fcntl(end, F_SETFD, FD_CLOEXEC);
    fcntl(end, F_SETFL, O_NONBLOCK);
  }
  fflush(stderr);
  original_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (original_ >= 0) dup2(pipe_[1], STDERR_FILENO);
}

std::string CapturedStderr::end() {
  std::string written;
  if (original_ >= 0) {
    fflush(stderr);
    dup2(original_, STDERR_FILENO);
    close(original_);
    char part[4096];
    for (ssize_t got; (got = read(pipe_[0], part, sizeof part)) > 0;) written.append(part, size_t(got));
  }
  for (int& end : pipe_) {
    if (end >= 0) close(end);
    end = -1;
  }
  original_ = -1;
  return written;
}
