// The offsets of an IANA zone over time, from the system's TZif file (RFC 9636). What a file says
// by rule (its footer) is written out as transitions up to 2262, where instants end.
// Cost: a file is read once per query; a look-up is a binary search.

import SpanModel

/// Offsets from UTC of one time zone. Immutable.
package final class TimeZoneRules: Sendable, Hashable {
    /// The IANA name.
    package let name: String
    /// Instants, ascending, from which `offsets` at the same index + 1 apply.
    private let transitions: [Int64]
    /// Nanoseconds east of UTC; the first one applies before all transitions.
    private let offsets: [Int64]

    /// UTC, which needs no file.
    package static let utc = TimeZoneRules(name: "UTC", transitions: [], offsets: [0])

    /// `transitions` in ascending instants; one more offset than transitions.
    init(name: String, transitions: [Int64], offsets: [Int64]) {
        precondition(offsets.count == transitions.count + 1)
        self.name = name
        self.transitions = transitions
        self.offsets = offsets
    }

    /// The zone called `name`. Throws `unknown` when the system has no such zone.
    package static func named(_ name: String) throws(StoreError) -> TimeZoneRules {
        if ["UTC", "Etc/UTC", "Z", "GMT"].contains(name) { return utc }
        let isPlain = name.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "/_+-".utf8.contains(byte)
        }
        guard isPlain, name.utf8.count <= Limits.identifierBytesMax, name.utf8.first != 47,
            let bytes = TimeZoneFile.read(name),
            let rules = TimeZoneFile.parse(bytes, name: name)
        else { throw .unknown(what: "time zone", name: name) }
        return rules
    }

    /// The offset in nanoseconds at an instant, and the instant since when it applies.
    func offset(at instant: Int64) -> (nanoseconds: Int64, since: Int64) {
        let behind = transitions.indices.partitionPoint { transitions[$0] <= instant }
        return (offsets[behind], behind == 0 ? .min : transitions[behind - 1])
    }

    /// The first instant at or after which local clocks show `local` (nanoseconds as if UTC): a
    /// time that occurs twice is the first, one that is skipped is the moment of the skip.
    func instant(local: Int64) -> Int64 {
        let day: Int64 = 86_400_000_000_000
        let before = offset(at: saturating(local, minus: day)).nanoseconds
        let after = offset(at: saturating(local, minus: -day)).nanoseconds
        let candidates = [before, after].map { (saturating(local, minus: $0), $0) }
        let valid = candidates.filter { offset(at: $0.0).nanoseconds == $0.1 }.map(\.0)
        return valid.min() ?? offset(at: saturating(local, minus: before)).since
    }

    package static func == (left: TimeZoneRules, right: TimeZoneRules) -> Bool {
        left.name == right.name
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
