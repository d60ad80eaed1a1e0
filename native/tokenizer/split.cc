// What scanners look up.
#include "split.h"

Scanner::Scanner() : classes_(unicodeClasses()) {
  for (int byte = 0; byte < 256; byte++) first_[byte] = byte < 0x80 ? classes_[byte] : byte < 0xf8 ? END + 1 : END;
}
