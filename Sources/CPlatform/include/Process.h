// What the daemon sets for its own process.
#ifndef CPLATFORM_PROCESS_H
#define CPLATFORM_PROCESS_H

// Keeps glibc's allocator from growing with threads (two arenas) and lets it keep what a busy time
// frees: a first touch of a page costs more than decoding into it. What is kept goes back by
// cplatform_release_free_memory when the daemon is idle. Call once, before threads start.
void cplatform_limit_allocator(void);

// Gives free heap pages back to the system. Takes a few milliseconds.
void cplatform_release_free_memory(void);

#endif
