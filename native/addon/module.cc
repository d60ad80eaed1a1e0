// The addon's exports: memory, threads, and for each CPU target that this processor has, its kernels.
#include <node_api.h>

#include <cstring>
#include <mutex>
#include <unordered_map>

#include "../tokenizer/exports.h"
#include "guarded.h"
#include "memory.h"
#include "parallel.h"
#include "stderr.h"
#include "targets.h"

namespace {

// What allocate() gave to JavaScript. The buffer's finalizer deletes the block; release() may free its memory sooner,
// so that another buffer can have the same address by the time the finalizer runs.
struct Block {
  void* memory;
  size_t bytes;
};
std::unordered_map<void*, Block*> blocks;
std::mutex blocksMutex;

void freeMemory(Block* block) {
  if (!block->memory) return;
  blocks.erase(block->memory);
  freeBytes(block->memory, block->bytes);
  block->memory = nullptr;
}

void freeBlock(Block* block) {
  std::lock_guard<std::mutex> lock(blocksMutex);
  freeMemory(block);
  delete block;
}

using Answer = napi_value (*)(napi_env, napi_callback_info);

napi_value runOp(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  const NamedOp& op = *static_cast<const NamedOp*>(data);
  return guarded(env, info, op.name, [&](Call& call) {
    op.run(call);
    return call.result();
  });
}

napi_value allocate(napi_env env, napi_callback_info info) {
  return guarded(env, info, "allocate", [&](Call& call) {
    int64_t bytes = call.size("bytes");
    void* memory = allocateBytes(size_t(bytes));
    if (!memory) fail("no memory for %lld bytes", (long long)bytes);
    Block* block = new Block{memory, size_t(bytes)};
    {
      std::lock_guard<std::mutex> lock(blocksMutex);
      blocks[memory] = block;
    }
    napi_value buffer = nullptr;
    auto finalize = [](napi_env, void*, void* block) { freeBlock(static_cast<Block*>(block)); };
    if (napi_create_external_arraybuffer(env, memory, size_t(bytes), finalize, block, &buffer) != napi_ok) {
      freeBlock(block);
      fail("this JavaScript engine takes no memory from outside");
    }
    return buffer;
  });
}

/** Detaches the buffer and frees its memory now. */
napi_value release(napi_env env, napi_callback_info info) {
  return guarded(env, info, "release", [&](Call&) -> napi_value {
    size_t count = 1, bytes = 0;
    napi_value buffer;
    void* memory = nullptr;
    napi_get_cb_info(env, info, &count, &buffer, nullptr, nullptr);
    if (count < 1 || napi_get_arraybuffer_info(env, buffer, &memory, &bytes) != napi_ok) {
      fail("expected an ArrayBuffer");
    }
    if (napi_detach_arraybuffer(env, buffer) != napi_ok) fail("the buffer cannot be detached");
    std::lock_guard<std::mutex> lock(blocksMutex);
    auto found = blocks.find(memory);
    if (found != blocks.end()) freeMemory(found->second);
    return nullptr;
  });
}

napi_value setThreadsOp(napi_env env, napi_callback_info info) {
  return guarded(env, info, "setThreads", [&](Call& call) -> napi_value {
    int64_t count = call.size("threads");
    if (count > 1024) fail("expected at most 1024 threads, but got %lld", (long long)count);
    setThreads(int(count));
    return nullptr;
  });
}

napi_value integer(napi_env env, int value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

napi_value setBf16(napi_env env, napi_callback_info info) {
  return guarded(env, info, "setBf16", [&](Call& call) -> napi_value {
    useBf16 = call.flag("on");
    return nullptr;
  });
}

/** Calls a function, and returns what was written to standard error until it returned. */
napi_value capturingStderr(napi_env env, napi_callback_info info) {
  return guarded(env, info, "capturingStderr", [&](Call&) -> napi_value {
    size_t count = 1;
    napi_value function, receiver, result = nullptr;
    napi_get_cb_info(env, info, &count, &function, nullptr, nullptr);
    napi_get_undefined(env, &receiver);
    CapturedStderr captured;
    napi_status status = napi_call_function(env, receiver, function, 0, nullptr, nullptr);
    std::string written = captured.end();
    if (status == napi_pending_exception) return nullptr;  // what the function threw goes on to its caller
    if (status != napi_ok) fail("expected a function");
    napi_create_string_utf8(env, written.data(), written.size(), &result);
    return result;
  });
}

napi_value targetNames(napi_env env, napi_callback_info) {
  napi_value names = nullptr;
  napi_create_array(env, &names);
  uint32_t at = 0;
  for (const Target& target : TARGETS) {
    if (!target.runsHere()) continue;
    napi_value name;
    napi_create_string_utf8(env, target.name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, at++, name);
  }
  return names;
}

napi_value targetOps(napi_env env, napi_callback_info info) {
  return guarded(env, info, "ops", [&](Call&) -> napi_value {
    size_t count = 1, length = 0;
    napi_value argument;
    char wanted[32] = {};
    napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
    if (count < 1 || napi_get_value_string_utf8(env, argument, wanted, sizeof wanted, &length) != napi_ok) {
      fail("expected the name of a target");
    }
    for (const Target& target : TARGETS) {
      if (strcmp(target.name, wanted) != 0 || !target.runsHere()) continue;
      napi_value ops = nullptr;
      napi_create_object(env, &ops);
      for (const NamedOp* op = target.ops(); op->name; op++) {
        napi_value function;
        napi_create_function(env, op->name, NAPI_AUTO_LENGTH, runOp, const_cast<NamedOp*>(op), &function);
        napi_set_named_property(env, ops, op->name, function);
      }
      return ops;
    }
    fail("this processor has no target %s", wanted);
  });
}

}  // namespace

std::atomic<bool> useBf16{false};

NAPI_MODULE_INIT() {
  struct {
    const char* name;
    Answer function;
  } functions[] = {
      {"targets", targetNames},
      {"ops", targetOps},
      {"allocate", allocate},
      {"release", release},
      {"setThreads", setThreadsOp},
      {"setBf16", setBf16},
      {"capturingStderr", capturingStderr},
      {"threads", [](napi_env env, napi_callback_info) { return integer(env, threadCount()); }},
      {"cores", [](napi_env env, napi_callback_info) { return integer(env, coreCount()); }},
  };
  for (auto& entry : functions) {
    napi_value function;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  exportTokenizers(env, exports);
  return exports;
}
