// Messages under way.
#include <algorithm>

#include "job.h"

void Requests::send(const void* from, int64_t bytes, int to, int tag, MPI_Comm comm) {
  open_.emplace_back();
  check(MPI_Isend(from, int(bytes), MPI_BYTE, to, tag, comm, &open_.back()), "MPI_Isend");
}

void Requests::receive(void* into, int64_t bytes, int from, int tag, MPI_Comm comm) {
  open_.emplace_back();
  check(MPI_Irecv(into, int(bytes), MPI_BYTE, from, tag, comm, &open_.back()), "MPI_Irecv");
}

bool Requests::advance() {
  if (open_.empty()) return false;
  std::vector<int> done(open_.size());
  int count = 0;
  check(MPI_Testsome(int(open_.size()), open_.data(), &count, done.data(), MPI_STATUSES_IGNORE), "MPI_Testsome");
  if (count <= 0) return false;  // also MPI_UNDEFINED
  open_.erase(std::remove(open_.begin(), open_.end(), MPI_REQUEST_NULL), open_.end());
  return true;
}
