// The addon's exports: joining the ranks, what they do together as promises, and leaving.
#include <node_api.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "arguments.h"
#include "thread.h"

namespace {

napi_threadsafe_function settle = nullptr;
World self;
int64_t pending = 0;
bool hasLeft = true;

/** A promise, and what its job reads and writes, which is kept until it is done. */
struct Owner {
  napi_deferred deferred;
  napi_ref kept;
};

void onDone(Job* job) { napi_call_threadsafe_function(settle, job, napi_tsfn_blocking); }

void settled(napi_env env, napi_value, void*, void* data) {
  Job* job = static_cast<Job*>(data);
  Owner* owner = static_cast<Owner*>(job->owner);
  delete job;
  if (env) {
    napi_value nothing;
    napi_get_undefined(env, &nothing);
    napi_resolve_deferred(env, owner->deferred, nothing);
    napi_delete_reference(env, owner->kept);
    if (--pending == 0) napi_unref_threadsafe_function(env, settle);
  }
  delete owner;
}

napi_value promise(napi_env env, Job* job, napi_value kept) {
  Owner* owner = new Owner{};
  napi_value result = nullptr;
  napi_create_promise(env, &owner->deferred, &result);
  napi_create_reference(env, kept, 1, &owner->kept);
  job->owner = owner;
  if (pending++ == 0) napi_ref_threadsafe_function(env, settle);
  enqueue(job);
  return result;
}

template <napi_value (*body)(Arguments&)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    Arguments arguments(env, info);
    return body(arguments);
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
}

void mustBeIn() {
  if (hasLeft) throw std::runtime_error("mpi: the ranks were not joined, or were left");
}

/** Returns { rank, size, library }. */
napi_value join(Arguments& arguments) {
  napi_env env = arguments.env;
  if (settle) throw std::runtime_error("mpi: ranks can be joined once");
  napi_value name, result, value;
  napi_create_string_utf8(env, "mpi", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, settled, &settle);
  napi_unref_threadsafe_function(env, settle);
  const Joined joined = joinRanks(onDone);
  self.rank = joined.rank, self.size = joined.size;
  hasLeft = false;
  napi_create_object(env, &result);
  napi_create_int32(env, joined.rank, &value);
  napi_set_named_property(env, result, "rank", value);
  napi_create_int32(env, joined.size, &value);
  napi_set_named_property(env, result, "size", value);
  napi_create_string_utf8(env, joined.library.c_str(), NAPI_AUTO_LENGTH, &value);
  napi_set_named_property(env, result, "library", value);
  return result;
}

/** hosts (an array of strings), hint */
napi_value name(Arguments& arguments) {
  const std::vector<std::string> hosts = arguments.texts();
  nameRanks(hosts, arguments.text());
  return nullptr;
}

/** gradient (Float32Array, or null where this rank has none), sum, bounds, contributors, first, half */
napi_value add(Arguments& arguments) {
  mustBeIn();
  const Span<float> gradient = arguments.floats(), sum = arguments.floats();
  Addition addition = {gradient.data, sum.length > 0 ? sum.data : nullptr, arguments.bounds(self.size), 0, false, false};
  addition.contributors = int(arguments.number());
  addition.first = arguments.flag();
  addition.half = arguments.flag();
  const std::vector<int64_t>& bounds = addition.bounds;
  if (addition.contributors < 1 || addition.contributors > self.size) {
    throw std::runtime_error("mpi: expected contributors from 1 to the number of ranks");
  }
  if ((self.rank < addition.contributors) != (gradient.data != nullptr)) {
    throw std::runtime_error("mpi: expected a gradient of each contributor, and of no other rank");
  }
  if ((gradient.data && gradient.length != bounds.back()) ||
      sum.length != bounds[self.rank + 1] - bounds[self.rank]) {
    throw std::runtime_error("mpi: expected a gradient and a sum of the sizes that the bounds give");
  }
  return promise(arguments.env, additionJob(addition), arguments.all());
}

/** part (Uint8Array), whole (Uint8Array, or null where it is not wanted), bounds, root (−1: every rank) */
napi_value gather(Arguments& arguments) {
  mustBeIn();
  const Span<uint8_t> part = arguments.bytes(), whole = arguments.bytes();
  Gathering gathering = {part.data, whole.data, arguments.bounds(self.size), int(arguments.number())};
  const std::vector<int64_t>& bounds = gathering.bounds;
  if (gathering.root < -1 || gathering.root >= self.size) throw std::runtime_error("mpi: there is no such root");
  const bool isWanted = gathering.root < 0 || gathering.root == self.rank;
  if (part.length != bounds[self.rank + 1] - bounds[self.rank] || whole.length != (isWanted ? bounds.back() : 0)) {
    throw std::runtime_error("mpi: expected a part and a whole of the sizes that the bounds give");
  }
  return promise(arguments.env, gatheringJob(gathering), arguments.all());
}

napi_value leave(Arguments&) {
  mustBeIn();
  hasLeft = true;
  leaveRanks();
  return nullptr;
}

/** code */
napi_value abort(Arguments& arguments) {
  mustBeIn();
  abortRanks(int(arguments.number()));
}

/** Which MPI this is; it need not be started. */
napi_value library(Arguments& arguments) {
  char version[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  int length = 0;
  MPI_Get_library_version(version, &length);
  napi_value result;
  napi_create_string_utf8(arguments.env, version, NAPI_AUTO_LENGTH, &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"library", guarded<library>}, {"join", guarded<join>},   {"name", guarded<name>},
                   {"add", guarded<add>},         {"gather", guarded<gather>}, {"leave", guarded<leave>},
                   {"abort", guarded<abort>}};
  for (auto& entry : functions) {
    napi_value function;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  return exports;
}
