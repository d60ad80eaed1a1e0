// Call: reads and checks the arguments of one call.
#include "call.h"

#include <cmath>

namespace {
constexpr int64_t LARGEST = int64_t(1) << 40;

const char* typeName(napi_typedarray_type type) {
  switch (type) {
    case napi_float32_array: return "Float32Array";
    case napi_int32_array: return "Int32Array";
    case napi_uint16_array: return "Uint16Array";
    case napi_uint8_array: return "Uint8Array";
    default: return "another typed array";
  }
}
}  // namespace

Call::Call(napi_env env, napi_callback_info info, const char* op) : env_(env), op_(op) {
  if (napi_get_cb_info(env, info, &count_, arguments_, nullptr, nullptr) != napi_ok) fail("cannot read the arguments");
  if (count_ > MOST) fail("expected at most %zu arguments, but got %zu", MOST, count_);
}

napi_value Call::next(const char* name) {
  if (at_ >= count_) fail("expected %s as argument %zu, but there are only %zu", name, at_ + 1, count_);
  return arguments_[at_++];
}

napi_valuetype Call::kind(napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, value, &type);
  return type;
}

double Call::number(const char* name) {
  double value = 0;
  if (napi_get_value_double(env_, next(name), &value) != napi_ok) fail("expected %s to be a number", name);
  return value;
}

int64_t Call::size(const char* name, int64_t least) {
  double value = number(name);
  if (!(value >= double(least) && value <= double(LARGEST)) || value != std::floor(value)) {
    fail("expected %s to be a whole number of at least %lld, but got %g", name, (long long)least, value);
  }
  return int64_t(value);
}

bool Call::flag(const char* name) {
  bool value = false;
  if (napi_get_value_bool(env_, next(name), &value) != napi_ok) fail("expected %s to be true or false", name);
  return value;
}

void* Call::array(const char* name, napi_value value, napi_typedarray_type type, int64_t count, int64_t* found) {
  bool isArray = false;
  napi_is_typedarray(env_, value, &isArray);
  if (!isArray) fail("expected %s to be a %s", name, typeName(type));
  napi_typedarray_type actual;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env_, value, &actual, &length, &data, nullptr, nullptr) != napi_ok) {
    fail("cannot read %s", name);
  }
  if (actual != type) fail("expected %s to be a %s, but got a %s", name, typeName(type), typeName(actual));
  if (count >= 0 && length != size_t(count)) {
    fail("expected %s to have %lld elements, but got %zu", name, (long long)count, length);
  }
  if (found) *found = int64_t(length);
  return data;
}

float* Call::floats(const char* name, int64_t count) {
  return static_cast<float*>(array(name, next(name), napi_float32_array, count, nullptr));
}

int32_t* Call::ints(const char* name, int64_t count) {
  return static_cast<int32_t*>(array(name, next(name), napi_int32_array, count, nullptr));
}

uint8_t* Call::bytes(const char* name, int64_t count) {
  return static_cast<uint8_t*>(array(name, next(name), napi_uint8_array, count, nullptr));
}

uint8_t* Call::anyBytes(const char* name, int64_t* count) {
  return static_cast<uint8_t*>(array(name, next(name), napi_uint8_array, -1, count));
}

int32_t* Call::anyInts(const char* name, int64_t* count) {
  return static_cast<int32_t*>(array(name, next(name), napi_int32_array, -1, count));
}

uint16_t* Call::halves(const char* name, int64_t count) {
  return static_cast<uint16_t*>(array(name, next(name), napi_uint16_array, count, nullptr));
}

float* Call::floatsOrNull(const char* name, int64_t count) {
  if (!nextIsNull()) return floats(name, count);
  at_++;
  return nullptr;
}

bool Call::nextIsNull() {
  if (at_ >= count_) return false;
  napi_valuetype type = kind(arguments_[at_]);
  return type == napi_null || type == napi_undefined;
}

bool Call::nextIsHalves() {
  bool isArray = false;
  if (at_ >= count_ || napi_is_typedarray(env_, arguments_[at_], &isArray) != napi_ok || !isArray) return false;
  napi_typedarray_type type;
  napi_get_typedarray_info(env_, arguments_[at_], &type, nullptr, nullptr, nullptr, nullptr);
  return type == napi_uint16_array;
}

Call::List Call::list(const char* name, int64_t count) {
  napi_value value = next(name);
  bool isArray = false;
  uint32_t length = 0;
  napi_is_array(env_, value, &isArray);
  if (!isArray || napi_get_array_length(env_, value, &length) != napi_ok) fail("expected %s to be an array", name);
  if (count >= 0 && length != count) {
    fail("expected %s to have %lld entries, but got %u", name, (long long)count, length);
  }
  return {value, int64_t(length)};
}

Call::List Call::listOrNull(const char* name, int64_t count) {
  if (!nextIsNull()) return list(name, count);
  at_++;
  return {nullptr, 0};
}

float* Call::item(const List& list, const char* name, int64_t i, int64_t length, int64_t* found) {
  napi_value value;
  if (i < 0 || i >= list.count || napi_get_element(env_, list.array, uint32_t(i), &value) != napi_ok) {
    fail("cannot read entry %lld of %s", (long long)i, name);
  }
  return static_cast<float*>(array(name, value, napi_float32_array, length, found));
}

void Call::done() {
  if (at_ != count_) fail("expected %zu arguments, but got %zu", at_, count_);
}

napi_value Call::result() {
  napi_value value = nullptr;
  if (hasResult_) napi_create_double(env_, result_, &value);
  else napi_get_undefined(env_, &value);
  return value;
}
