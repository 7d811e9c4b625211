// Bags between requests: what they know of keys is of use to the next request, of whatever client, and their
// space is too. Nothing of a request's values stays: a bag is reset when it is lent.
// Cost: a lock twice a request, where making two bags and learning their keys costs about 20 µs.

import Synchronization

/// The bags of a writer: of a span and of its resource.
struct AttributeBags: ~Copyable {
    var span = AttributeBag()
    var resource = AttributeBag()

    /// Whether both are worth keeping: neither has more keys or space than clients usually need.
    fileprivate var isUsual: Bool { span.isUsual && resource.isUsual }
}

/// Keeps bags that no request uses.
final class AttributeBagPool: Sendable {
    static let shared = AttributeBagPool()

    /// Holds bags where an array of them must hold copies. One owner at a time: who took it from `free`.
    private final class Place: @unchecked Sendable {
        var bags: AttributeBags?

        init(_ bags: consuming AttributeBags) { self.bags = consume bags }
    }

    /// Bags that are kept: about as many as threads decode at once.
    private static let countMax = 8

    private let free = Mutex<[Place]>([])

    private init() {}

    /// Lends bags, made anew where none are left.
    func take() -> AttributeBags {
        let place = free.withLock { $0.popLast() }
        return place?.bags.take() ?? AttributeBags()
    }

    /// Takes bags back.
    func give(_ bags: consuming AttributeBags) {
        guard bags.isUsual else { return }
        bags.span.beginRequest()
        bags.resource.beginRequest()
        let place = Place(bags)
        free.withLock { if $0.count < Self.countMax { $0.append(place) } }
    }
}
