// The classes of characters that split patterns tell apart.
#pragma once
#include <cstdint>

/** UPPER: Lu and Lt; LETTER: Lm and Lo; BREAK: carriage return and line feed; SPACE: other white space. END: past the text. */
enum Class : uint8_t { OTHER, UPPER, LOWER, LETTER, MARK, NUMBER, SPACE, BREAK, END };

/** The class of each value that the bits of four bytes of UTF-8 can have, of which the last part is no character. */
constexpr uint32_t CODE_POINTS = 0x200000;
const uint8_t* unicodeClasses();
