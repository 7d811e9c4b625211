// Which segments are merged, and when. Sealed segments (level 0) hold whatever came in, of any day;
// a few of them together are rewritten by day (level 1). The segments of one day are merged when
// there are too many. When there is time, the texts of each are packed anew (level 2). So a table has at most `Limits.sealedSegmentsMax` sealed segments and
// `Limits.segmentsPerDayMax` plus its full ones per day.

import SpanColumns
import SpanFormat
import SpanModel

/// Chooses the inputs of the next compaction.
struct CompactionPolicy {
    /// Whether everything that could be better merged is due (`spanq compact`), not only what is
    /// over a limit.
    let isEager: Bool
    let segmentRowsMax: Int

    /// The segments of a table to merge now; empty: nothing is due.
    func choose(_ segments: [SegmentHandle]) -> [SegmentHandle] {
        let readable = segments.filter { $0.quarantine.isEmpty }
        let sealed = readable.filter { $0.entry.level == 0 }
        if isEager ? !sealed.isEmpty : sealed.count >= Limits.sealedSegmentsMax {
            return bounded(sealed)
        }
        let compacted = readable.filter { $0.entry.level > 0 }
        var days: [Int64: [SegmentHandle]] = [:]
        for segment in compacted {
            days[segment.entry.day, default: []].append(segment)
        }
        for day in days.keys.sorted() {
            let small = (days[day] ?? []).filter { rows($0) < segmentRowsMax / 2 }
            if small.count > (isEager ? 1 : Limits.segmentsPerDayMax) { return bounded(small) }
        }
        return isEager ? withKills(compacted) : []
    }

    /// The segment whose texts are packed anew next; empty: none has to be.
    static func chooseDense(_ segments: [SegmentHandle]) -> [SegmentHandle] {
        segments.first {
            $0.quarantine.isEmpty && $0.entry.level == SegmentLevel.compacted.rawValue
                && $0.schema.hasTexts
        }.map { [$0] } ?? []
    }

    /// A segment whose kills are worth folding into its history.
    private func withKills(_ segments: [SegmentHandle]) -> [SegmentHandle] {
        segments.first { $0.kills.count > 0 }.map { [$0] } ?? []
    }

    /// The oldest segments that together stay within what one rewrite may hold.
    private func bounded(_ segments: [SegmentHandle]) -> [SegmentHandle] {
        var total = 0
        return Array(
            segments.prefix { segment in
                defer { total += rows(segment) }
                return total == 0 || total + rows(segment) <= segmentRowsMax * 2
            })
    }

    private func rows(_ segment: SegmentHandle) -> Int {
        Int(segment.entry.liveRows) + Int(segment.entry.historyRows)
    }
}

extension TableSchema {
    /// Whether segments of the table have text blocks.
    var hasTexts: Bool { columns.contains { $0.type.form == .text } }
}
