// What Swift's Glibc module lacks; one small function per need, no state.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stddef.h>
#include <stdint.h>

#include "Process.h"

// CRC32C (Castagnoli) of `count` bytes continued from `crc`, the checksum of what came before
// (0 at the start). Uses the processor's instruction where there is one.
uint32_t cplatform_crc32c(uint32_t crc, const void *bytes, size_t count);

// The same by tables alone, eight bytes a step: the fallback, and the oracle of the test.
uint32_t cplatform_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

// The process at the other end of a connected Unix socket. Returns 0 or an errno.
int cplatform_peer_credentials(int socket, uint32_t *uid, int32_t *pid);

// Makes the pages of a mapping resident without the risk of SIGBUS. Returns 0 or an errno:
// EFAULT when the file no longer backs the range, EINVAL on a kernel before Linux 5.14.
int cplatform_populate_read(const void *base, size_t count);

// Asks for the cache line at an address ahead of its use.
static inline void cplatform_prefetch(const void *address) { __builtin_prefetch(address); }

// Forbids core dumps and attaching by other processes of this user. Returns 0 or an errno.
int cplatform_disable_core_dumps(void);

#endif
