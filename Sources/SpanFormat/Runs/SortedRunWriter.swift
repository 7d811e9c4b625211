// Builds the bytes of a run from sorted pairs. It holds the run in memory: a run of a seal is small
// and a merge works on at most a table's identities, 26 bytes each.

import SpanModel
import SpanPlatform

/// Encodes runs.
package enum SortedRunWriter {
    /// The file of `pairs`, which are sorted. `secondMask` says which bits of `second` the filter
    /// covers: those that a look-up knows.
    package static func encode(_ pairs: [RunPair], secondMask: UInt64, file: UInt64) -> [UInt8] {
        let layout = RunLayout(entryCount: pairs.count, secondMask: secondMask)
        var filter = [UInt8](repeating: 0, count: layout.filterBytes)
        for pair in pairs {
            RunFilter.Probe(pair, secondMask: secondMask, bytes: layout.filterBytes)
                .set(in: &filter)
        }
        var data = filter
        data.reserveCapacity(layout.dataBytes)
        for pair in pairs {
            data.put(pair.first)
            data.put(pair.second)
        }
        var table: [UInt8] = []
        for page in 0..<layout.pageCount {
            let start = page * RunLayout.pageBytes
            let end = min(start + RunLayout.pageBytes, data.count)
            let checksum = data.withUnsafeBytes {
                CRC32C.checksum(
                    UnsafeRawBufferPointer(rebasing: $0[start..<end]), fileID: file,
                    offset: UInt64(layout.dataOffset + start))
            }
            table.put(checksum)
        }
        table.pad(to: 64)
        return layout.header(file: file, table: table) + table + data
    }
}
