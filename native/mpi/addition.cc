// The sum of the ranks' gradients. The order of addition is that of ranks, whatever arrives first, so the sum has the same
// bits however many ranks there are, and however quick each is.
#include <cstring>

#include "job.h"
#include "scratch.h"

namespace {

/** Pieces are added in blocks, of which two are under way: one arrives while the other is added. */
constexpr int64_t BLOCK = MESSAGE / int64_t(sizeof(float));
constexpr int WINDOW = 2;

uint16_t toBf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) return uint16_t(bits >> 16 | 0x40);  // a NaN whose low bits alone say so stays one
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float fromBf16(uint16_t half) {
  const uint32_t bits = uint32_t(half) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

class AdditionJob : public Job {
 public:
  explicit AdditionJob(const Addition& given) : given_(given), width_(given.half ? 2 : 4) {}

  void begin(const World& world, int number) override {
    world_ = world;
    tag_ = number;
    if (given_.gradient && given_.half) round();
    if (given_.gradient) sendPieces();
    for (int64_t block = 0; block < WINDOW; block++) receive(block);
  }

  bool advance() override {
    bool moved = sends_.advance();
    while (at_ < blocks()) {
      Requests& awaited = receipts_[at_ % WINDOW];
      moved |= awaited.advance();
      if (!awaited.areDone()) break;
      add(at_);
      receive(at_ + WINDOW);
      at_++;
      moved = true;
    }
    if (isDone()) for (Scratch* memory : {&rounded_, &arrived_[0], &arrived_[1]}) memory->drop();
    return moved;
  }

  bool isDone() const override { return at_ >= blocks() && sends_.areDone(); }
  const void* addsTo() const override { return given_.sum; }

 private:
  int64_t from(int rank) const { return given_.bounds[rank]; }
  int64_t length(int rank) const { return given_.bounds[rank + 1] - given_.bounds[rank]; }
  int64_t blocks() const { return (length(world_.rank) + BLOCK - 1) / BLOCK; }
  static int64_t blockLength(int64_t length, int64_t block) { return std::min(BLOCK, length - block * BLOCK); }

  void round() {
    const int64_t count = given_.bounds.back();
    uint16_t* rounded = reinterpret_cast<uint16_t*>(rounded_.take(count * width_));
    for (int64_t i = 0; i < count; i++) rounded[i] = toBf16(given_.gradient[i]);
  }

  /** This rank's own gradient from an element on, as it is sent. */
  const void* own(int64_t element) const {
    const uint8_t* sent = given_.half ? rounded_.data() : reinterpret_cast<const uint8_t*>(given_.gradient);
    return sent + element * width_;
  }

  void sendPieces() {
    for (int other = 1; other < world_.size; other++) {
      const int to = (world_.rank + other) % world_.size;  // or all would begin with the same rank
      for (int64_t block = 0; block * BLOCK < length(to); block++) {
        sends_.send(own(from(to) + block * BLOCK), blockLength(length(to), block) * width_, to, tag_, world_.jobs);
      }
    }
  }

  uint8_t* arrived(int64_t block, int rank) {
    Scratch& place = arrived_[block % WINDOW];
    const int64_t bytes = std::min(BLOCK, length(world_.rank)) * width_;
    return (place.data() ? place.data() : place.take(given_.contributors * bytes)) + rank * bytes;
  }

  void receive(int64_t block) {
    if (block >= blocks()) return;
    for (int rank = 0; rank < given_.contributors; rank++) {
      if (rank == world_.rank) continue;
      const int64_t bytes = blockLength(length(world_.rank), block) * width_;
      receipts_[block % WINDOW].receive(arrived(block, rank), bytes, rank, tag_, world_.jobs);
    }
  }

  void add(int64_t block) {
    float* sum = given_.sum + block * BLOCK;
    const int64_t count = blockLength(length(world_.rank), block);
    for (int rank = 0; rank < given_.contributors; rank++) {
      const bool isOwn = rank == world_.rank;
      const void* term = isOwn ? own(from(rank) + block * BLOCK) : arrived(block, rank);
      const bool replaces = given_.first && rank == 0;
      if (given_.half) addHalves(sum, static_cast<const uint16_t*>(term), count, replaces);
      else addFloats(sum, static_cast<const float*>(term), count, replaces);
    }
  }

  static void addFloats(float* __restrict sum, const float* __restrict term, int64_t count, bool replaces) {
    if (replaces) memcpy(sum, term, size_t(count) * sizeof(float));
    else for (int64_t i = 0; i < count; i++) sum[i] += term[i];
  }

  static void addHalves(float* __restrict sum, const uint16_t* __restrict term, int64_t count, bool replaces) {
    if (replaces) for (int64_t i = 0; i < count; i++) sum[i] = fromBf16(term[i]);
    else for (int64_t i = 0; i < count; i++) sum[i] += fromBf16(term[i]);
  }

  const Addition given_;
  const int64_t width_;
  World world_;
  int tag_ = 0;
  int64_t at_ = 0;
  Scratch rounded_, arrived_[WINDOW];
  Requests sends_, receipts_[WINDOW];
};

}  // namespace

Job* additionJob(const Addition& addition) { return new AdditionJob(addition); }
