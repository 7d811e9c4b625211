// Identifiers most of which another column's page has in an earlier row (the parents of spans): how
// many rows back, and the others as they are.
// Format: schemas/encodings.md, "Back references".
// Cost: writing about 40 ns a row, for two look-ups; reading 5.

import SpanModel

/// Writes back-reference bodies.
enum BackReferenceEncoding {
    static let headerBytes = 8

    /// The body of `vector` over `targets`, of equal count.
    static func bytes(_ vector: IdentifierVector, over targets: IdentifierVector) -> [UInt8] {
        var steps = steps(vector, over: targets)
        let limit = limit(steps)
        var picks: [Int] = []
        for row in steps.indices where steps[row] == 0 || steps[row] > limit {
            steps[row] = 0
            picks.append(row)
        }
        let others = PageEncoder.encode(.identifier(vector.picked(picks)))
        var out: [UInt8] = []
        out.put(UInt32(picks.count))
        out.append(others.encoding.rawValue)
        out.append(contentsOf: repeatElement(0, count: headerBytes - 5))
        IntegerSection.append(steps, allowsDelta: false, to: &out)
        return out + others.bytes
    }

    /// Per row: how many rows before it the same identifier was last among the targets; 0: nowhere.
    private static func steps(
        _ vector: IdentifierVector, over targets: IdentifierVector
    ) -> [Int64] {
        var interner = StringInterner()
        // By the number of an identifier: the row behind its last one.
        var lastRows: [Int] = []
        var steps = [Int64](repeating: 0, count: vector.count)
        func number(_ vector: IdentifierVector, _ row: Int) -> Int? {
            let number = vector.withBytes(row) { $0.isEmpty ? nil : Int(interner.intern($0)) }
            if number == lastRows.count { lastRows.append(0) }
            return number
        }
        for row in 0..<vector.count {
            if let found = number(vector, row), lastRows[found] > 0 {
                steps[row] = Int64(row + 1 - lastRows[found])
            }
            if let own = number(targets, row) { lastRows[own] = row + 1 }
        }
        return steps
    }

    /// The greatest step worth its bits: every row pays for the bits of the longest.
    private static func limit(_ steps: [Int64]) -> Int64 {
        var counts = [Int](repeating: 0, count: 65)
        for step in steps { counts[64 - step.leadingZeroBitCount] += 1 }
        var (best, least) = (0, Int.max)
        var longer = steps.count
        for bits in 0..<64 {
            longer -= counts[bits]
            let cost = steps.count * bits + longer * 72
            if cost < least { (best, least) = (bits, cost) }
        }
        return (1 << Int64(best)) - 1
    }
}

/// Reads a back-reference body.
struct BackReferenceReader {
    private let steps: IntegerReader
    private let others: PageReader

    init(_ cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        let count = Int(try cursor.uint32())
        let code = try cursor.uint8()
        try cursor.reserved(BackReferenceEncoding.headerBytes - 5)
        steps = try IntegerReader(&cursor, count: rowCount, isNested: true)
        guard let encoding = PageEncoding(rawValue: code), encoding != .backReferences,
            count <= rowCount
        else { throw cursor.damage("\(count) identifiers of encoding \(code)") }
        others = try PageReader(
            bytes: cursor.takeRest(), encoding: encoding, form: .identifier, rowCount: count)
    }

    /// The identifiers of `rows`. Throws `corruption`.
    func decode(
        _ rows: Range<Int>, over targets: PageReader
    ) throws(StoreError) -> IdentifierVector {
        let before = try steps.decode(0..<rows.lowerBound).count { $0 == 0 }
        let steps = try steps.decode(rows)
        let picked = before..<before + steps.count { $0 == 0 }
        guard picked.upperBound <= others.rowCount else { throw damage("a row has no identifier") }
        for (row, step) in zip(rows, steps) where step < 0 || step > row {
            throw damage("row \(row) refers to \(step) before it")
        }
        var identifiers = IdentifierVector()
        if case .identifier(let vector) =
            try others.decode(rows: picked, dictionary: nil, blocks: nil)
        {
            identifiers = vector
        } else {
            identifiers.ends = Array(repeating: 0, count: picked.count)
        }
        if case .fixedIdentifier(let reader) = targets.body {
            return merge(identifiers, steps, first: rows.lowerBound, reader)
        }
        return try merge(identifiers, steps, first: rows.lowerBound, targets)
    }

    /// The exceptions, and between them what the steps lead to.
    private func merge(
        _ others: IdentifierVector, _ steps: [Int64], first: Int, _ targets: PageReader
    ) throws(StoreError) -> IdentifierVector {
        var merged = IdentifierVector()
        var next = 0
        for (index, step) in steps.enumerated() {
            if step == 0 {
                others.withBytes(next) { merged.append($0) }
                next += 1
            } else {
                try targets.withIdentifier(at: first + index - Int(step)) { merged.append($0) }
            }
        }
        return merged
    }

    /// The same where all targets have one length; 3 ns a row.
    private func merge(
        _ others: IdentifierVector, _ steps: [Int64], first: Int, _ targets: FixedIdentifierReader
    ) -> IdentifierVector {
        var ends: [UInt32] = []
        ends.reserveCapacity(steps.count)
        let most = steps.count * targets.stride + others.bytes.count
        let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, initialized in
            let out = UnsafeMutableRawBufferPointer(buffer)
            var (place, next) = (0, 0)
            for (index, step) in steps.enumerated() {
                if step == 0 {
                    others.withBytes(next) { bytes in
                        UnsafeMutableRawBufferPointer(rebasing: out[place...]).copyMemory(
                            from: bytes)
                        place &+= bytes.count
                    }
                    next &+= 1
                } else {
                    place &+= targets.write(first &+ index &- Int(step), to: out, at: place)
                }
                ends.append(UInt32(truncatingIfNeeded: place))
            }
            initialized = place
        }
        return IdentifierVector(ends: ends, bytes: bytes)
    }

    private func damage(_ reason: String) -> StoreError {
        .corruption(file: "page", offset: 0, region: "back references", reason: reason)
    }
}

extension IdentifierVector {
    /// The identifiers of some rows.
    fileprivate func picked(_ rows: [Int]) -> IdentifierVector {
        var picked = IdentifierVector()
        for row in rows { withBytes(row) { picked.append($0) } }
        return picked
    }

    /// Adds a row; no bytes: null.
    fileprivate mutating func append(_ identifier: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: identifier)
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
    }
}
