// Failure: what is thrown when a call cannot be done; it becomes a JavaScript Error that starts with the op's name.
#pragma once
#include <cstdint>

struct Failure {
  char message[240];
};

/** Throws a Failure; a format as printf's. */
[[noreturn]] void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

/** a · b · c, or a Failure where that is no size a buffer can have. */
int64_t product(int64_t a, int64_t b, int64_t c = 1, int64_t d = 1);
