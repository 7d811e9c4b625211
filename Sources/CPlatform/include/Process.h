// What the daemon sets for its own process.
#ifndef CPLATFORM_PROCESS_H
#define CPLATFORM_PROCESS_H

// Keeps glibc's allocator from growing with threads: two arenas, and blocks of 256 KiB and more
// come from mmap and go back with free. Call once, before threads start.
void cplatform_limit_allocator(void);

// Gives free heap pages back to the system.
void cplatform_release_free_memory(void);

#endif
