// Batches of records, rendered. Records are drawn one after the other, so that a seed gives one
// sequence; rendering, the expensive part, runs on all cores.
// Order of calls: `next(batches:)` until it returns nothing.

import Dispatch
import Synchronization

/// Rendered batches of one kind of record.
struct BodySource {
    private let kind: RecordKind
    private let form: BodyForm
    private let batchRows: Int
    private var rest: Int
    private var spans: SpanSource
    private var metrics: MetricSource
    private var scores: ScoreSource
    private let vocabulary = Vocabulary()

    /// `count` records; for scores, those of the sessions that `count` spans have.
    init(kind: RecordKind, form: BodyForm, count: Int, batchRows: Int, seed: UInt64) {
        self.kind = kind
        self.form = form
        self.batchRows = batchRows
        rest = kind == .scores ? Int.max : count
        spans = SpanSource(count: count, seed: seed)
        metrics = MetricSource(count: count, seed: seed)
        let sessions = kind == .scores ? Self.sessionCount(count, seed) : 0
        scores = ScoreSource(sessionCount: sessions, seed: seed)
    }

    /// The next batches, at most so many; none at the end.
    mutating func next(batches: Int) -> [BenchBody] {
        switch kind {
        case .spans:
            let drawn = draw(batches) { source in source.spans.next() }
            return render(drawn) { [vocabulary, catalog = spans.catalog, form] rows in
                Self.body(rows, form, vocabulary, catalog)
            }
        case .metrics:
            let drawn = draw(batches) { source in source.metrics.next() }
            return render(drawn) { [form] rows in
                Self.lines(rows) {
                    form == .csv
                        ? PointLines.appendCSV($0, to: &$1) : PointLines.appendJSON($0, to: &$1)
                }
            }
        case .scores:
            let drawn = draw(batches) { source in source.scores.next() }
            return render(drawn) { [form] rows in
                Self.lines(rows) {
                    form == .csv
                        ? PointLines.appendCSV($0, to: &$1) : PointLines.appendJSON($0, to: &$1)
                }
            }
        }
    }

    private mutating func draw<Row>(
        _ batches: Int, _ next: (inout BodySource) -> Row?
    ) -> [[Row]] {
        var drawn: [[Row]] = []
        while drawn.count < batches, rest > 0 {
            var rows: [Row] = []
            while rows.count < min(batchRows, rest), let row = next(&self) { rows.append(row) }
            rest = rows.count < batchRows ? 0 : rest - rows.count
            if !rows.isEmpty { drawn.append(rows) }
        }
        return drawn
    }

    private func render<Row: Sendable>(
        _ batches: [[Row]], _ write: @Sendable ([Row]) -> [UInt8]
    ) -> [BenchBody] {
        let bodies = Mutex<[Int: BenchBody]>([:])
        DispatchQueue.concurrentPerform(iterations: batches.count) { index in
            let body = BenchBody(bytes: write(batches[index]), rowCount: batches[index].count)
            bodies.withLock { $0[index] = body }
        }
        return bodies.withLock { found in batches.indices.compactMap { found[$0] } }
    }

    private static func body(
        _ spans: [BenchSpan], _ form: BodyForm, _ vocabulary: Vocabulary, _ catalog: DataCatalog
    ) -> [UInt8] {
        if form == .otlp {
            var writer = OTLPBody(vocabulary: vocabulary, catalog: catalog)
            return writer.request(spans)
        }
        var writer = SpanLines(vocabulary: vocabulary, catalog: catalog)
        return lines(spans) {
            if form == .csv {
                writer.appendCSV($0, to: &$1)
            } else {
                writer.appendJSON($0, to: &$1)
            }
        }
    }

    private static func lines<Row>(
        _ rows: [Row], _ append: (Row, inout [UInt8]) -> Void
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in rows { append(row, &bytes) }
        return bytes
    }

    /// Sessions that so many spans belong to.
    private static func sessionCount(_ count: Int, _ seed: UInt64) -> Int {
        var source = SpanSource(count: count, seed: seed)
        for _ in 0..<count { _ = source.next() }
        return source.sessionCount
    }
}
