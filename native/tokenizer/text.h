// A text as scanners read it: UTF-8, with PADDING bytes of 0xFF after it.
#pragma once
#include <node_api.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

struct Free {
  void operator()(void* memory) const { free(memory); }
};

/** Memory that is not touched before it is written to, so that what is never needed of it costs nothing. */
template <class T>
struct Buffer {
  std::unique_ptr<T, Free> data;
  size_t size = 0;

  void reserve(size_t count) {
    data.reset(static_cast<T*>(malloc(count * sizeof(T) + 1)));
    if (!data) throw std::bad_alloc();
  }
  /** Gives back what is beyond `count`. */
  void trim(size_t count) {
    void* less = realloc(data.get(), count * sizeof(T) + 1);
    if (less) {
      (void)data.release();
      data.reset(static_cast<T*>(less));
    }
    size = count;
  }
  const T* begin() const { return data.get(); }
  const T* end() const { return data.get() + size; }
};

using Text = Buffer<uint8_t>;

/** Copies a string; a lone surrogate becomes U+FFFD. */
Text readText(napi_env env, napi_value string, const char* name);
/** Copies the strings of an array. */
std::vector<Text> readTexts(napi_env env, napi_value array, const char* name);
