// Who is at the other end of a Unix socket (SO_PEERCRED, unix(7)), asked before a byte is parsed.

import Glibc
import NIOCore

/// The layout of `struct ucred`, which Glibc's module does not import.
struct PeerCredentials {
    var processID: pid_t = 0
    var userID: uid_t = UInt32.max
    var groupID: gid_t = UInt32.max

    /// Whether the peer may use the daemon: its own user, or root.
    var isAllowed: Bool { userID == geteuid() || userID == 0 }

    /// Asks the kernel. The peer of another kind of socket is an error.
    static func of(_ channel: any Channel) -> EventLoopFuture<PeerCredentials> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededFuture(PeerCredentials())
        }
        return provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
    }
}
