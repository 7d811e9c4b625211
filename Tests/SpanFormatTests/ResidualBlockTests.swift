// Residual blocks: the worked example of schemas/segment.md; every object comes back byte for byte,
// however it was written; damaged blocks are refused or assembled to something of the right length.

import SpanColumns
import SpanFormat
import SpanModel
import SpanTesting
import Testing

@Suite struct ResidualBlockTests {
    /// The values of one key in all rows.
    private struct Column {
        let key: String
        var values: [String?]

        /// What an object's look-up of the key gives, for each object.
        init(_ key: String, of objects: [String?]) {
            self.key = key
            values = objects.map { object in
                var text: [UInt8] = []
                var (object, name) = (object ?? "", key)
                let isThere = object.withUTF8 { object in
                    name.withUTF8 { name in
                        JSONObject.appendMemberText(
                            of: UnsafeRawBufferPointer(object), key: UnsafeRawBufferPointer(name),
                            to: &text)
                    }
                }
                return isThere ? String(decoding: text, as: UTF8.self) : nil
            }
        }

        /// As texts, or as numbers where all values are such.
        func residual(_ rows: Range<Int>) -> ResidualKey {
            ResidualKey(key: Array(key.utf8), values: numbers(rows) ?? strings(rows))
        }

        private func strings(_ rows: Range<Int>) -> ColumnVector {
            var interner = StringInterner()
            let codes = values[rows].map { $0.map { interner.intern($0) } ?? StringVector.nullCode }
            return .string(StringVector(codes: codes, dictionary: interner.dictionary()))
        }

        private func numbers(_ rows: Range<Int>) -> ColumnVector? {
            for type in [KeyType.integer, .double] {
                let numbers = values[rows].map { value in
                    value.map { Array($0.utf8).withUnsafeBytes { type.number($0) } } ?? 0
                }
                if numbers.contains(nil) { continue }
                let validity = values[rows].map { $0 == nil ? UInt8(0) : 1 }
                return type.vector(numbers.compactMap { $0 }, validity)
            }
            return nil
        }
    }

    private func block(_ objects: [String?], _ columns: [Column], first: Int) -> [UInt8] {
        var writer = ResidualWriter()
        writer.start(at: first)
        for row in first..<objects.count {
            guard var object = objects[row], !object.isEmpty else {
                writer.appendNothing()
                continue
            }
            object.withUTF8 { object in
                writer.append(UnsafeRawBufferPointer(object)) { name in
                    columns.firstIndex { column in
                        var key = column.key
                        return column.values[row] != nil
                            && key.withUTF8 { name.isEqual(to: UnsafeRawBufferPointer($0)) }
                    }
                }
            }
        }
        return writer.finish(level: 1)
    }

    private func read(
        _ bytes: [UInt8], _ columns: [Column], rawLength: Int
    ) throws(StoreError) -> (rows: Range<Int>, text: [UInt8]) {
        let result: Result<(Range<Int>, [UInt8]), StoreError> = bytes.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                let block = try ResidualBlock(
                    ByteReader(bytes, file: "segment", region: "residual block"))
                guard block.rows.upperBound <= (columns.first?.values.count ?? 0) else {
                    throw .corruption(file: "", offset: 0, region: "", reason: "rows")
                }
                let keys = columns.enumerated().map { number, column in
                    block.keys >> UInt64(number) & 1 == 1 ? column.residual(block.rows) : nil
                }
                return (block.rows, try block.assemble(keys, rawLength: rawLength))
            }
        }
        return try result.get()
    }

    private static let example: [String?] = [
        "{}", #"{"a":"x","b":1,"c":"\n"}"#, nil, #"{"a":"x"}"#, "{ }",
    ]

    @Test func theWorkedExampleOfTheSchemaIsWhatIsWritten() throws {
        let columns = ["a", "b"].map { Column($0, of: Self.example) }
        let written = block(Self.example, columns, first: 1)
        #expect(written == bytes(hex: GoldenBytes.residualBlock), "\(dump(written))")
        let text = Self.example[1...].compactMap { $0 }.joined()
        let found = try read(written, columns, rawLength: text.utf8.count)
        #expect(found.rows == 1..<5)
        #expect(String(decoding: found.text, as: UTF8.self) == text)
    }

    @Test func everyObjectComesBackByteForByte() throws {
        var random = SeededGenerator(seed: 4)
        let names = ["a", "b", "a\\u0062", "ab", "", "\u{4f60}", "q\\\"", "\\u0061"]
        let values = [
            "1", "-0", "1.50", "null", "true", #""""#, #""x""#, #""\u0078""#, #""\"""#, "[1,2]",
            "[1, 2]", #"{"a":[]}"#, "\"\u{e9}\"",
            "\"\(String(repeating: "long", count: 20_000))\"",
        ]
        for _ in 0..<300 {
            let objects = (0..<1 + random.int(below: 30)).map { _ -> String? in
                if random.oneIn(8) { return nil }
                let members = (0..<random.int(below: 7)).map { _ in
                    let value = random.oneIn(40) ? values.count - 1 : random.int(below: 13)
                    let colon = random.oneIn(20) ? ": " : ":"
                    return "\"\(names[random.int(below: names.count)])\"\(colon)\(values[value])"
                }
                var object = "{" + members.joined(separator: random.oneIn(20) ? ", " : ",") + "}"
                if random.oneIn(20) { object.removeLast(1 + random.int(below: 2)) }
                if random.oneIn(30) { object += " " }
                return object
            }
            let columns = ["a", "ab", "\u{4f60}", "q\"", "none"].map { Column($0, of: objects) }
            let text = objects.compactMap { $0 }.joined()
            let written = block(objects, columns, first: 0)
            let found = try read(written, columns, rawLength: text.utf8.count)
            #expect(String(decoding: found.text, as: UTF8.self) == text)
        }
    }

    @Test func numbersComeBackByteForByte() throws {
        var random = SeededGenerator(seed: 6)
        let values = [
            "7", "-12", #""7""#, "\(Int64.min)", #""\u0037""#, "null", "\(Int64.max)", "0",
        ]
        for _ in 0..<100 {
            let objects = (0..<20).map { _ -> String in
                let members = ["a", "ab", "a", "b"].shuffled(using: &random).prefix(3).map { name in
                    let value =
                        name == "b"
                        ? "\(Double(bitPattern: random.next() & ~(1 << 62)))"
                        : values[random.int(below: values.count)]
                    return "\"\(name)\":\(value)"
                }
                return "{\(members.joined(separator: ","))}"
            }
            let columns = ["a", "ab", "b"].map { Column($0, of: objects) }
            let text = objects.joined()
            let written = block(objects, columns, first: 0)
            let found = try read(written, columns, rawLength: text.utf8.count)
            #expect(String(decoding: found.text, as: UTF8.self) == text)
        }
    }

    @Test func damagedBlocksAreRefusedOrHaveTheLength() throws {
        let columns = ["a", "b"].map { Column($0, of: Self.example) }
        let good = block(Self.example, columns, first: 0)
        let length = Self.example.compactMap { $0 }.joined().utf8.count
        var refused = 0
        for damage in damages(of: good) {
            do {
                #expect(try read(damage.bytes, columns, rawLength: length).text.count == length)
            } catch {
                refused += 1
            }
        }
        #expect(refused > good.count)
        for wrong in [0, length - 1, length + 1, .max] {
            #expect(throws: StoreError.self) { try read(good, columns, rawLength: wrong) }
        }
        // A row whose column has no value.
        var without = columns
        without[0].values[3] = nil
        #expect(throws: StoreError.self) { try read(good, without, rawLength: length) }
    }
}
