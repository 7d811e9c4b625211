#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

int cplatform_peer_credentials(int socket, uint32_t *uid, int32_t *pid) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return errno;
    *uid = peer.uid;
    *pid = peer.pid;
    return 0;
}

int cplatform_populate_read(const void *base, size_t count) {
    if (count == 0) return 0;
    for (;;) {
        if (madvise((void *)base, count, MADV_POPULATE_READ) == 0) return 0;
        if (errno != EINTR && errno != EAGAIN) return errno;
    }
}

int cplatform_disable_core_dumps(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}
