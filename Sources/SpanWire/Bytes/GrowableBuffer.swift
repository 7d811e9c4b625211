// Plain memory that grows, for loops that append a value every few nanoseconds: an array checks at
// each append whether it is shared. One owner; elements are bits. Indices are the caller's to keep
// below `count`: they are checked in debug builds alone.

/// A growable run of plain values.
struct GrowableBuffer<Element: BitwiseCopyable>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>
    /// Elements in use.
    private(set) var count = 0
    /// Elements that fit.
    private(set) var capacity: Int

    /// An empty buffer with room for `capacity` elements, at least one.
    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    /// A buffer of `count` equal elements, at least one.
    init(repeating element: Element, count: Int) {
        self.init(capacity: count)
        base.initialize(repeating: element, count: count)
        self.count = count
    }

    deinit { base.deallocate() }

    subscript(index: Int) -> Element {
        @inline(__always)
        get {
            assert(index >= 0 && index < count)
            return base[index]
        }
        @inline(__always)
        set {
            assert(index >= 0 && index < count)
            base[index] = newValue
        }
    }

    /// The element at `index`, to change it in place until the buffer grows.
    @inline(__always)
    func pointer(_ index: Int) -> UnsafeMutablePointer<Element> {
        assert(index >= 0 && index < count)
        return base + index
    }

    /// The element so many bytes behind the first one, like `pointer`.
    @inline(__always)
    func pointer(byteOffset: Int) -> UnsafeMutablePointer<Element> {
        assert(byteOffset >= 0 && byteOffset < count * MemoryLayout<Element>.stride)
        return (UnsafeMutableRawPointer(base) + byteOffset).assumingMemoryBound(to: Element.self)
    }

    /// Adds an element.
    @inline(__always)
    mutating func append(_ element: Element) {
        if count == capacity { grow() }
        base[count] = element
        count &+= 1
    }

    /// The elements, until the next change.
    var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

    /// Forgets the elements, keeps their space.
    mutating func removeAll() { count = 0 }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
        capacity *= 2
    }
}
