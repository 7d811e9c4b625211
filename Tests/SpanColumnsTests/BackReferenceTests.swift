// Back references: identifiers come back whatever they refer to, from any run of rows; damaged pages
// are refused or read; the worked example of schemas/encodings.md.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct BackReferenceTests {
    private static func vector(_ texts: [String?]) -> IdentifierVector {
        var vector = IdentifierVector()
        for text in texts {
            vector.bytes += text.flatMap { PackedIdentifier.pack($0) } ?? []
            vector.ends.append(UInt32(vector.bytes.count))
        }
        return vector
    }

    private func read(
        _ bytes: [UInt8], _ encoding: PageEncoding, over targets: IdentifierVector, rows: Range<Int>
    ) throws(StoreError) -> IdentifierVector? {
        let page = PageEncoder.encode(.identifier(targets))
        let result: Result<IdentifierVector?, StoreError> = bytes.withUnsafeBytes { bytes in
            page.bytes.withUnsafeBytes { target in
                Result { () throws(StoreError) in
                    try PageReader(
                        bytes: bytes, encoding: encoding, form: .identifier,
                        rowCount: targets.count
                    ).identifiers(
                        rows,
                        over: PageReader(
                            bytes: target, encoding: page.encoding, form: .identifier,
                            rowCount: targets.count))
                }
            }
        }
        return try result.get()
    }

    private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

    private static func hexadecimal(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Sixteen spans, each the child of the one before.
    private static let chain = (1...16).map { hexadecimal($0) }
    private static let parents = [nil] + chain.dropLast()

    @Test func theWorkedExampleOfTheSchemaIsWhatIsWritten() throws {
        let (targets, vector) = (Self.vector(Self.chain), Self.vector(Self.parents))
        let page = PageEncoder.encode(vector, over: targets)
        #expect(page.encoding == .backReferences)
        #expect(page.zone == ZoneMap(nullCount: 1))
        #expect(
            page.bytes
                == [1, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 64] + zeros(15)
                + Array(repeatElement([1, 0, 0, 0], count: 15).joined()), "\(page.bytes)")
        #expect(try read(page.bytes, page.encoding, over: targets, rows: 0..<16) == vector)
    }

    @Test func identifiersComeBack() throws {
        var random = SeededGenerator(seed: 12)
        var encodings: Set<PageEncoding> = []
        for count in [1, 2, 40, 1_500] {
            for far in [1, 30, 2_000] {
                // Some repeat, some have other forms, some refer to themselves or to nothing.
                let targets = (0..<count).map { row -> String? in
                    if random.oneIn(30) { return nil }
                    return random.oneIn(20) ? "text-\(row % 7)" : Self.hexadecimal(row * 7 + 1)
                }
                let texts = (0..<count).map { row -> String? in
                    if random.oneIn(9) { return nil }
                    if random.oneIn(9) { return Self.hexadecimal(1 << 60 | row) }
                    return targets[max(0, row - random.int(below: far))]
                }
                let (vector, all) = (Self.vector(texts), Self.vector(targets))
                let page = PageEncoder.encode(vector, over: all)
                encodings.insert(page.encoding)
                guard page.encoding == .backReferences else { continue }
                for rows in [0..<count, count / 3..<count / 2, count - 1..<count, 0..<0] {
                    #expect(
                        try read(page.bytes, page.encoding, over: all, rows: rows)
                            == Self.vector(Array(texts[rows])))
                }
            }
        }
        #expect(encodings.contains(.backReferences))
    }

    @Test func damagedPagesAreRefusedOrRead() throws {
        var random = SeededGenerator(seed: 13)
        let targets = (0..<64).map { Self.hexadecimal($0 + 1) }
        let texts = (0..<64).map { row -> String? in
            row % 9 == 0 ? nil : row % 11 == 0 ? "other" : targets[max(0, row - 1 - row % 3)]
        }
        let all = Self.vector(targets)
        let page = PageEncoder.encode(Self.vector(texts), over: all)
        #expect(page.encoding == .backReferences)
        var refused = 0
        func check(_ bytes: [UInt8]) {
            do {
                let found = try read(bytes, .backReferences, over: all, rows: 0..<64)
                #expect(found?.count == 64)
            } catch {
                refused += 1
            }
        }
        for count in page.bytes.indices { check(Array(page.bytes[..<count])) }
        for bit in 0..<page.bytes.count * 8 {
            var bytes = page.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            check(bytes)
        }
        for _ in 0..<2_000 {
            check((0..<random.int(below: 120)).map { _ in UInt8(random.int(below: 256)) })
        }
        #expect(refused > page.bytes.count)
        // Other pages are none of back references, and these do not stand alone.
        let plain = PageEncoder.encode(.identifier(all))
        #expect(try read(plain.bytes, plain.encoding, over: all, rows: 0..<1) == nil)
        #expect(throws: StoreError.self) {
            try decode(
                page.bytes, .backReferences, .identifier, 64, dictionary: nil, blocks: nil)
        }
    }
}
