// Tells systemd how the service is (sd_notify protocol: datagrams to the socket that the
// environment variable NOTIFY_SOCKET names). Without the variable nothing happens.

import Glibc

/// Sends state changes to the service manager.
package enum ServiceNotifier {
    /// Sends one message such as `READY=1`. Failures are of no consequence to the service.
    package static func notify(_ state: String) {
        guard let variable = getenv("NOTIFY_SOCKET") else { return }
        var bytes = Array(String(cString: variable).utf8)
        var address = sockaddr_un()
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
            bytes.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return }
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | closeOnExec, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = MemoryLayout<sa_family_t>.size + bytes.count
        let message = Array(state.utf8)
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(
                    descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0,
                    socklen_t(length))
            }
        }
    }
}
