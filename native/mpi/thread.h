// The communication thread, which alone calls MPI. It never waits inside of a call, as MPI would on a whole core: it asks what
// has arrived, and sleeps where nothing has.
#pragma once
#include <string>

#include "job.h"

struct Joined {
  int rank, size;
  std::string library;
};

/** Starts MPI and the thread; `whenDone` is called on the thread with each job that is done. */
Joined joinRanks(void (*whenDone)(Job*));
/** Tells the thread the ranks' hosts, and what follows its last words: names for a rank that is missed. */
void nameRanks(const std::vector<std::string>& hosts, const std::string& hint);
void enqueue(Job* job);
/** Waits for all other ranks to leave, too, and ends MPI. */
void leaveRanks();
/** Ends all ranks' processes, and this one. */
[[noreturn]] void abortRanks(int code);
