// parallel: a parallel loop on the thread pool. scratch: buffers that each thread keeps from call to call.
#pragma once
#include <cstddef>
#include <cstdint>

void runTasks(int64_t count, void (*run)(void*, int64_t), void* context);

/**
 * Calls task(0) … task(count − 1) on any threads, in any order, and returns when all are done. Nested calls run inline.
 */
template <class Task>
inline void parallel(int64_t count, const Task& task) {
  runTasks(count, [](void* context, int64_t i) { (*static_cast<const Task*>(context))(i); },
           const_cast<Task*>(&task));
}

/** The calling thread's buffer number `slot` (0–7): at least so many floats, 64-byte aligned, uninitialized. */
float* scratch(int slot, int64_t floats);

void setThreads(int count);
int threadCount();
/** The physical cores that this process may use. */
int coreCount();

/** Called in each turn of a spinning loop. */
inline void pauseBriefly() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}
