// zstd contexts are costly to make (8 µs and up to a megabyte touched) and not shareable, so each
// thread keeps one pair, freed when the thread ends.

import CZstd
import Glibc

/// The zstd contexts of one thread.
final class ThreadContexts {
    let compress: OpaquePointer?
    let decompress: OpaquePointer?

    fileprivate init() {
        compress = ZSTD_createCCtx()
        decompress = ZSTD_createDCtx()
    }

    deinit {
        ZSTD_freeCCtx(compress)
        ZSTD_freeDCtx(decompress)
    }
}

/// The calling thread's contexts, made at first use.
var threadContexts: ThreadContexts {
    if let existing = pthread_getspecific(contextsKey) {
        return Unmanaged<ThreadContexts>.fromOpaque(existing).takeUnretainedValue()
    }
    let created = ThreadContexts()
    pthread_setspecific(contextsKey, Unmanaged.passRetained(created).toOpaque())
    return created
}

private let contextsKey: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { pointer in
        guard let pointer else { return }
        Unmanaged<ThreadContexts>.fromOpaque(pointer).release()
    }
    return key
}()
