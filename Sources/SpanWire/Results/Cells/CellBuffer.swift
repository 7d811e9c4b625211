// Raw memory that cells are written into: an array would check its bounds, its uniqueness and its
// capacity for every byte. Order of calls: `reserve`, then write from `end` on and set it.

/// Bytes that grow.
struct CellBuffer: ~Copyable {
    /// Bytes after the reserved ones that may be read and written too: short pieces are copied
    /// sixteen bytes at a time, whatever their length.
    static let slackBytes = 16

    private(set) var start: UnsafeMutableRawPointer
    /// The place of the next byte.
    var end: UnsafeMutableRawPointer
    private var capacity: Int

    init(capacity: Int = 0) {
        self.capacity = capacity
        start = .allocate(byteCount: capacity + Self.slackBytes, alignment: 16)
        end = start
    }

    deinit { start.deallocate() }

    /// Bytes written.
    var count: Int { end - start }

    /// Makes room for so many more bytes.
    @inline(__always)
    mutating func reserve(_ bytes: Int) {
        if capacity - count < bytes { grow(bytes) }
    }

    private mutating func grow(_ bytes: Int) {
        capacity = max(2 * capacity, count + bytes)
        let larger = UnsafeMutableRawPointer.allocate(
            byteCount: capacity + Self.slackBytes, alignment: 16)
        larger.copyMemory(from: start, byteCount: count)
        end = larger + count
        start.deallocate()
        start = larger
    }
}

extension UnsafeMutableRawPointer {
    /// Copies a few bytes to here, sixteen at a time: up to fifteen beyond them are read and
    /// written.
    @inline(__always)
    func copyShort(from source: UnsafeRawPointer, count: Int) {
        var offset = 0
        repeat {
            storeBytes(
                of: source.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self),
                toByteOffset: offset, as: SIMD16<UInt8>.self)
            offset &+= 16
        } while offset < count
    }

    /// Writes one byte here and moves on.
    @inline(__always)
    mutating func put(_ byte: UInt8) {
        storeBytes(of: byte, as: UInt8.self)
        self += 1
    }
}
