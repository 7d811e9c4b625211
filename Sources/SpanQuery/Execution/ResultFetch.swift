// The columns of a result, for rows that are ordered already: on all cores when many texts are among them.
// Texts take longest, so that they come first, block by block; the other columns fill what time is left.

import SpanColumns
import SpanModel
import Synchronization

/// Fetches the columns of some rows.
struct ResultFetch {
    private let rows: OrderedRows
    private let scan: Scan
    private let budget: QueryBudget

    /// What is fetched at a time.
    private enum Part {
        case block(TextBlock)
        case column(ColumnVector)
    }

    init(_ rows: OrderedRows, _ scan: Scan, _ budget: QueryBudget) {
        self.rows = rows
        self.scan = scan
        self.budget = budget
    }

    /// Throws `limitExceeded` beyond the bytes of a result, `overloaded` beyond the time.
    func columns(_ outputs: [Plan.Output]) throws(StoreError) -> [ResultColumn] {
        let operands = outputs.map(\.operand)
        let unknown = operands.indices.filter { rows.values[operands[$0]] == nil }
        let fetched = FetchedRows(unknown.isEmpty ? [] : rows.references)
        let textual = unknown.filter { operands[$0].isText(in: scan.types) }
        let others = operands.indices.filter { !textual.contains($0) }
        var texts = TextFetch(fetched)
        for index in textual { try texts.add(operands[index], scan.fetcher) }
        let byteCount = Atomic(0)
        try count(texts.byteCount, in: byteCount)
        let wanted = texts
        let parts = try Parallel.map(
            wanted.blockCount + others.count,
            threads: wanted.blockCount < Limits.fetchThreadBlocksMin ? 1 : budget.threads
        ) { index throws(StoreError) -> Part in
            try scan.deadline.check()
            let other = index - wanted.blockCount
            return other < 0
                ? .block(try wanted.open(index))
                : .column(try column(operands[others[other]], fetched, byteCount))
        }
        var values: [Int: ColumnVector] = [:]
        for (index, part) in zip(others, parts[wanted.blockCount...]) {
            if case .column(let vector) = part { values[index] = vector }
        }
        let opened = parts.compactMap { if case .block(let block) = $0 { block } else { nil } }
        for (index, vector) in zip(textual, texts.vectors(opened)) { values[index] = vector }
        return outputs.enumerated().map { index, output in
            ResultColumn(
                name: output.name, type: output.operand.type(in: scan.types),
                values: values[index] ?? .null(count: rows.references.count))
        }
    }

    private func column(
        _ operand: Operand, _ fetched: FetchedRows, _ byteCount: borrowing Atomic<Int>
    ) throws(StoreError) -> ColumnVector {
        if let known = rows.values[operand] {
            try count(known.count * MemoryLayout<Int64>.size, in: byteCount)
            return known
        }
        let known = byteCount.load(ordering: .relaxed)
        var bytes = known
        let values = try scan.fetcher.fetch(
            operand, at: fetched, byteCount: &bytes, bytesMax: budget.resultBytesMax)
        try count(bytes - known, in: byteCount)
        return values
    }

    private func count(
        _ bytes: Int, in byteCount: borrowing Atomic<Int>
    ) throws(StoreError) {
        let total = byteCount.add(bytes, ordering: .relaxed).newValue
        guard total <= budget.resultBytesMax else {
            throw .limitExceeded(
                limit: "result bytes", value: total, maximum: budget.resultBytesMax)
        }
    }
}

extension Operand {
    /// Whether this is a column of texts.
    fileprivate func isText(in types: [ColumnType]) -> Bool {
        if case .column(let number) = self { types[number].form == .text } else { false }
    }
}
