// Reads strings of JavaScript's as UTF-8.
#include "text.h"

#include <cstring>

#include "../addon/failure.h"
#include "split.h"

Text readText(napi_env env, napi_value string, const char* name) {
  size_t units = 0;
  if (napi_get_value_string_utf16(env, string, nullptr, 0, &units) != napi_ok) fail("expected %s to be a string", name);
  Text text;
  text.reserve(3 * units + PADDING);
  size_t size = 0;
  if (napi_get_value_string_utf8(env, string, reinterpret_cast<char*>(text.data.get()), 3 * units + 1, &size) != napi_ok)
    fail("cannot read %s", name);
  text.trim(size + PADDING);
  text.size = size;
  memset(text.data.get() + size, 0xff, PADDING);
  return text;
}

std::vector<Text> readTexts(napi_env env, napi_value array, const char* name) {
  uint32_t count = 0;
  if (napi_get_array_length(env, array, &count) != napi_ok) fail("expected %s to be an array of strings", name);
  std::vector<Text> texts;
  for (uint32_t i = 0; i < count; i++) {
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    napi_value string;
    bool isThere = napi_get_element(env, array, i, &string) == napi_ok;
    if (isThere) texts.push_back(readText(env, string, name));
    napi_close_handle_scope(env, scope);
    if (!isThere) fail("cannot read entry %u of %s", i, name);
  }
  return texts;
}
