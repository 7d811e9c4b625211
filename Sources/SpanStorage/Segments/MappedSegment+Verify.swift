// Reads every byte of a segment that a checksum covers, and everything those bytes mean: pages,
// dictionaries, text blocks and the places of texts in them, indexes.
// Cost: a decompression of all texts and a decoding of all pages.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// What is damaged, an error for each column or section at most.
    func damages() -> [StoreError] {
        var found: [StoreError] = []
        func collect(_ body: () throws(StoreError) -> Void) {
            do { try body() } catch { found.append(error) }
        }
        for column in footer.columns.indices {
            collect { () throws(StoreError) in try verify(column) }
        }
        collect(verifyIdentityPages)
        for extra in footer.sections {
            collect { () throws(StoreError) in try verify(extra) }
        }
        return found
    }

    private func verify(_ column: Int) throws(StoreError) {
        _ = try dictionary(column)
        let entries = footer.columns[column].textBlocks
        let blocks = SegmentTextBlocks(segment: self, column: column)
        for number in entries.indices {
            let block = try blocks.block(UInt32(number))
            try located("text block \(number)") { () throws(StoreError) in
                _ = try BlockCompressor.decompress(block)
            }
        }
        for group in groupRows.indices {
            guard case .text(let texts) = try vector(column, group: group) else { continue }
            for reference in texts.references where reference.hasBytes {
                let end = UInt64(reference.offset) + UInt64(reference.length)
                guard reference.block < entries.count,
                    end <= UInt64(entries[Int(reference.block)].rawLength)
                else { throw damage(column, "a text lies outside its block") }
            }
        }
    }

    private func verifyIdentityPages() throws(StoreError) {
        for number in footer.identityPages.indices {
            let page = try identityPage(number)
            guard case .integer(let rows) = try page.decode(dictionary: nil, blocks: nil),
                rows.values.allSatisfy({ $0 >= 0 && $0 < footer.rowCount })
            else { throw damage(0, "identity order names no row") }
        }
    }

    private func verify(_ extra: ExtraSection) throws(StoreError) {
        _ = try bytes(of: extra.section, region: "section of kind \(extra.kind)")
        switch SectionKind(rawValue: extra.kind) {
        case .seriesDirectory: _ = try seriesDirectory()
        case .termDictionary:
            for column in footer.columns.indices {
                _ = try withTermDictionary(column) { _ throws(StoreError) in }
            }
        case .keyColumn, .textKeyColumn: try verifyKeys()
        case .rollupParts:
            for rollup in schema.rollups { _ = try MappedRollup(rollup, of: self)?.parts() }
        case .lengths: _ = try lengthGroups()
        case .blockSums:
            for group in groupRows.indices {
                let column = try blockSumSection()?.column ?? 0
                _ = try blockSums(column, group: group, rows: 0..<groupRows[group])
            }
        case .runSums: _ = try runSumSection()
        default: break
        }
    }

    private func verifyKeys() throws(StoreError) {
        for (column, key) in try keys().names {
            for group in groupRows.indices {
                _ = try attribute(column, key: key, group: group, rows: 0..<groupRows[group])
            }
        }
    }
}
