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
        let compacted = readable.filter { $0.entry.level > 0 }
        let days = smallByDay(compacted)
        if isEager, !sealed.isEmpty { return withTheirDays(sealed, days) }
        if sealed.count >= Limits.sealedSegmentsMax { return bounded(sealed) }
        for (_, small) in days
        where small.count > (isEager ? 1 : Limits.segmentsPerDayMax) { return bounded(small) }
        return isEager ? withKills(compacted) : []
    }

    /// Compacted segments that are worth merging, in order of days.
    private func smallByDay(
        _ compacted: [SegmentHandle]
    ) -> [(day: Int64, segments: [SegmentHandle])] {
        var days: [Int64: [SegmentHandle]] = [:]
        for segment in compacted where rows(segment) < segmentRowsMax / 2 {
            days[segment.entry.day, default: []].append(segment)
        }
        return days.keys.sorted().map { (day: $0, segments: days[$0] ?? []) }
    }

    /// Sealed segments, and the small ones of the days that they reach into, which would be merged with
    /// what is made of them next: so rows are written once, not twice.
    private func withTheirDays(
        _ sealed: [SegmentHandle], _ days: [(day: Int64, segments: [SegmentHandle])]
    ) -> [SegmentHandle] {
        var chosen = bounded(sealed)
        if chosen.count < sealed.count { return chosen }
        var total = chosen.reduce(0) { $0 + rows($1) }
        for (day, small) in days where sealed.contains(where: { Self.reaches($0, day) }) {
            let added = small.reduce(0) { $0 + rows($1) }
            if total + added > segmentRowsMax * 2 { continue }
            chosen += small
            total += added
        }
        return chosen
    }

    /// Whether a sealed segment has rows of a day, as far as its first and last time tell: of many days
    /// they tell nothing, as one stray time is enough.
    private static func reaches(_ segment: SegmentHandle, _ day: Int64) -> Bool {
        if !segment.schema.isSplitByDay { return true }
        guard let times = segment.entry.times else { return false }
        let days = Instant.day(of: times.lowerBound)...Instant.day(of: times.upperBound)
        return days.count <= Limits.sealedDaysToldMax && days.contains(day)
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
