// What each session effectively used (`EffectiveUsage`), for all sessions of a source at once.
// Order of calls: `Executor.fold` of `plan` into an empty one, then `columns` once.
// Cost: about 0.1 µs a span, 24 bytes a span and 24 more for each that used something, while it lasts.

import SpanColumns
import SpanModel
import SpanQuery

/// The spans of sessions as far as usage goes.
struct EffectiveSessions: RowFold {
    /// The spans that belong to a session.
    static func plan(view: View) -> Plan {
        let session = Operand.column(SpanColumn.sessionID)
        let columns = [
            SpanColumn.sessionID, SpanColumn.source, SpanColumn.provider, SpanColumn.traceID,
            SpanColumn.spanID, SpanColumn.parentSpanID, SpanColumn.inputTokens,
            SpanColumn.outputTokens, SpanColumn.cachedTokens, SpanColumn.cacheWriteTokens,
            SpanColumn.reasoningTokens, SpanColumn.totalTokens, SpanColumn.cost,
        ]
        return Plan(
            table: Tables.spans, view: view, filter: .not(.isNull(session)),
            outputs: columns.map { Plan.Output(Tables.spans.columns[$0].name, .column($0)) })
    }

    /// A span; parent 0: none, place less than 0: it used nothing itself.
    private struct Link {
        let id: UInt64
        let parent: UInt64
        let session: UInt32
        let place: Int32
    }

    /// What a span used, `.min` where it says nothing.
    private struct Figures {
        static let none = Int64.min

        let input: Int64
        let output: Int64
        let cost: Int64

        init(_ usage: SubtreeUsage) {
            input = usage.input ?? Self.none
            output = usage.output ?? Self.none
            cost = usage.cost ?? Self.none
        }

        var usage: SubtreeUsage {
            func value(_ figure: Int64) -> Int64? { figure == Self.none ? nil : figure }
            return SubtreeUsage(input: value(input), output: value(output), cost: value(cost))
        }
    }

    private var sessions = StringInterner()
    private var links: [Link] = []
    private var figures: [Figures] = []
    /// By span its trace; none unless traces are to be counted.
    private var traces: [UInt64] = []
    private let countsTraces: Bool

    init(countsTraces: Bool = false) { self.countsTraces = countsTraces }

    mutating func add(_ morsel: FoldedRows) throws(StoreError) {
        let rows = morsel.narrowed()
        guard case .string(let keys) = try rows.vector(0) else { return }
        let sources = UsageHash.hashes(of: try rows.vector(1))
        let providers = try rows.vector(2)
        let traces = UsageHash.hashes(of: try rows.vector(3))
        let ids = UsageHash.hashes(of: try rows.vector(4))
        let parents = UsageHash.hashes(of: try rows.vector(5))
        var numbers: [UsageNumbers] = []
        for column in 6..<13 { numbers.append(UsageNumbers(try rows.vector(column))) }
        for row in rows.selected.joined() {
            let trace = Hash64.combine(sources[row], traces[row])
            if countsTraces { self.traces.append(trace) }
            var place: Int32 = -1
            if numbers.contains(where: { $0.isPresent(row) }) {
                place = Int32(figures.count)
                figures.append(Figures(Self.usage(numbers, providers: providers, row)))
            }
            links.append(
                Link(
                    id: Hash64.combine(trace, ids[row]),
                    parent: parents[row] == 0 ? 0 : Hash64.combine(trace, parents[row]),
                    session: keys.dictionary.withBytes(keys.codes[row]) { sessions.intern($0) },
                    place: place))
        }
    }

    private static func usage(
        _ numbers: [UsageNumbers], providers: ColumnVector, _ row: Int
    ) -> SubtreeUsage {
        var provider: String?
        // With a total the provider does not matter (`UsageRules`).
        if numbers[5][row] == nil, case .string(let names) = providers,
            names.codes[row] != StringVector.nullCode
        {
            provider = names.dictionary.string(names.codes[row])
        }
        return SubtreeUsage(
            input: numbers[0][row], output: numbers[1][row], cached: numbers[2][row],
            cacheWrite: numbers[3][row], reasoning: numbers[4][row], total: numbers[5][row],
            cost: numbers[6][row], provider: provider)
    }

    mutating func merge(_ others: [EffectiveSessions]) {
        for other in others { merge(other) }
    }

    private mutating func merge(_ other: EffectiveSessions) {
        let dictionary = other.sessions.dictionary()
        let codes = (0..<UInt32(dictionary.count)).map { code in
            dictionary.withBytes(code) { sessions.intern($0) }
        }
        let base = Int32(figures.count)
        figures += other.figures
        traces += other.traces
        links += other.links.map { link in
            Link(
                id: link.id, parent: link.parent, session: codes[Int(link.session)],
                place: link.place < 0 ? link.place : base + link.place)
        }
    }

    /// The effective columns of `Rollups.sessions` for a column of sessions.
    mutating func columns(of rows: ResultColumn) -> [ResultColumn] {
        var usages: [SubtreeUsage] = []
        if case .string(let keys) = rows.values {
            let totals = totals()
            usages = keys.codes.map { code in
                totals[Int(keys.dictionary.withBytes(code) { sessions.intern($0) })]
            }
        }
        return [
            ResultColumn("effective_input_tokens", .int64, usages.map(\.input)),
            ResultColumn("effective_output_tokens", .int64, usages.map(\.output)),
            ResultColumn("effective_cost_usd", .money, usages.map(\.cost)),
        ]
    }

    /// The sessions, and how many traces each has, in the same order; traces must be counted.
    func traceCounts() -> (sessions: ResultColumn, counts: ResultColumn) {
        let dictionary = sessions.dictionary()
        var seen: Set<UInt64> = []
        var counts = [Int64](repeating: 0, count: dictionary.count)
        for (link, trace) in zip(links, traces)
        where seen.insert(Hash64.combine(trace, UInt64(link.session))).inserted {
            counts[Int(link.session)] += 1
        }
        let codes = Array(0..<UInt32(dictionary.count))
        return (
            ResultColumn(
                name: "session_id", type: .string,
                values: .string(StringVector(codes: codes, dictionary: dictionary))),
            ResultColumn(
                name: "trace_count", type: .int64,
                values: .integer(IntegerVector(values: counts)))
        )
    }

    /// By code of the session.
    private func totals() -> [SubtreeUsage] {
        var starts = [Int](repeating: 0, count: sessions.count + 1)
        for link in links { starts[Int(link.session) + 1] += 1 }
        for session in 0..<sessions.count { starts[session + 1] += starts[session] }
        var next = starts
        var order = [Int32](repeating: 0, count: links.count)
        for (index, link) in links.enumerated() {
            order[next[Int(link.session)]] = Int32(index)
            next[Int(link.session)] += 1
        }
        var spans: [UsageSpan] = []
        return (0..<sessions.count).map { session in
            spans.removeAll(keepingCapacity: true)
            for index in order[starts[session]..<starts[session + 1]] {
                let link = links[Int(index)]
                spans.append(
                    UsageSpan(
                        id: link.id, parent: link.parent == 0 ? nil : link.parent,
                        own: link.place < 0 ? SubtreeUsage() : figures[Int(link.place)].usage))
            }
            return EffectiveUsage(spans).total
        }
    }
}
