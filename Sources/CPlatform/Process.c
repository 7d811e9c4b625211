#include "Process.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

enum { arenas = 2, kept_bytes = 64 << 20, trimmed_bytes = 1 << 20, probe_bytes = 256 << 10 };

void cplatform_limit_allocator(void) {
    mallopt(M_ARENA_MAX, arenas);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, kept_bytes);
}

static void *free_top(void *unused) {
    (void)unused;
    void *volatile probe = malloc(probe_bytes);
    free(probe);
    return NULL;
}

void cplatform_release_free_memory(void) {
    // malloc_trim passes over what is free at the top of other arenas than the first. A free of this
    // size gives back the top of its thread's arena, by the threshold of the moment; new threads get
    // the arenas in turn.
    mallopt(M_TRIM_THRESHOLD, trimmed_bytes);
    for (int arena = 0; arena < arenas; arena++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, free_top, NULL) == 0) pthread_join(thread, NULL);
    }
    mallopt(M_TRIM_THRESHOLD, kept_bytes);
    malloc_trim(0);
}
