// The heartbeat.
#include "heart.h"

#include "patience.h"

namespace {
constexpr int TAG = 1;
}

void Heart::begin(const World& world) {
  world_ = world;
  for (int rank = 0; rank < world.size; rank++) {
    if (rank == world.rank || (world.rank != 0 && rank != 0)) continue;
    peers_.emplace_back();
    peers_.back().rank = rank;
    peers_.back().lastHeard = Clock::now();
  }
  for (Peer& peer : peers_) hear(peer);
}

void Heart::hear(Peer& peer) {
  check(MPI_Irecv(&peer.heard, 1, MPI_BYTE, peer.rank, TAG, world_.heart, &peer.hearing), "MPI_Irecv");
}

int Heart::beat() {
  const auto now = Clock::now();
  for (Peer& peer : peers_) {
    int done = 0;
    check(MPI_Test(&peer.hearing, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done) {
      peer.lastHeard = now;
      hear(peer);
    }
    check(MPI_Test(&peer.sending, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done && now - peer.lastSent >= BEAT) {
      peer.lastSent = now;
      check(MPI_Isend(&peer.sent, 1, MPI_BYTE, peer.rank, TAG, world_.heart, &peer.sending), "MPI_Isend");
    }
    if (now - peer.lastHeard >= PATIENCE) return peer.rank;
  }
  return -1;
}

void Heart::end() {
  for (Peer& peer : peers_) {
    for (MPI_Request* request : {&peer.hearing, &peer.sending}) {
      if (*request == MPI_REQUEST_NULL) continue;
      MPI_Cancel(request);
      MPI_Request_free(request);
    }
  }
  peers_.clear();
}
