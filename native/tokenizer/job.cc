// Runs jobs on libuv's threads.
#include "job.h"

#include "../addon/failure.h"

namespace {
struct Started {
  const char* name;
  std::unique_ptr<Job> job;
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
  std::string failure;
};

void execute(napi_env, void* data) {
  Started& started = *static_cast<Started*>(data);
  try {
    started.job->run();
  } catch (const Failure& failure) {
    started.failure = failure.message;
  } catch (...) {
    started.failure = "not enough memory";
  }
}

void complete(napi_env env, napi_status status, void* data) {
  std::unique_ptr<Started> started(static_cast<Started*>(data));
  if (status != napi_ok && started->failure.empty()) started->failure = "it was cancelled";
  napi_value value = started->failure.empty() ? started->job->result(env) : nullptr;
  if (value) {
    napi_resolve_deferred(env, started->deferred, value);
  } else {
    std::string text = std::string(started->name) + ": " + (started->failure.empty() ? "no memory for the result" : started->failure);
    bool isPending = false;
    napi_value error, message;
    napi_is_exception_pending(env, &isPending);
    if (isPending) napi_get_and_clear_last_exception(env, &error);
    napi_create_string_utf8(env, text.data(), text.size(), &message);
    napi_create_error(env, nullptr, message, &error);
    napi_reject_deferred(env, started->deferred, error);
  }
  napi_delete_async_work(env, started->work);
}
}  // namespace

napi_value startJob(napi_env env, const char* name, std::unique_ptr<Job> job) {
  auto started = std::make_unique<Started>();
  started->name = name;
  started->job = std::move(job);
  napi_value promise, resource;
  if (napi_create_promise(env, &started->deferred, &promise) != napi_ok ||
      napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &resource) != napi_ok ||
      napi_create_async_work(env, nullptr, resource, execute, complete, started.get(), &started->work) != napi_ok ||
      napi_queue_async_work(env, started->work) != napi_ok)
    fail("cannot be started");
  (void)started.release();
  return promise;
}
