// Work that is done beside JavaScript's thread, and what it settles a promise with.
#pragma once
#include <node_api.h>

#include <memory>
#include <string>

class Job {
 public:
  virtual ~Job() = default;
  /** Runs on another thread. */
  virtual void run() = 0;
  /** Runs on JavaScript's thread once run() has returned. */
  virtual napi_value result(napi_env env) = 0;
};

/** Returns a promise. A Failure in run() rejects it with an Error that starts with `name`. */
napi_value startJob(napi_env env, const char* name, std::unique_ptr<Job> job);
