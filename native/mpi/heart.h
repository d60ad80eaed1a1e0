// The heartbeat: rank 0 and each of the others tell one another that they are alive, so that one which hangs, or whose network
// is gone, is missed by name, and nobody waits for it for ever.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "job.h"

using Clock = std::chrono::steady_clock;

class Heart {
 public:
  void begin(const World& world);
  /** Sends and hears what is due. Returns the rank that has been silent for too long, or −1. */
  int beat();
  /** Takes back what is still awaited. */
  void end();

 private:
  struct Peer {
    int rank;
    char sent = 0, heard = 0;
    MPI_Request sending = MPI_REQUEST_NULL, hearing = MPI_REQUEST_NULL;
    Clock::time_point lastHeard, lastSent;
  };
  void hear(Peer& peer);

  World world_;
  std::vector<Peer> peers_;
};
