// The thread pool. A job is a counter from which every thread takes the numbers of tasks. Workers spin briefly for the
// next job, since a training step is a quick succession of jobs, and then sleep, so that an idle pool costs nothing.
#include "parallel.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "failure.h"
#include "memory.h"
#ifdef __linux__
#include <sched.h>

#include <cstdio>
#include <set>
#include <string>
#endif

namespace {

constexpr auto SPIN = std::chrono::microseconds(300);

struct Job {
  void (*run)(void*, int64_t);
  void* context;
  int64_t count;
  std::atomic<int64_t> next;
  std::atomic<bool> failed;
  Failure failure;
};

thread_local bool working = false;

class Pool {
 public:
  explicit Pool(int threads) {
    for (int i = 1; i < threads; i++) workers_.emplace_back([this] { work(); });
  }

  ~Pool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  int threads() const { return int(workers_.size()) + 1; }

  void run(Job& job) {
    job_ = &job;
    // The gate opens: its ticket is odd, and no worker is inside.
    uint64_t open = ((gate_.load(std::memory_order_relaxed) >> INSIDE) + 1) << INSIDE;
    gate_.store(open, std::memory_order_seq_cst);
    if (sleeping_.load(std::memory_order_seq_cst) > 0) {
      std::lock_guard<std::mutex> lock(mutex_);
      wake_.notify_all();
    }
    take(job);
    // The gate closes: no worker enters at an even ticket; those inside finish.
    gate_.fetch_add(uint64_t(1) << INSIDE, std::memory_order_acq_rel);
    while (gate_.load(std::memory_order_acquire) & MASK) pauseBriefly();
  }

 private:
  static constexpr int INSIDE = 16;
  static constexpr uint64_t MASK = (uint64_t(1) << INSIDE) - 1;

  static void take(Job& job) {
    working = true;
    for (int64_t i; (i = job.next.fetch_add(1, std::memory_order_relaxed)) < job.count;) {
      try {
        job.run(job.context, i);
      } catch (const Failure& failure) {
        if (!job.failed.exchange(true)) job.failure = failure;
      }
    }
    working = false;
  }

  bool isOpen(uint64_t gate) const { return (gate >> INSIDE) & 1; }

  void work() {
    uint64_t last = 0;  // the ticket of this worker's last job
    auto idleSince = std::chrono::steady_clock::now();
    for (int spins = 0;;) {
      uint64_t gate = gate_.load(std::memory_order_acquire);
      if (isOpen(gate) && (gate >> INSIDE) != last) {
        if (!gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel)) continue;
        last = gate >> INSIDE;
        take(*job_);
        gate_.fetch_sub(1, std::memory_order_acq_rel);
        idleSince = std::chrono::steady_clock::now();
        spins = 0;
        continue;
      }
      pauseBriefly();
      if (++spins % 64 == 0 && std::chrono::steady_clock::now() - idleSince > SPIN) {
        if (!sleep(last)) return;
        idleSince = std::chrono::steady_clock::now();
      }
    }
  }

  /** False once the pool is being destroyed. */
  bool sleep(uint64_t last) {
    std::unique_lock<std::mutex> lock(mutex_);
    sleeping_.fetch_add(1, std::memory_order_seq_cst);
    wake_.wait(lock, [&] {
      uint64_t gate = gate_.load(std::memory_order_seq_cst);
      return stopping_ || (isOpen(gate) && (gate >> INSIDE) != last);
    });
    sleeping_.fetch_sub(1, std::memory_order_seq_cst);
    return !stopping_;
  }

  std::vector<std::thread> workers_;
  Job* job_ = nullptr;
  /** The job's ticket in the upper bits, the number of workers inside in the lower ones. */
  alignas(64) std::atomic<uint64_t> gate_{0};
  alignas(64) std::atomic<int> sleeping_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
};

// It is never destroyed at exit: a worker may be asleep in it.
Pool* pool = nullptr;
std::mutex busy;  // held by the one caller of the pool; a call from another JavaScript thread runs on that thread alone

struct Scratch {
  float* data = nullptr;
  int64_t size = 0;
  void drop() {
    if (data) freeBytes(data, size_t(size) * sizeof(float));
    data = nullptr;
    size = 0;
  }
  ~Scratch() { drop(); }
};

}  // namespace

void runTasks(int64_t count, void (*run)(void*, int64_t), void* context) {
  std::unique_lock<std::mutex> lock(busy, std::defer_lock);
  if (count <= 1 || working || !lock.try_lock() || !pool || pool->threads() == 1) {
    for (int64_t i = 0; i < count; i++) run(context, i);
    return;
  }
  Job job{run, context, count, {0}, {false}, {}};
  pool->run(job);
  if (job.failed) throw job.failure;
}

float* scratch(int slot, int64_t floats) {
  thread_local Scratch buffers[8];
  Scratch& buffer = buffers[slot];
  if (buffer.size < floats) {
    int64_t size = (product(floats, 1) + 1023) / 1024 * 1024;
    buffer.drop();
    buffer.data = static_cast<float*>(allocateBytes(size_t(size) * sizeof(float)));
    if (!buffer.data) fail("not enough memory for %lld numbers", (long long)floats);
    buffer.size = size;
  }
  return buffer.data;
}

void setThreads(int count) {
  std::lock_guard<std::mutex> lock(busy);
  if (pool && pool->threads() == count) return;
  delete pool;
  pool = nullptr;
  pool = new Pool(count);
}

int threadCount() { return pool ? pool->threads() : 1; }

int coreCount() {
  int logical = int(std::thread::hardware_concurrency());
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return logical > 0 ? logical : 1;
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    std::string core = std::to_string(cpu);
    std::string path = "/sys/devices/system/cpu/cpu" + core + "/topology/thread_siblings_list";
    if (FILE* file = fopen(path.c_str(), "r")) {
      char text[64] = {};
      if (fgets(text, sizeof text, file)) core = text;
      fclose(file);
    }
    cores.insert(core);
  }
  if (!cores.empty()) return int(cores.size());
#endif
  return logical > 0 ? logical : 1;
}
