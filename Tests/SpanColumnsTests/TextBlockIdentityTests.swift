// Sources of different kinds are told apart even when their addresses coincide: texts of a segment
// and of a batch in memory once came out exchanged, whenever the heap happened to lie so.

import SpanColumns
import SpanModel
import Testing

@Suite struct TextBlockIdentityTests {
    private final class Anchor: Sendable {}

    /// One stored block under an identity of our choice.
    private struct Source: TextBlockSource {
        let text: String
        let identity: TextBlockIdentity?

        var count: Int { 1 }

        func block(_ number: UInt32) -> TextBlock {
            let bytes = Array(text.utf8)
            return TextBlock(codec: .stored, rawLength: UInt32(bytes.count), bytes: bytes)
        }

        var vector: ColumnVector {
            let reference = TextReference(block: 0, offset: 0, length: UInt32(text.utf8.count))
            return .text(TextVector(references: [reference], blocks: self))
        }
    }

    @Test func equalAddressesOfDifferentKindsAreDifferentSources() throws {
        let anchor = Anchor()
        let object = ObjectIdentifier(anchor)
        let sources = [
            Source(text: "object", identity: .column(of: object, 0)),
            Source(text: "array!", identity: .array(UInt(bitPattern: object))),
            Source(text: "column", identity: .column(of: object, 32)),
        ]
        let picks: [RowPick] = [(0, 0), (1, 0), (2, 0)]
        let gathered = try ColumnVector.gather(sources.map(\.vector), picks, form: .text)
        guard case .text(let texts) = gathered else {
            Issue.record("not a text vector")
            return
        }
        var reader = TextReader(texts.blocks)
        for (row, source) in sources.enumerated() {
            let bytes = try reader.bytes(texts.references[row])
            #expect(bytes.map { String(decoding: $0, as: UTF8.self) } == source.text)
        }
    }
}
