// Open groups by the strings they are in each place that has rows of them, and how they are dealt out to passes
// over those places: what is worked out of rows takes memory while it lasts.

import SpanModel

/// The strings of some open groups, by where they have rows.
package struct OpenStrings: Sendable {
    /// By segment file: codes of its dictionary; none: it has no rows of these groups.
    package var segments: [UInt64: [UInt32]] = [:]
    /// By chunk of the memtable, as `TableSource.memoryGroups` has them: codes of its dictionary.
    package var memory: [[UInt32]] = []
}

/// A group by its code in the dictionary of a place and by its hash.
package typealias CodedGroup = (code: UInt32, hash: UInt64)

extension OpenStrings {
    /// Groups by where they have rows, segments in order of time, dealt out to as few passes as
    /// `Limits.openGroupsMax` allows. All rows of a group go to the same, and those that begin in
    /// neighbouring segments go together, so that a pass reads few segments.
    package static func passes(
        _ segments: [(file: UInt64, groups: [CodedGroup])], _ memory: [[CodedGroup]]
    ) -> [OpenStrings] {
        var ranks: [UInt64: Int] = [:]
        for groups in segments.map(\.groups) + memory {
            for group in groups where ranks[group.hash] == nil { ranks[group.hash] = ranks.count }
        }
        let count = (ranks.count + Limits.openGroupsMax - 1) / Limits.openGroupsMax
        var passes = [OpenStrings](repeating: OpenStrings(), count: count)
        func deal(_ groups: [CodedGroup]) -> [[UInt32]] {
            var codes = [[UInt32]](repeating: [], count: count)
            for group in groups {
                codes[ranks[group.hash, default: 0] * count / ranks.count].append(group.code)
            }
            return codes
        }
        for (file, groups) in segments {
            for (pass, codes) in deal(groups).enumerated() where !codes.isEmpty {
                passes[pass].segments[file] = codes
            }
        }
        for groups in memory {
            for (pass, codes) in deal(groups).enumerated() { passes[pass].memory.append(codes) }
        }
        return passes
    }
}
