// Large buffers are mapped on their own and ask for huge pages (madvise); small ones come from aligned_alloc.
#include "memory.h"

#include <cstdint>
#include <cstdlib>
#ifndef _WIN32
#include <sys/mman.h>
#endif

namespace {
constexpr size_t LARGE = size_t(1) << 20;
constexpr size_t HUGE_PAGE = size_t(2) << 20;

size_t rounded(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }
}  // namespace

void* allocateBytes(size_t bytes) {
#ifndef _WIN32
  if (bytes >= LARGE) {
    size_t size = rounded(bytes, 4096);
    void* memory = mmap(nullptr, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    uintptr_t start = uintptr_t(memory);
    uintptr_t aligned = rounded(start, HUGE_PAGE);
    if (aligned > start) munmap(memory, aligned - start);
    munmap(reinterpret_cast<void*>(aligned + size), start + HUGE_PAGE - aligned);
#ifdef MADV_HUGEPAGE
    madvise(reinterpret_cast<void*>(aligned), size, MADV_HUGEPAGE);
#endif
    return reinterpret_cast<void*>(aligned);
  }
#endif
  return aligned_alloc(64, rounded(bytes < 64 ? 64 : bytes, 64));
}

void freeBytes(void* memory, size_t bytes) {
#ifndef _WIN32
  if (bytes >= LARGE) {
    munmap(memory, rounded(bytes, 4096));
    return;
  }
#endif
  free(memory);
}
