// Binding the socket: modes, stale and live sockets, unsafe directories.

import Glibc
import SpanModel
import SpanPlatform
import Testing

@Suite struct ListeningSocketTests {
    private func mode(_ path: String) -> mode_t {
        var info = stat()
        return lstat(path, &info) == 0 ? info.st_mode & 0o7777 : 0
    }

    @Test func socketAndDirectoryArePrivate() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a/b/s.sock"
            let descriptor = try ListeningSocket.bindUnix(path: path)
            defer { ListeningSocket.close(descriptor) }
            #expect(mode(path) == 0o600)
            #expect(mode(directory + "/a/b") == 0o700)
            #expect(mode(directory + "/a") == 0o700)
        }
    }

    @Test func aLiveSocketIsLeftAlone() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/s.sock"
            let descriptor = try ListeningSocket.bindUnix(path: path)
            defer { ListeningSocket.close(descriptor) }
            let error = #expect(throws: StoreError.self) {
                try ListeningSocket.bindUnix(path: path)
            }
            #expect(error?.code == .locked)
            _ = try ClientSocket(.unix(path: path), timeoutSeconds: 1)
        }
    }

    @Test func aStaleSocketIsReplaced() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/s.sock"
            ListeningSocket.close(try ListeningSocket.bindUnix(path: path))
            let descriptor = try ListeningSocket.bindUnix(path: path)
            defer { ListeningSocket.close(descriptor) }
            _ = try ClientSocket(.unix(path: path), timeoutSeconds: 1)
        }
    }

    @Test func unsafePlacesAreRefused() async throws {
        try await withTemporaryDirectory { directory in
            mkdir(directory + "/open", 0o700)
            chmod(directory + "/open", 0o777)
            mkdir(directory + "/group", 0o700)
            chmod(directory + "/group", 0o770)
            mkdir(directory + "/group/inner", 0o700)
            mkdir(directory + "/sticky", 0o700)
            chmod(directory + "/sticky", 0o1777)
            symlink(directory, directory + "/link")
            let file = open(directory + "/file", O_CREAT | O_WRONLY, 0o600)
            close(file)
            let long = directory + "/" + String(repeating: "x", count: 120)
            for path in [
                directory + "/open/s.sock", directory + "/group/s.sock",
                directory + "/group/inner/s.sock", directory + "/sticky/s.sock",
                directory + "/link/s.sock", directory + "/file", directory + "/file/s.sock", long,
                "relative.sock",
            ] {
                #expect(throws: StoreError.self, "\(path)") {
                    ListeningSocket.close(try ListeningSocket.bindUnix(path: path))
                }
            }
        }
    }

    @Test(arguments: [
        ("127.0.0.1:4318", "127.0.0.1:4318", true), ("[::1]:80", "[::1]:80", true),
        ("localhost:1", "localhost:1", true), ("0.0.0.0:80", "0.0.0.0:80", false),
        ("example.org:443", "example.org:443", false),
        ("127.evil.org:80", "127.evil.org:80", false),
    ])
    func addressesParse(_ text: String, _ printed: String, _ isLoopback: Bool) throws {
        let address = try #require(SocketAddress.parseTCP(text))
        #expect(address.description == printed)
        #expect(address.isLoopback == isLoopback)
    }

    @Test(arguments: ["", ":80", "host", "host:", "host:99999", "::1:80", "host:-1"])
    func otherTextIsNoAddress(_ text: String) {
        #expect(SocketAddress.parseTCP(text) == nil)
    }
}
