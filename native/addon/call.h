// Call: the arguments of one call from JavaScript, read in order and checked as they are read.
#pragma once
#include <node_api.h>

#include <cstdint>

#include "failure.h"

class Call {
 public:
  static constexpr size_t MOST = 24;

  Call(napi_env env, napi_callback_info info, const char* op);

  /** Reads a whole number from `least` to 2⁴⁰. */
  int64_t size(const char* name, int64_t least = 1);
  double number(const char* name);
  bool flag(const char* name);

  /** Reads a Float32Array of exactly `count` elements. */
  float* floats(const char* name, int64_t count);
  int32_t* ints(const char* name, int64_t count);
  uint8_t* bytes(const char* name, int64_t count);
  /** Reads an array of any length, which `count` receives. */
  uint8_t* anyBytes(const char* name, int64_t* count);
  int32_t* anyInts(const char* name, int64_t* count);
  /** Reads a value of any kind. */
  napi_value value(const char* name) { return next(name); }
  /** Reads a Uint16Array: the bits of bfloat16 numbers. */
  uint16_t* halves(const char* name, int64_t count);
  /** Reads a Float32Array, or null where JavaScript passed null. */
  float* floatsOrNull(const char* name, int64_t count);

  /** A JavaScript array of Float32Arrays; `count` −1 takes any number of them. */
  struct List {
    napi_value array;
    int64_t count;
  };
  List list(const char* name, int64_t count = -1);
  /** Reads such a list, or an empty one where JavaScript passed null. */
  List listOrNull(const char* name, int64_t count);
  /** Entry i of a list; `length` −1 takes any length, and `found` receives it. */
  float* item(const List& list, const char* name, int64_t i, int64_t length = -1, int64_t* found = nullptr);

  /** Looks at the next argument without reading it, to choose how to. */
  bool nextIsNull();
  bool nextIsHalves();

  void returns(double value) { result_ = value, hasResult_ = true; }
  /** Called after the last argument: a surplus one is an error too. */
  void done();

  napi_value result();
  const char* op() const { return op_; }

 private:
  napi_value next(const char* name);
  void* array(const char* name, napi_value value, napi_typedarray_type type, int64_t count, int64_t* found);
  napi_valuetype kind(napi_value value);

  napi_env env_;
  const char* op_;
  napi_value arguments_[MOST];
  size_t count_ = MOST;
  size_t at_ = 0;
  double result_ = 0;
  bool hasResult_ = false;
};

using Op = void (*)(Call&);
struct NamedOp {
  const char* name;
  Op run;
};
