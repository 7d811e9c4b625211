// Gathering against the plain meaning: row by row, whatever the sources are.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct GatherTests {
    @Test(arguments: [0, 1, 2, 3, 4] as [UInt64])
    func picksRowsOfAllSources(_ seed: UInt64) throws {
        var generator = VectorGenerator(seed: seed)
        let sizes = [100, 1, 37, 0, 400]
        for column in [SpanColumn.startTime, SpanColumn.name, SpanColumn.traceID, SpanColumn.input]
        {
            let form = Tables.spans.columns[column].type.form
            let sources = sizes.enumerated().map { index, rows in
                randomBatch(Tables.spans, rows: rows, seed: seed * 10 + UInt64(index))
                    .columns[column]
            }
            var picks: [RowPick] = []
            for _ in 0..<700 {
                let source = [0, 1, 2, 4][Int(generator.next() % 4)]
                picks.append((UInt32(source), UInt32(generator.next() % UInt64(sizes[source]))))
            }
            let gathered = try ColumnVector.gather(sources, picks, form: form)
            let cells = try sources.map { try values($0) }
            let expected = picks.map { cells[Int($0.source)][Int($0.row)] }
            #expect(try values(gathered) == expected, "column \(column)")
        }
    }

    @Test func floatsKeepTheirBits() throws {
        var generator = VectorGenerator(seed: 8)
        let sources = [
            generator.floats(.specials, 50), .null(count: 3),
            generator.floats(.randomBits, 20, nulls: .alternating),
        ]
        let all = try ColumnVector.concatenate(sources, form: .float)
        #expect(try values(all) == sources.flatMap { try values($0) })
    }

    @Test func manySingleRowSources() throws {
        for column in [SpanColumn.startTime, SpanColumn.name, SpanColumn.traceID, SpanColumn.input]
        {
            let sources = (0..<5_000).map {
                randomBatch(Tables.spans, rows: 1, seed: UInt64($0) % 97).columns[column]
            }
            let all = try ColumnVector.concatenate(
                sources, form: Tables.spans.columns[column].type.form)
            #expect(try values(all) == sources.flatMap { try values($0) }, "column \(column)")
        }
    }

    @Test func unusedStringsAndBlocksAreDropped() throws {
        let strings = ColumnVector.string(
            StringVector(
                codes: [2, 0, 1, .max],
                dictionary: StringDictionary(ends: [1, 2, 3], bytes: Array("abc".utf8))))
        let gathered = try ColumnVector.gather([strings], [(0, 0), (0, 3)], form: .string)
        guard case .string(let vector) = gathered else {
            Issue.record("not strings")
            return
        }
        #expect(vector.dictionary.bytes == Array("c".utf8))
        #expect(SpanColumnsTests.strings(vector) == ["c", nil])

        let big = String(repeating: "x", count: 40_000)
        let texts = VectorGenerator.texts([big, big, "tail"])
        let kept = try ColumnVector.gather([texts], [(0, 2)], form: .text)
        #expect(blocks(kept)?.count == 1)
        #expect(try SpanColumnsTests.texts(kept) == ["tail"])
    }

    @Test func sharedDictionariesStayOne() throws {
        let dictionary = StringDictionary(ends: [1, 2], bytes: Array("ab".utf8))
        let sources = (0..<3).map { _ in
            ColumnVector.string(StringVector(codes: [1, 0], dictionary: dictionary))
        }
        guard
            case .string(let vector) = try ColumnVector.concatenate(sources, form: .string)
        else {
            Issue.record("not strings")
            return
        }
        #expect(vector.codes == [1, 0, 1, 0, 1, 0])
        #expect(vector.dictionary.count == 2)
    }

    @Test func tinyBlocksAreJoined() throws {
        let sources = (0..<500).map { VectorGenerator.texts(["text number \($0)", nil, ""]) }
        let all = try ColumnVector.concatenate(sources, form: .text)
        #expect(blocks(all)?.count == 1)
        let expected = (0..<500).flatMap { ["text number \($0)", nil, ""] }
        #expect(try SpanColumnsTests.texts(all) == expected)
    }

    @Test func largeBlocksAreTakenOverAsTheyAre() throws {
        let large = String(repeating: "large ", count: 9_000)
        let texts = VectorGenerator.texts([large])
        let gathered = try ColumnVector.gather([texts, texts], [(1, 0)], form: .text)
        let before = try blocks(texts)?.block(0)
        #expect(try blocks(gathered)?.block(0) == before)
    }

    /// The blocks of a file: read when asked for, shared by the vectors of its pages.
    private final class FileBlocks: TextBlockSource {
        let blocks: [TextBlock]
        init(_ blocks: [TextBlock]) { self.blocks = blocks }
        var count: Int { blocks.count }
        var identity: TextBlockIdentity? { .column(of: ObjectIdentifier(self), 0) }
        func block(_ number: UInt32) throws(StoreError) -> TextBlock { blocks[Int(number)] }
    }

    @Test func vectorsOfOneFileShareItsBlocks() throws {
        let values = (0..<40).map { String(repeating: "word\($0) ", count: 900) }
        guard case .text(let whole) = VectorGenerator.texts(values),
            let memory = whole.blocks as? MemoryTextBlocks
        else { return }
        let file = FileBlocks(memory.blocks)
        for source in [file, memory] as [any TextBlockSource] {
            let pages = whole.references.map {
                ColumnVector.text(TextVector(references: [$0], blocks: source))
            }
            let all = try ColumnVector.concatenate(pages, form: .text)
            #expect(try texts(all) == values)
            #expect(try #require(blocks(all)).count <= memory.count)
        }
    }

    @Test func textBeyondItsBlockIsDamageNotItsNeighbour() throws {
        let block = TextBlock(codec: .stored, rawLength: 3, bytes: Array("abc".utf8))
        let bad = ColumnVector.text(
            TextVector(
                references: [TextReference(block: 0, offset: 1, length: 3)],
                blocks: MemoryTextBlocks([block])))
        #expect(throws: StoreError.self) {
            try ColumnVector.concatenate([bad, VectorGenerator.texts(["xyz"])], form: .text)
        }
    }

    /// Each row as text, nil for null.
    private func values(_ vector: ColumnVector) throws -> [String?] {
        switch vector {
        case .null(let count): return Array(repeating: nil, count: count)
        case .integer(let vector):
            return vector.values.indices.map {
                vector.validity?[$0] == 0 ? nil : String(vector.values[$0])
            }
        case .float(let vector):
            return vector.values.indices.map {
                vector.validity?[$0] == 0 ? nil : String(vector.values[$0].bitPattern)
            }
        case .identifier(let vector):
            return (0..<vector.count).map { row in
                vector.withBytes(row) { $0.isEmpty ? nil : PackedIdentifier.text(of: $0) }
            }
        case .string(let vector): return strings(vector)
        case .text: return try texts(vector)
        }
    }
}
