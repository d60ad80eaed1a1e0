// Memory for buffers, aligned to 64 bytes. Large ones have pages of their own, huge pages where the system has them,
// which return to the system as soon as they are freed.
#pragma once
#include <cstddef>

void* allocateBytes(size_t bytes);  // null if there is not enough
void freeBytes(void* memory, size_t bytes);
