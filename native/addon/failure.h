// Failure: thrown when a call cannot be done. It becomes a JavaScript Error that starts with the op's name.
#pragma once
#include <cstdint>

struct Failure {
  char message[240];
};

/** Throws a Failure with a message formatted as printf does it. */
[[noreturn]] void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

/** a · b · c · d; throws a Failure if no buffer can be of that size. */
int64_t product(int64_t a, int64_t b, int64_t c = 1, int64_t d = 1);
