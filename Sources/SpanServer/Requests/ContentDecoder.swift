// Undoes a request's Content-Encoding, piece by piece as it arrives. Output is bounded by the
// caller before it is made: `decode` calls `emit` with at most `scratchBytes` at a time.

import SpanModel

/// Bytes that a decoder makes before it hands them on.
let scratchBytes = 64 << 10

/// A streaming decompressor. Order of calls: any number of `decode`, then `finish`.
protocol ContentDecoder: AnyObject {
    /// Decodes all of `input`. Throws `malformedBody`, or what `emit` throws.
    func decode(
        _ input: UnsafeRawBufferPointer,
        emit: (UnsafeRawBufferPointer) throws(StoreError) -> Void
    ) throws(StoreError)
    /// Throws `malformedBody` when the input ended early.
    func finish() throws(StoreError)
    /// Bytes the decoder itself holds.
    var memoryBytes: Int { get }
}

/// The content codings of RFC 9110 that the server takes.
enum ContentCoding {
    case identity, gzip, deflate, zstd

    /// The coding that a Content-Encoding header names; nil when it is unknown or a list.
    init?(header: String?) {
        switch header?.lowercased() {
        case nil, "", "identity": self = .identity
        case "gzip", "x-gzip": self = .gzip
        case "deflate": self = .deflate
        case "zstd": self = .zstd
        default: return nil
        }
    }

    /// A fresh decoder; nil for identity.
    func makeDecoder() throws(StoreError) -> (any ContentDecoder)? {
        switch self {
        case .identity: nil
        case .gzip: try ZlibDecoder(name: "gzip")
        case .deflate: try ZlibDecoder(name: "deflate")
        case .zstd: try ZstdDecoder()
        }
    }
}
