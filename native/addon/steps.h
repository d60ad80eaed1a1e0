// inSteps: steps of parallel tasks with a barrier between steps, as a recurrence needs them, in one job of the thread
// pool.
#pragma once
#include "parallel.h"

void runSteps(int64_t steps, int64_t count, void (*run)(void*, int64_t, int64_t), void* context);

/**
 * Calls task(step, 0) … task(step, count − 1) for every step; a step begins when the one before is done. A thread gets
 * mostly the same tasks in every step, so that what they read stays in its cache. Tasks must not throw.
 */
template <class Task>
inline void inSteps(int64_t steps, int64_t count, const Task& task) {
  runSteps(
      steps, count, [](void* context, int64_t step, int64_t i) { (*static_cast<const Task*>(context))(step, i); },
      const_cast<Task*>(&task));
}
