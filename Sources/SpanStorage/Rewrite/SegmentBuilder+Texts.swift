// The text columns of a segment: blocks copied or packed anew, key columns of JSON, terms. Called by
// `build`, once a column. Cost: what `TextRewriter`, `KeyShredder` and the packers tell.

import SpanColumns
import SpanFormat
import SpanModel

extension SegmentBuilder {
    func writeTexts(
        _ column: Int, _ vectors: [ColumnVector], into writer: inout SegmentWriter
    ) throws(StoreError) {
        let texts = TextSources(input, vectors)
        let located = rows.map { texts.row(group: Int($0.group), row: Int($0.row)) }
        let schema = input.schema.columns[column]
        let isIndexed = isIndexed && schema.isIndexed
        if isIndexed, schema.type == .json {
            let keys = try KeyShredder(sources: texts.sources, rows: located)
                .keys(of: column, groups: slices)
            for key in keys { try writer.append(section: key.section, kind: .keyColumn) }
            let packer = ResidualPacker(
                sources: texts.sources, rows: located, keys: keys,
                level: isDense ? Limits.textDenseLevel : Limits.textLevel, checkpoint: checkpoint)
            if let packer {
                let references = try packer.pack(into: &writer, column: column)
                return try writeReferences(references, column, into: &writer)
            }
        }
        let withTerms = isIndexed && schema.type == .text
        if isDense {
            let packer = DenseTextPacker(
                sources: texts.sources, rows: located, checkpoint: checkpoint)
            let references = try packer.pack(into: &writer, column: column, withTerms: withTerms)
            try writeReferences(references, column, into: &writer)
        } else {
            var rewriter = try TextRewriter(sources: texts.sources, rows: located)
            var references: [TextReference] = []
            references.reserveCapacity(rows.count)
            for row in located { references.append(try rewriter.add(row)) }
            try writeReferences(references, column, into: &writer)
            try rewriter.finish(
                into: &writer, column: column, withTerms: withTerms, checkpoint)
        }
    }

    private func writeReferences(
        _ references: [TextReference], _ column: Int, into writer: inout SegmentWriter
    ) throws(StoreError) {
        for slice in slices {
            let vector = TextVector(
                references: Array(references[slice]), blocks: MemoryTextBlocks([]))
            try writer.append(page: PageEncoder.encode(.text(vector)), column: column)
        }
    }
}

/// The texts of a column over all groups, with one source per container: the row groups of a
/// segment share their blocks.
private struct TextSources {
    private(set) var sources: [any TextBlockSource] = []
    private var sourceOfGroup: [Int] = []
    private let references: [[TextReference]]

    init(_ input: RewriteInput, _ vectors: [ColumnVector]) {
        var numbers: [ObjectIdentifier: Int] = [:]
        var references: [[TextReference]] = []
        for (group, vector) in zip(input.groups, vectors) {
            guard case .text(let texts) = vector else {
                sourceOfGroup.append(0)
                references.append([])
                continue
            }
            let identifier = ObjectIdentifier(group.container)
            if numbers[identifier] == nil {
                numbers[identifier] = sources.count
                sources.append(texts.blocks)
            }
            sourceOfGroup.append(numbers[identifier] ?? 0)
            references.append(texts.references)
        }
        self.references = references
    }

    func row(group: Int, row: Int) -> TextRewriter.Row {
        let reference = references[group].isEmpty ? .null : references[group][row]
        return (sourceOfGroup[group], reference)
    }
}
