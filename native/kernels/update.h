// What the updates of all optimizers share: their parameters as read from a call, and the loop over them.
#pragma once
#include "chunks.h"

namespace TARGET {

/** One parameter, its gradient, and up to two arrays of state. Its chunks begin at number firstChunk of all. */
struct Parameter {
  float *p, *g, *state[2];
  int64_t count, firstChunk;
  float decay;
};

struct Parameters {
  Parameter* all;
  int64_t count;

  /** Calls work(parameter, from, to) for each chunk. */
  template <class Work>
  void update(const Work& work) const {
    overChunks(all, count, [&](const Parameter& one, int64_t, int64_t from, int64_t to) { work(one, from, to); });
  }
};

/** Reads lists of arrays, p, g and one for each name (those from number `required` on may be null), and the decays. */
template <int STATES>
Parameters readParameters(Call& call, const char* const (&names)[STATES], int required = STATES) {
  const Call::List p = call.list("p"), g = call.list("g", p.count);
  Call::List states[STATES];
  for (int s = 0; s < STATES; s++) {
    states[s] = s < required ? call.list(names[s], p.count) : call.listOrNull(names[s], p.count);
  }
  const float* decays = call.floats("decays", p.count);
  Parameter* all = table<Parameter>(p.count);
  for (int64_t i = 0; i < p.count; i++) {
    Parameter& one = all[i] = {};
    one.p = call.item(p, "p", i, -1, &one.count);
    one.g = call.item(g, "g", i, one.count);
    for (int s = 0; s < STATES; s++) {
      if (states[s].count > 0) one.state[s] = call.item(states[s], names[s], i, one.count);
    }
    one.decay = decays[i];
  }
  return {all, p.count};
}

}  // namespace TARGET
