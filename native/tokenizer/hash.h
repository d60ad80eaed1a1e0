// Hashes of short strings and of pairs of ids.
#pragma once
#include <cstdint>
#include <cstring>

/** The high bits of the product are the best mixed. */
inline uint64_t mixed(uint64_t x) {
  x *= 0x9e3779b97f4a7c15;
  x ^= x >> 32;
  return x * 0xd6e8feb86659fd93;
}

/** The bytes of a string of at most 16, with zeros after them. */
struct Short {
  uint64_t low, high;
};

/** Reads 16 bytes from `at`, whatever the length. */
inline Short shortOf(const uint8_t* at, size_t length) {
  Short key;
  memcpy(&key, at, 16);
  if (length <= 8) {
    key.high = 0;
    key.low = length == 8 ? key.low : key.low & ((uint64_t(1) << 8 * length) - 1);
  } else if (length < 16) {
    key.high &= (uint64_t(1) << 8 * (length - 8)) - 1;
  }
  return key;
}

inline uint64_t hashOf(Short key, size_t length) { return mixed(key.low ^ mixed(key.high + length)); }

inline uint64_t hashOf(const uint8_t* at, size_t length) {
  uint64_t hash = length;
  for (; length >= 8; at += 8, length -= 8) {
    uint64_t part;
    memcpy(&part, at, 8);
    hash = mixed(hash ^ part);
  }
  uint64_t part = 0;
  memcpy(&part, at, length);
  return mixed(hash ^ part);
}
