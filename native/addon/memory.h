// Memory for buffers: aligned to 64 bytes; large ones to pages of their own, huge where the system has them, which go
// back to the system at once when they are freed.
#pragma once
#include <cstddef>

void* allocateBytes(size_t bytes);  // null where there is none
void freeBytes(void* memory, size_t bytes);
