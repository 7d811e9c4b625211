// Request bodies in a file, so that programs apart decode the same bytes: each body behind its length
// in four bytes, little-endian. `Benchmarks/protobuf-peer` reads it too.

import SpanModel
import SpanPlatform

/// Reads and writes files of bodies.
enum BodyFile {
    /// Writes the bodies to a new file; `-` is standard output.
    static func write(_ bodies: [[UInt8]], to path: String) throws(StoreError) {
        let file = try OutputFile(path: path)
        for body in bodies {
            try file.write(withUnsafeBytes(of: UInt32(body.count).littleEndian) { Array($0) })
            try file.write(body)
        }
        try file.finish()
    }

    /// The bodies of a file. Throws `corruption` where it ends within one.
    static func read(_ path: String) throws(StoreError) -> [[UInt8]] {
        let file = try PosixFileSystem().open(path, .read)
        var rest = try file.read(at: 0, count: Int(try file.size()))[...]
        var bodies: [[UInt8]] = []
        while !rest.isEmpty {
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 4, rest.count - 4 >= length else {
                throw .corruption(
                    file: path, offset: UInt64(rest.startIndex), region: "body",
                    reason: "the file ends within a body")
            }
            rest = rest.dropFirst(4)
            bodies.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return bodies
    }
}
