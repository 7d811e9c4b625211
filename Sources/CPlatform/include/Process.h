// What the daemon sets for its own process.
#ifndef CPLATFORM_PROCESS_H
#define CPLATFORM_PROCESS_H

// Gives glibc's allocator as many arenas as threads work at once, and lets it keep what a busy time
// frees: a first touch of a page costs more than decoding into it. What is kept goes back by
// cplatform_release_free_memory when the daemon is idle. Call once, before threads start.
void cplatform_limit_allocator(void);

// Gives free heap pages back to the system. Takes a few milliseconds, and that many short-lived threads.
void cplatform_release_free_memory(void);

#endif
