// Formats a Failure's message, and checks sizes for overflow.
#include "failure.h"

#include <cstdarg>
#include <cstdio>

void fail(const char* format, ...) {
  Failure failure;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(failure.message, sizeof failure.message, format, arguments);
  va_end(arguments);
  throw failure;
}

constexpr int64_t LARGEST_PRODUCT = int64_t(1) << 40;

int64_t product(int64_t a, int64_t b, int64_t c, int64_t d) {
  int64_t sizes[4] = {a, b, c, d};
  int64_t total = 1;
  for (int64_t size : sizes) {
    if (size < 0 || __builtin_mul_overflow(total, size, &total) || total > LARGEST_PRODUCT) {
      fail("sizes %lld, %lld, %lld, %lld are too large together", (long long)a, (long long)b, (long long)c,
           (long long)d);
    }
  }
  return total;
}
