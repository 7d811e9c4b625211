// The models of sessions that lie in several segments: all that the lists of their entries name.
// Order of calls: `Executor.fold` of `plan` into an empty one, then `column` once.
// Cost: about 3 µs an entry; a few bytes a session and model while it lasts.

import SpanColumns
import SpanModel
import SpanQuery

/// Lists of models by session, united.
struct ModelLists: RowFold {
    private var sessions = StringInterner()
    private var models = StringInterner()
    /// By session: a bit for each model that it used.
    private var used: [[UInt64]] = []

    /// Of a table of entries whose lists are strings.
    static func plan(_ entries: TableSchema) -> Plan {
        Plan(
            table: entries,
            outputs: ["session_id", "models"].map {
                Plan.Output($0, .column(Rollups.sessions.column($0)))
            })
    }

    mutating func add(_ rows: FoldedRows) throws(StoreError) {
        guard case .string(let keys) = try rows.vector(0),
            case .string(let lists) = try rows.vector(1)
        else { return }
        for row in rows.selected.joined() where lists.codes[row] != StringVector.nullCode {
            let session = keys.dictionary.withBytes(keys.codes[row]) { sessions.intern($0) }
            for model in StringList.read(lists.dictionary.string(lists.codes[row])) {
                note(models.intern(model), of: session)
            }
        }
    }

    private mutating func note(_ model: UInt32, of session: UInt32) {
        while used.count <= session { used.append([]) }
        let word = Int(model / 64)
        while used[Int(session)].count <= word { used[Int(session)].append(0) }
        used[Int(session)][word] |= 1 << UInt64(model % 64)
    }

    mutating func merge(_ others: [ModelLists]) {
        for other in others {
            let names = other.models.dictionary()
            let numbers = (0..<UInt32(names.count)).map { code in
                names.withBytes(code) { models.intern($0) }
            }
            let dictionary = other.sessions.dictionary()
            for (code, words) in other.used.enumerated() {
                let session = dictionary.withBytes(UInt32(code)) { sessions.intern($0) }
                for model in Self.models(words) { note(numbers[model], of: session) }
            }
        }
    }

    private static func models(_ words: [UInt64]) -> [Int] {
        (0..<words.count * 64).filter { words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
    }

    /// The list of each session of a column, in order of bytes.
    mutating func column(of rows: ResultColumn) -> ResultColumn {
        guard case .string(let keys) = rows.values else { return ResultColumn("models", json: []) }
        let names = models.dictionary()
        let order = (0..<UInt32(names.count)).sorted { left, right in
            names.withBytes(left) { left in
                names.withBytes(right) { left.lexicographicallyPrecedes($0) }
            }
        }
        var lists: [[UInt64]: [UInt8]] = [:]
        let column = keys.codes.map { code -> [UInt8] in
            let session = Int(keys.dictionary.withBytes(code) { sessions.intern($0) })
            let words = session < used.count ? used[session] : []
            if let known = lists[words] { return known }
            let isUsed = Set(Self.models(words))
            let list = StringList.json(
                order.filter { isUsed.contains(Int($0)) }.map { names.string($0) })
            lists[words] = list
            return list
        }
        return ResultColumn("models", json: column)
    }
}
