// Who is at the other end of a socket, and who may look into this process.

import CPlatform
import SpanModel

/// The process at the other end of a connected Unix socket, as the kernel tells it.
package struct PeerCredentials: Equatable, Sendable {
    /// The effective user when the peer connected.
    package let userID: UInt32
    /// The peer's process.
    package let processID: Int32

    /// Asks the kernel (SO_PEERCRED). Throws `io` when `socket` is not a Unix socket.
    package init(socket: Int32) throws(StoreError) {
        var user: UInt32 = 0
        var process: Int32 = 0
        let code = cplatform_peer_credentials(socket, &user, &process)
        guard code == 0 else {
            throw .io(operation: "getsockopt", path: "socket", errno: code)
        }
        userID = user
        processID = process
    }
}

/// This process's memory: what others may see of it, and giving it back.
package enum ProcessMemory {
    /// Gives freed memory back to the system. Costs a few milliseconds after a busy time.
    package static func release() { cplatform_release_free_memory() }

    /// Forbids core dumps and debuggers: prompts and completions must not leave by that way.
    package static func forbidDumps() throws(StoreError) {
        let code = cplatform_disable_core_dumps()
        guard code == 0 else { throw .io(operation: "prctl", path: "process", errno: code) }
    }
}
