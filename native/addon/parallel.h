// parallel: runs tasks on all threads. scratch: memory that a thread keeps from call to call.
#pragma once
#include <cstddef>
#include <cstdint>

void runTasks(int64_t count, void (*run)(void*, int64_t), void* context);

/** task(0) … task(count − 1), on any thread, in any order; back when all are done. Within a task it runs inline. */
template <class Task>
inline void parallel(int64_t count, const Task& task) {
  runTasks(count, [](void* context, int64_t i) { (*static_cast<const Task*>(context))(i); },
           const_cast<Task*>(&task));
}

/** This thread's buffer of that number (0–7), 64-byte aligned, of at least that many floats; garbage inside. */
float* scratch(int slot, int64_t floats);

void setThreads(int count);
int threadCount();
/** Processor cores this process may use; two threads of one core count once. */
int coreCount();

/** What a loop that waits does in each turn. */
inline void pauseBriefly() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}
