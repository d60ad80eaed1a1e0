// onThreads: a loop on threads of its own. The thread pool of the kernels (addon/parallel.h) may be busy, with a training step.
#pragma once
#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

/** Calls task(0) … task(count − 1) on up to `threads` threads, and throws what one of them threw. */
template <class Task>
void onThreads(int threads, size_t count, const Task& task) {
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
  auto take = [&] {
    try {
      for (size_t i; !failed && (i = next++) < count;) task(i);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  try {
    while (int(others.size()) + 1 < threads && others.size() + 1 < count) others.emplace_back(take);
  } catch (const std::system_error&) {
    // The system gives no more threads: those that there are do it all.
  }
  take();
  for (std::thread& thread : others) thread.join();
  if (failed) std::rethrow_exception(failure);
}
