// Finds the places of a pattern's literals in a block, and decides by them whether a text of the
// block matches: each literal behind the one before, as early as it can be.

import SpanColumns
import SpanModel

/// The literals of a pattern, and whether they are tied to the ends of the text.
struct PlaceFinder: Sendable {
    private let searches: [ByteSearch]
    private let startsText: Bool
    private let endsText: Bool

    init(_ pattern: TextPattern, startsText: Bool, endsText: Bool) {
        searches = pattern.literals.map { ByteSearch($0, ignoringCase: pattern.ignoresCase) }
        self.startsText = startsText
        self.endsText = endsText
    }

    /// The places of every literal. After one that is nowhere, the others are not looked for.
    func places(in block: [UInt8]) -> BlockHits.Places {
        block.withUnsafeBytes { block in
            var places: BlockHits.Places = []
            for search in searches {
                let found = places.last?.isEmpty ?? false ? [] : search.places(in: block) ?? []
                places.append(found)
            }
            return places
        }
    }

    /// Whether the text matches.
    func matches(_ text: TextReference, _ places: BlockHits.Places) -> Bool {
        let end = UInt64(text.offset) + UInt64(text.length)
        var position = UInt64(text.offset)
        for (index, search) in searches.enumerated() {
            let length = UInt64(search.literal.count)
            let isLast = index == searches.count - 1
            guard end >= position + length else { return false }
            let least = isLast && endsText ? end - length : position
            guard let place = Self.first(of: places[index], from: least), place + length <= end
            else { return false }
            if index == 0, startsText, place != text.offset { return false }
            position = place + length
        }
        return true
    }

    /// The first place that is not below `least`.
    private static func first(of places: [UInt32], from least: UInt64) -> UInt64? {
        let place = places.indices.partitionPoint { places[$0] < least }
        return place < places.count ? UInt64(places[place]) : nil
    }
}
