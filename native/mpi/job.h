// A job: something that all ranks do together. Every rank asks for the same jobs in the same order; they may end in another.
#pragma once
// The C++ classes of old are a library of their own.
#define OMPI_SKIP_MPICXX
#define MPICH_SKIP_MPICXX
#include <mpi.h>

#include <cstdint>
#include <vector>

/** Of this process: which of how many it is, and whom it talks with. */
struct World {
  int rank = 0, size = 1;
  MPI_Comm jobs = MPI_COMM_NULL, heart = MPI_COMM_NULL;
};

/** Ends the whole job if a call of MPI's has failed. */
void check(int result, const char* what);

class Job {
 public:
  virtual ~Job() = default;
  /** Posts what can be posted at once. The number tells the job's messages from those of others. */
  virtual void begin(const World& world, int number) = 0;
  /** Goes on with what has arrived; returns whether anything has. */
  virtual bool advance() = 0;
  virtual bool isDone() const = 0;
  /** What it adds to: a later job that adds to the same waits for this one, since the order decides the bits. */
  virtual const void* addsTo() const { return nullptr; }
  /** The binding's: whom to tell, and what is to be kept alive until then. */
  void* owner = nullptr;
};

/** Requests under way, of which those that are done are taken out. */
class Requests {
 public:
  void send(const void* from, int64_t bytes, int to, int tag, MPI_Comm comm);
  void receive(void* into, int64_t bytes, int from, int tag, MPI_Comm comm);
  /** Returns whether any has been done since the last call. */
  bool advance();
  bool areDone() const { return open_.empty(); }

 private:
  std::vector<MPI_Request> open_;
};

/** Bytes of one message at the most. */
constexpr int64_t MESSAGE = 1 << 19;

/**
 * Adds up gradients, one from each of the first `contributors` ranks, in the order of ranks: rank r gets the elements from
 * bounds[r] to bounds[r + 1], added to its `sum`, or put in place of it where the first is the first of all. With `half`
 * each is rounded to bfloat16 before.
 */
struct Addition {
  const float* gradient;  // null where this rank contributes none
  float* sum;
  std::vector<int64_t> bounds;
  int contributors;
  bool first, half;
};
Job* additionJob(const Addition& addition);

/** Brings every rank's part of `whole`, from bounds[r] to bounds[r + 1] in bytes, to each rank, or to `root` alone. */
struct Gathering {
  const uint8_t* part;
  uint8_t* whole;  // null where it is not wanted here
  std::vector<int64_t> bounds;
  int root;  // or −1: all
};
Job* gatheringJob(const Gathering& gathering);
