// Sessions of many days, whose traces mostly lie in one segment each: what is added up of their entries is
// what their spans say.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanQuery
import SpanStorage
import SpanTesting
import Testing

@Suite struct SessionAdditionTests {
    /// Seeded spans of a few sessions over a few days.
    private struct Spans {
        var random: SeededGenerator
        private(set) var sent: [ReferenceRecord] = []
        private var traceCount = 0

        init(seed: Int) { random = SeededGenerator(seed: UInt64(seed) &+ 77) }

        mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

        /// The spans of some new traces: one in eight goes on the next day.
        mutating func traces() -> [ReferenceRecord] {
            var records: [ReferenceRecord] = []
            for _ in 0...below(4) {
                traceCount += 1
                let session = below(6)
                let day = below(4)
                for number in 0...below(5) {
                    let isLater = number > 1 && traceCount % 8 == 0
                    records.append(span(number, session: session, day: isLater ? day + 1 : day))
                }
            }
            sent += records
            return records
        }

        /// A span that was sent before, with other figures.
        mutating func again() -> [ReferenceRecord] {
            guard !sent.isEmpty else { return [] }
            let old = sent[below(sent.count)]
            let tokens = [SpanColumn.outputTokens: ReferenceValue.integer(Int64(below(90)))]
            return [
                ReferenceRecord(
                    table: Tables.spans, kind: .complete,
                    fields: old.fields.merging(tokens) { $1 })
            ]
        }

        private mutating func span(_ number: Int, session: Int, day: Int) -> ReferenceRecord {
            // Starts are often the same, in different segments too.
            let start = Int64(day) * 86_400_000_000_000 + Int64(below(3)) * 1_000_000
            // In no order, so that of roots that start together the later one may be the first.
            let trace = String(UInt64(traceCount) &* 0x9E37_79B9_7F4A_7C15, radix: 16)
            var fields: [Int: ReferenceValue] = [
                SpanColumn.traceID: .text(String(repeating: "0", count: 32 - trace.count) + trace),
                SpanColumn.spanID: .text("s\(number)"),
                SpanColumn.source: .text(traceCount % 5 == 0 ? "other" : "native"),
                SpanColumn.project: .text("p\(below(3))"), SpanColumn.startTime: .integer(start),
            ]
            if session > 0 { fields[SpanColumn.sessionID] = .text("session \(session)") }
            if number > 0 || below(6) == 0 { fields[SpanColumn.parentSpanID] = .text("s0") }
            if below(9) > 0 { fields[SpanColumn.endTime] = .integer(start + Int64(below(5_000))) }
            let statuses = ["ok", "error", "timeout", "cancelled", "canceled", "unset", "odd"]
            if below(5) > 0 { fields[SpanColumn.status] = .text(statuses[below(7)]) }
            if session % 2 == 0 { fields[SpanColumn.experiment] = .text("e\(session / 2)") }
            if session == 5 { fields[SpanColumn.experiment] = .text("e\(below(2))") }
            if below(3) == 0 { fields[SpanColumn.testCaseID] = .text("case \(below(3))") }
            let models = ["m", "m\"1\"", "e\u{301}", "\u{e9}", "n"]
            if below(2) == 0 {
                fields[SpanColumn.model] = .text(models[below(5)])
                fields[SpanColumn.kind] = .text("LLM")
                fields[SpanColumn.inputTokens] = .integer(Int64(below(50)))
                fields[SpanColumn.outputTokens] = .integer(Int64(below(50)))
            }
            if below(4) == 0 { fields[SpanColumn.cost] = .integer(Int64(below(1_000))) }
            return ReferenceRecord(table: Tables.spans, kind: .complete, fields: fields)
        }
    }

    private func answers(_ tables: any TableProvider) throws -> ([[[String: Cell]]], String) {
        var notes = ""
        let answers = try [
            [:], ["order": "status,cost_usd:desc"], ["experiment": "e1"],
            ["by": "status,experiment"],
        ].map { parameters in
            let answer = try Questions.answer(
                "sessions", parameters: parameters, tables: tables, now: 0)
            notes += answer.explain.notes.joined(separator: "\n")
            return rows(answer)
        }
        return (answers, notes)
    }

    @Test(arguments: 0..<12) func entriesAddUpToWhatTheirSpansSay(seed: Int) throws {
        var options = StoreDriver.smallOptions
        options.rollupMaker = StoreRollups()
        var driver = try StoreDriver(
            fileSystem: SimFileSystem(), seed: UInt64(seed), options: options)
        var spans = Spans(seed: seed)
        var addedUp = 0
        for step in 0..<40 {
            switch spans.below(12) {
            case 0, 1: try driver.store.seal()
            case 2: try driver.store.compact()
            case 3, 4: try driver.store.compact(isEager: true)
            case 5: try driver.reopen()
            case 6: try driver.commit(spans.again())
            default: try driver.commit(spans.traces())
            }
            if step % 3 > 0 { continue }
            let tables = driver.store.snapshots.latest.tables(workspace: "default")
            let (found, notes) = try answers(tables)
            let (wanted, _) = try answers(PlainTables(base: tables))
            for (found, wanted) in zip(found, wanted) {
                #expect(found == wanted, "seed \(seed) step \(step): \(notes)")
            }
            addedUp += notes.contains(/known, [1-9][0-9]* added up/) ? 1 : 0
        }
        #expect(addedUp > 0, "seed \(seed)")
    }
}
