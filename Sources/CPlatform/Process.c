#include "Process.h"

#include <malloc.h>

void cplatform_limit_allocator(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

void cplatform_release_free_memory(void) { malloc_trim(0); }
