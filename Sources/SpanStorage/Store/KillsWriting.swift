// The kills of all segments as a file, complete as of a manifest edit (schemas/kills.md).

import SpanFormat
import SpanModel
import SpanPlatform

extension StoreFiles {
    /// Writes the kills, by writes below `sequence`, of the segments of `tables`; the file's number,
    /// 0 when there are none. On a full disk into the space kept aside.
    func writeKills(of tables: [Table], sealedBelow sequence: UInt64) throws(StoreError) -> UInt64 {
        var kills: [SegmentKill] = []
        for segment in tables.flatMap(\.index.segments) {
            kills += segment.kills.all.filter { $0.sequence < sequence }.map {
                SegmentKill(segment: segment.file, row: $0.row, sequence: $0.sequence)
            }
        }
        if kills.isEmpty { return 0 }
        let number = takeNumber()
        try headroom.spending { () throws(StoreError) in
            try write(path(FileNames.kills(number))) { sink throws(StoreError) in
                try sink.append(KillsFile.encode(kills, file: number))
            }
            // The name must be durable before a manifest can be that lists it.
            try fileSystem.syncDirectory(directory)
        }
        return number
    }
}
