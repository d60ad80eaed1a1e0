// The arguments of one call from JavaScript, read in order and checked as they are read.
#pragma once
#include <node_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

/** The elements of a typed array. */
template <class T>
struct Span {
  T* data = nullptr;
  int64_t length = 0;
};

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env(env) {
    if (napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr) != napi_ok) fail("arguments");
  }

  const napi_env env;

  double number() {
    double value = 0;
    if (napi_get_value_double(env, next(), &value) != napi_ok) fail("a number");
    return value;
  }

  bool flag() {
    bool value = false;
    if (napi_get_value_bool(env, next(), &value) != napi_ok) fail("a boolean");
    return value;
  }

  std::string text() { return textOf(next()); }

  std::vector<std::string> texts() {
    const napi_value array = next();
    uint32_t length = 0;
    if (napi_get_array_length(env, array, &length) != napi_ok) fail("an array of strings");
    std::vector<std::string> all;
    for (uint32_t i = 0; i < length; i++) {
      napi_value value;
      if (napi_get_element(env, array, i, &value) != napi_ok) fail("an array of strings");
      all.push_back(textOf(value));
    }
    return all;
  }

  /** A Float32Array; null is an empty one. */
  Span<float> floats() { return span<float>(napi_float32_array, "a Float32Array"); }
  Span<uint8_t> bytes() { return span<uint8_t>(napi_uint8_array, "a Uint8Array"); }

  /** A Float64Array of where each rank's part begins, and where the last ends: whole numbers from 0 on. */
  std::vector<int64_t> bounds(int ranks) {
    const Span<double> given = span<double>(napi_float64_array, "a Float64Array of bounds");
    if (given.length != ranks + 1) fail("one bound more than there are ranks");
    std::vector<int64_t> all;
    for (int64_t i = 0; i <= ranks; i++) {
      const double value = given.data[i];
      const double least = i == 0 ? 0 : double(all.back());
      if (!(value >= least && value <= (i == 0 ? 0 : 1e15)) || double(int64_t(value)) != value) {
        fail("bounds that begin with 0 and never fall");
      }
      all.push_back(int64_t(value));
    }
    return all;
  }

  /** All of them in an array, which keeps them. */
  napi_value all() {
    napi_value array;
    napi_create_array_with_length(env, count_, &array);
    for (size_t i = 0; i < count_; i++) napi_set_element(env, array, uint32_t(i), values_[i]);
    return array;
  }

 private:
  [[noreturn]] static void fail(const std::string& wanted) { throw std::runtime_error("mpi: expected " + wanted); }

  napi_value next() {
    if (at_ >= count_) fail("more arguments");
    return values_[at_++];
  }

  std::string textOf(napi_value value) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) fail("a string");
    std::string text(length, '\0');
    napi_get_value_string_utf8(env, value, &text[0], length + 1, &length);
    return text;
  }

  template <class T>
  Span<T> span(napi_typedarray_type wanted, const char* what) {
    const napi_value value = next();
    napi_valuetype kind;
    if (napi_typeof(env, value, &kind) == napi_ok && kind == napi_null) return {};
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok || type != wanted) {
      fail(what);
    }
    return {static_cast<T*>(data), int64_t(length)};
  }

  size_t count_ = 8;
  size_t at_ = 0;
  napi_value values_[8];
};
