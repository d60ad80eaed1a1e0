// The ranks' parts of an array, brought together where the whole is wanted.
#include <algorithm>
#include <cstring>

#include "job.h"

namespace {

class GatheringJob : public Job {
 public:
  explicit GatheringJob(const Gathering& given) : given_(given) {}

  void begin(const World& world, int number) override {
    const int64_t length = given_.bounds[world.rank + 1] - given_.bounds[world.rank];
    if (given_.whole && length > 0) memcpy(given_.whole + given_.bounds[world.rank], given_.part, size_t(length));
    for (int other = 1; other < world.size; other++) {
      const int to = (world.rank + other) % world.size, from = (world.rank - other + world.size) % world.size;
      if (given_.root < 0 || given_.root == to) {
        for (int64_t at = 0; at < length; at += MESSAGE) {
          requests_.send(given_.part + at, std::min(MESSAGE, length - at), to, number, world.jobs);
        }
      }
      if (given_.root >= 0 && given_.root != world.rank) continue;
      const int64_t end = given_.bounds[from + 1];
      for (int64_t at = given_.bounds[from]; at < end; at += MESSAGE) {
        requests_.receive(given_.whole + at, std::min(MESSAGE, end - at), from, number, world.jobs);
      }
    }
  }

  bool advance() override { return requests_.advance(); }
  bool isDone() const override { return requests_.areDone(); }

 private:
  const Gathering given_;
  Requests requests_;
};

}  // namespace

Job* gatheringJob(const Gathering& gathering) { return new GatheringJob(gathering); }
