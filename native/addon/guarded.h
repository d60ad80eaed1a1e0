// guarded: a function that JavaScript calls.
#pragma once
#include <cstdio>

#include "call.h"

/** Calls body(call), and turns a Failure into a JavaScript Error that starts with the op's name. */
template <class Body>
napi_value guarded(napi_env env, napi_callback_info info, const char* op, Body body) {
  char message[320];
  try {
    Call call(env, info, op);
    return body(call);
  } catch (const Failure& failure) {
    snprintf(message, sizeof message, "%s: %s", op, failure.message);
  } catch (...) {
    snprintf(message, sizeof message, "%s: not enough memory", op);
  }
  napi_throw_error(env, nullptr, message);
  return nullptr;
}
