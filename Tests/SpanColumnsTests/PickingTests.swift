// Rows that a filter left: what is picked of a page, and what a condition selects in packed codes, is what
// decoding all of it gives, for pages of every encoding and width, at the borders of blocks, with nulls.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct PickingTests {
    /// What `body` makes of a page of `vector`.
    private func read<R>(
        _ vector: ColumnVector, _ form: PhysicalForm, _ body: (PageReader) throws -> R
    ) throws -> R {
        let page = PageEncoder.encode(vector)
        return try page.bytes.withUnsafeBytes { bytes in
            Result {
                try body(
                    try PageReader(
                        bytes: bytes, encoding: page.encoding, form: form,
                        rowCount: vector.count))
            }
        }.get()
    }

    /// Runs of rows that begin and end within blocks and at their borders.
    private func runs(_ count: Int) -> [Range<Int>] {
        [0..<count, count / 3..<count, 1_024..<2_048, 1_000..<1_030, 1_023..<1_025]
            .map { $0.clamped(to: 0..<count) }.filter { !$0.isEmpty }
    }

    /// Some rows of so many: few, those at the ends and at borders, all.
    private func picks(_ count: Int, _ generator: inout VectorGenerator) -> [[UInt32]] {
        let all = Array(0..<UInt32(count))
        let borders = all.filter { [0, 1, 15, 16, 1_022, 1_023].contains($0 % 1_024) }
        let random = all.filter { _ in generator.next() % 9 == 0 }
        return [[], [0], [UInt32(count - 1)], borders, random, all]
    }

    /// Checks picks of all runs against the decoded rows.
    private func check(
        _ vector: ColumnVector, _ form: PhysicalForm, dictionary: StringDictionary? = nil,
        _ generator: inout VectorGenerator
    ) throws {
        for rows in runs(vector.count) {
            for picked in picks(rows.count, &generator) {
                let (found, all) = try read(vector, form) { reader in
                    (
                        try reader.pick(picked, of: rows, dictionary: dictionary),
                        try reader.decode(rows: rows, dictionary: dictionary, blocks: nil)
                    )
                }
                let expected = try ColumnVector.gather(
                    [all], picked.map { (source: 0, row: $0) }, form: form)
                #expect(
                    found.map { isIdentical(withoutEmptyValidity($0), expected) } ?? false,
                    "\(picked.count) of \(rows)")
            }
        }
    }

    @Test(arguments: VectorGenerator.IntegerShape.allCases)
    func integersOfEveryShape(_ shape: VectorGenerator.IntegerShape) throws {
        var generator = VectorGenerator(seed: 11)
        for nulls in VectorGenerator.NullPattern.allCases {
            for count in [1, 17, 1_025, 5_000] {
                try check(
                    generator.integers(shape, count, nulls: nulls), .integer, &generator)
            }
        }
    }

    @Test func integersOfEveryWidth() throws {
        var generator = VectorGenerator(seed: 12)
        for width in 1...64 {
            let mask = UInt64.max >> UInt64(64 - width)
            var values = (0..<2_100).map { _ in Int64(bitPattern: generator.next() & mask) }
            values[0] = 0
            values[1] = Int64(bitPattern: mask)
            try check(.integer(IntegerVector(values: values)), .integer, &generator)
        }
    }

    @Test func distances() throws {
        var generator = VectorGenerator(seed: 13)
        let starts = IntegerVector(
            values: (0..<3_000).map { _ in Int64(generator.next() % (1 << 50)) })
        for nulls in [VectorGenerator.NullPattern.none, .random] {
            var ends = starts
            ends.validity = generator.validity(nulls, 3_000)
            for row in ends.values.indices {
                let length = Int64(generator.next() % (1 << 36))
                ends.values[row] = ends.validity?[row] == 0 ? 0 : ends.values[row] + length
            }
            let page = PageEncoder.encode(ends, near: starts)
            #expect(page.encoding == .distance)
            for rows in runs(3_000) {
                for picked in picks(rows.count, &generator) {
                    try page.bytes.withUnsafeBytes { bytes in
                        Result {
                            let reader = try PageReader(
                                bytes: bytes, encoding: page.encoding, form: .integer,
                                rowCount: 3_000)
                            let all = try #require(try reader.distances(rows))
                            let found = try #require(
                                try reader.pickDistances(picked, of: rows))
                            #expect(found.values == picked.map { all.values[Int($0)] })
                            #expect(
                                found.validity ?? picked.map { _ in 1 }
                                    == picked.map { all.validity?[Int($0)] ?? 1 })
                        }
                    }.get()
                }
            }
        }
    }

    @Test(arguments: VectorGenerator.StringShape.allCases)
    func stringsOfEveryShape(_ shape: VectorGenerator.StringShape) throws {
        var generator = VectorGenerator(seed: 14)
        for nulls in VectorGenerator.NullPattern.allCases {
            for count in [1, 17, 1_025, 5_000] {
                let vector = generator.strings(shape, count, nulls: nulls)
                guard case .string(let strings) = vector else { continue }
                try check(vector, .string, dictionary: strings.dictionary, &generator)
                try checkSelection(strings)
            }
        }
    }

    @Test func stringsOfDictionariesOfManySizes() throws {
        var generator = VectorGenerator(seed: 15)
        for size in [1, 2, 3, 4, 7, 8, 40, 63, 64, 255, 256, 1_000, 4_095, 4_096] {
            var interner = StringInterner()
            let codes = (0..<size).map { interner.intern("string \($0)") }
            let strings = StringVector(
                codes: (0..<5_000).map { _ in
                    let place = Int(generator.next() % UInt64(size + 1))
                    return place == size ? StringVector.nullCode : codes[place]
                }, dictionary: interner.dictionary())
            try check(.string(strings), .string, dictionary: strings.dictionary, &generator)
            try checkSelection(strings)
        }
    }

    /// Checks conditions of one, some, all and no strings against a look at each row.
    private func checkSelection(_ strings: StringVector) throws {
        let dictionary = strings.dictionary
        let conditions = [
            CodeVerdicts(dictionary, codes: [0]), CodeVerdicts(dictionary, codes: []),
            CodeVerdicts(dictionary, codes: [UInt32(dictionary.count - 1)]),
            CodeVerdicts(dictionary) { $0.last.map { $0 % 2 == 0 } ?? false },
            CodeVerdicts(dictionary) { _ in true },
        ]
        for verdicts in conditions {
            for rows in runs(strings.codes.count) {
                for wanted in [true, false] {
                    let found = try read(.string(strings), .string) { reader in
                        try #require(try reader.keys(dictionary))
                            .select(rows, verdicts, wanted: wanted)
                    }
                    let expected = rows.filter {
                        strings.codes[$0] != StringVector.nullCode
                            && verdicts.values[Int(strings.codes[$0]) + 1] == (wanted ? 1 : 0)
                    }
                    #expect(found == expected.map { UInt32($0 - rows.lowerBound) })
                }
            }
        }
    }

    @Test(arguments: [20, 35, 39])
    func aCodeOutsideTheDictionaryIsFound(size: Int) throws {
        var generator = VectorGenerator(seed: 16)
        let vector = generator.strings(.few, 5_000)
        var interner = StringInterner()
        for number in 0..<size { _ = interner.intern("other \(number)") }
        let dictionary = interner.dictionary()
        #expect(throws: StoreError.self) {
            _ = try self.read(vector, .string) { reader in
                try reader.keys(dictionary)?
                    .select(0..<5_000, CodeVerdicts(dictionary, codes: [0]), wanted: true)
            }
        }
        #expect(throws: StoreError.self) {
            _ = try self.read(vector, .string) { reader in
                try reader.pick(
                    Array(0..<5_000), of: 0..<5_000, dictionary: dictionary)
            }
        }
    }
}
