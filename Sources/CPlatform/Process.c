#include "Process.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { kept_bytes = 64 << 20, trimmed_bytes = 1 << 20, probe_bytes = 256 << 10 };

/// As many as there are threads that work at the same time, so that none waits for the lock of another's:
/// for each processor one that decodes, one that answers and one that scans, and a few that are alone.
static int arena_count(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return 6 + 3 * (int)(processors < 1 ? 1 : processors);
}

void cplatform_limit_allocator(void) {
    mallopt(M_ARENA_MAX, arena_count());
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, kept_bytes);
}

/// Threads that hold their arenas until all of them have one.
struct probes {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int waiting;
    int is_over;
};

static void *free_top(void *context) {
    struct probes *probes = context;
    void *volatile probe = malloc(probe_bytes);
    free(probe);
    pthread_mutex_lock(&probes->mutex);
    probes->waiting += 1;
    pthread_cond_broadcast(&probes->changed);
    while (!probes->is_over) pthread_cond_wait(&probes->changed, &probes->mutex);
    pthread_mutex_unlock(&probes->mutex);
    return NULL;
}

void cplatform_release_free_memory(void) {
    // malloc_trim passes over what is free at the top of other arenas than the first. A free of this
    // size gives back the top of its thread's arena, by the threshold of the moment. New threads get
    // first the arenas that no thread has, then all in turn: twice as many reach every one.
    struct probes probes = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
    int wanted = 2 * arena_count();
    pthread_t threads[wanted];
    int started = 0;
    mallopt(M_TRIM_THRESHOLD, trimmed_bytes);
    while (started < wanted && pthread_create(&threads[started], NULL, free_top, &probes) == 0) started++;
    pthread_mutex_lock(&probes.mutex);
    while (probes.waiting < started) pthread_cond_wait(&probes.changed, &probes.mutex);
    probes.is_over = 1;
    pthread_cond_broadcast(&probes.changed);
    pthread_mutex_unlock(&probes.mutex);
    for (int thread = 0; thread < started; thread++) pthread_join(threads[thread], NULL);
    mallopt(M_TRIM_THRESHOLD, kept_bytes);
    malloc_trim(0);
}
