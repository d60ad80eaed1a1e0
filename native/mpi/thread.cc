// The communication thread.
#include "thread.h"

#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "heart.h"
#include "patience.h"

namespace {

/** Jobs whose messages are under way at once: small ones need not wait for one another. */
constexpr size_t MOST_AT_ONCE = 16;
/** A message's tag tells the job; MPI promises at least so many. */
constexpr int TAGS = 32767;
/** Between them a nap takes a quarter of the time in which nothing has arrived: each costs some ten microseconds of a core. */
constexpr std::chrono::microseconds SHORTEST_NAP{100}, LONGEST_NAP{1000};
constexpr std::chrono::milliseconds IDLE{100};
/** What has arrived is asked so often before a nap: a message goes on only while both sides ask. */
constexpr int PASSES = 8;

World world;
Heart heart;
std::vector<std::string> hosts;
std::string hint;
std::mutex mutex;
std::condition_variable changed;
std::deque<Job*> waiting;
bool leaving = false;
int abortWith = 0;
std::thread thread;
void (*tellDone)(Job*);

/** One write, so that lines of several processes do not mix. */
void say(const std::string& text) {
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

void end(int code) {
  signal(SIGALRM, SIG_DFL);
  alarm(SECONDS_TO_ABORT);  // MPI may wait for a network that is gone
  MPI_Abort(MPI_COMM_WORLD, code);
  _exit(code);
}

std::string nameOf(int rank) {
  std::lock_guard<std::mutex> lock(mutex);
  const std::string name = "rank " + std::to_string(rank);
  return size_t(rank) < hosts.size() ? name + " on " + hosts[rank] : name;
}

void giveUp(int rank) {
  // Rank 0 misses the others, and each of them rank 0: of these the lowest speaks.
  if (world.rank > 1) std::this_thread::sleep_for(PRECEDENCE);
  say("error: " + nameOf(rank) + " has not been heard of for " + std::to_string(PATIENCE.count()) +
      " seconds: its process hangs, or its network is gone\n" + hint);
  end(1);
}

/** Open MPI's plugins look for its symbols among the global ones, where an addon's libraries are not. */
void makeGlobal() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&MPI_Init_thread), &info) && info.dli_fname) {
    dlopen(info.dli_fname, RTLD_NOW | RTLD_GLOBAL);
  }
}

Joined begin() {
  makeGlobal();
  int level = 0, length = 0;
  char version[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &world.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &world.size);
  MPI_Comm_dup(MPI_COMM_WORLD, &world.jobs);
  MPI_Comm_dup(MPI_COMM_WORLD, &world.heart);
  for (MPI_Comm comm : {world.jobs, world.heart}) MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  MPI_Get_library_version(version, &length);
  heart.begin(world);
  return {world.rank, world.size, version};
}

void beat() {
  const int silent = heart.beat();
  if (silent >= 0) giveUp(silent);
}

bool mustWait(const Job& job, const std::vector<std::unique_ptr<Job>>& active, const std::vector<Job*>& taken) {
  const void* sum = job.addsTo();
  if (!sum) return false;
  for (const auto& other : active) if (other->addsTo() == sum) return true;
  for (const Job* other : taken) if (other->addsTo() == sum) return true;
  return false;
}

/** Takes up jobs that wait, for which it sleeps a while if there is nothing else to do. Returns whether to go on. */
bool takeUp(std::vector<std::unique_ptr<Job>>& active, int& number) {
  std::vector<Job*> taken;
  {
    std::unique_lock<std::mutex> lock(mutex);
    if (active.empty()) changed.wait_for(lock, IDLE, [] { return leaving || abortWith || !waiting.empty(); });
    if (abortWith) {
      lock.unlock();
      end(abortWith);
    }
    if (leaving && waiting.empty() && active.empty()) return false;
    while (!waiting.empty() && active.size() + taken.size() < MOST_AT_ONCE &&
           !mustWait(*waiting.front(), active, taken)) {
      taken.push_back(waiting.front());
      waiting.pop_front();
    }
  }
  for (Job* job : taken) {
    job->begin(world, number++ % TAGS);
    active.emplace_back(job);
  }
  return true;
}

bool advance(std::vector<std::unique_ptr<Job>>& active) {
  bool moved = false;
  for (auto job = active.begin(); job != active.end();) {
    moved |= (*job)->advance();
    if ((*job)->isDone()) {
      tellDone(job->release());
      job = active.erase(job);
      moved = true;
    } else {
      ++job;
    }
  }
  return moved;
}

void work() {
#ifdef __linux__
  prctl(PR_SET_TIMERSLACK, 1000);  // or each nap would last 50 µs longer
#endif
  std::vector<std::unique_ptr<Job>> active;
  int number = 0, begun = 0;
  auto movedAt = Clock::now();
  while (takeUp(active, number)) {
    bool moved = number > begun;
    begun = number;
    for (int pass = 0; pass < PASSES; pass++) moved |= advance(active);
    beat();
    const auto now = Clock::now();
    if (moved) movedAt = now;
    else if (!active.empty()) std::this_thread::sleep_for(std::clamp<Clock::duration>((now - movedAt) / 4, SHORTEST_NAP, LONGEST_NAP));
  }
  MPI_Request all;
  int done = 0;
  check(MPI_Ibarrier(world.jobs, &all), "MPI_Ibarrier");
  for (; !done; check(MPI_Test(&all, &done, MPI_STATUS_IGNORE), "MPI_Test")) {
    beat();
    std::this_thread::sleep_for(LONGEST_NAP);
  }
  heart.end();
  MPI_Finalize();
}

}  // namespace

void check(int result, const char* what) {
  if (result == MPI_SUCCESS) return;
  char message[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(result, message, &length);
  say("error: " + nameOf(world.rank) + ": " + what + " failed: " + message + "\n" + hint);
  end(1);
}

Joined joinRanks(void (*whenDone)(Job*)) {
  tellDone = whenDone;
  Joined joined;
  bool hasBegun = false;
  thread = std::thread([&] {
    Joined begun = begin();
    {
      std::lock_guard<std::mutex> lock(mutex);
      joined = begun;
      hasBegun = true;
    }
    changed.notify_all();
    work();
  });
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [&] { return hasBegun; });
  return joined;
}

void nameRanks(const std::vector<std::string>& names, const std::string& lastWords) {
  std::lock_guard<std::mutex> lock(mutex);
  hosts = names;
  hint = lastWords;
}

void enqueue(Job* job) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    waiting.push_back(job);
  }
  changed.notify_all();
}

void leaveRanks() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    leaving = true;
  }
  changed.notify_all();
  thread.join();
}

void abortRanks(int code) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    abortWith = code;
  }
  changed.notify_all();
  alarm(SECONDS_TO_ABORT);
  for (;;) pause();
}
