// Taking a batch: each row meets what is known of its identity, supersedes or is superseded, and
// the state that the dedup view shows is settled here, once. Reading does no work for it.
// Cost: a hash and a probe per row; rows whose identity was seen before cost a few microseconds.

import SpanColumns
import SpanFormat
import SpanModel

extension Table {
    /// Adds the rows of a batch with consecutive sequences. Cannot fail: segments that cannot be
    /// read are quarantined and count as empty.
    func apply(_ batch: ColumnBatch, firstSequence: UInt64, ingestTime: Int64) {
        let chunk = MemtableChunk(
            batch: batch, firstSequence: firstSequence, ingestTime: ingestTime)
        var application = BatchApplication(table: self, chunk: chunk)
        application.run()
        append(writes: chunk, merged: application.mergedChunk())
    }
}

/// The work of one `apply`.
private struct BatchApplication {
    private let table: Table
    private let chunk: MemtableChunk
    private let hashes: [IdentityHash]
    /// Which rows' identities may be in segments; nil: any.
    private let mayBeSealed: [Bool]?
    private let kinds: [Int64]?
    private let versions: IntegerVector?
    private let trailing: IntegerVector?
    /// Folded states that this batch makes, by the sequence of the write that caused them.
    private var folds: [(sequence: UInt64, fold: IdentityFold)] = []

    init(table: Table, chunk: MemtableChunk) {
        self.table = table
        self.chunk = chunk
        hashes = table.hasher.hashes(of: chunk.columns, rowCount: chunk.rowCount)
        mayBeSealed = table.index.mayHold(hashes)
        kinds = chunk.integers(SystemColumn.writeKind)?.values
        versions = table.schema.version.flatMap { chunk.integers($0) }
        trailing = table.schema.trailingInteger.flatMap { chunk.integers($0) }
    }

    mutating func run() {
        for row in 0..<chunk.rowCount { add(row) }
    }

    func mergedChunk() -> MemtableChunk? {
        folds.isEmpty ? nil : MergedRowBuilder(schema: table.schema).build(folds)
    }

    private mutating func add(_ row: Int) {
        let sequence = chunk.sequences[row]
        let kind =
            kinds.map { WriteKind(rawValue: UInt8(truncatingIfNeeded: $0[row])) ?? .complete }
            ?? .complete
        let number = stateNumber(of: row)
        if table.memtable.index.states[number].firstSequence != sequence {
            table.memtable.index.addWrite(sequence, to: number)
        }
        if kind == .patch { table.memtable.index.states[number].hasPatches = true }
        if table.memtable.index.states[number].hasPatches {
            fold(row, kind, number)
        } else {
            replace(row, kind, number)
        }
    }

    /// The state of a row's identity, made from what segments hold at its first appearance.
    private func stateNumber(of row: Int) -> Int {
        let hash = hashes[row]
        var probe = table.memtable.index.probe(hash.whole)
        while let known = table.memtable.index.next(&probe) {
            let first = table.memtable.index.states[known].firstSequence
            guard let other = locate(first),
                other.chunk.identityKey(other.row) == chunk.identityKey(row)
            else { continue }
            return known
        }
        var state = IdentityState(hash: hash.whole, firstSequence: chunk.sequences[row])
        let older = olderRows(row)
        if !older.isEmpty {
            let fold = IdentityFold(older)
            state.hasBase = fold.base != nil
            state.baseVersion = fold.base?.version ?? 0
            state.hasPatches = older.contains { $0.kind == .patch }
            state.live = older.contains { $0.isLive } ? .older : .none
        }
        return table.memtable.index.insert(state)
    }

    /// A write to an identity that never had patches: the later version, or the later of equals,
    /// replaces the other whole.
    private mutating func replace(_ row: Int, _ kind: WriteKind, _ number: Int) {
        let state = table.memtable.index.states[number]
        let version = versions?.values[row] ?? 0
        guard !state.hasBase || version >= state.baseVersion else {
            chunk.kills.add(row: UInt32(row), sequence: chunk.sequences[row])
            return
        }
        supersede(number, row)
        table.memtable.index.states[number].hasBase = true
        table.memtable.index.states[number].baseVersion = version
        if kind == .complete { show(row, number) }
    }

    /// A write to an identity with patches: all its writes are folded again.
    private mutating func fold(_ row: Int, _ kind: WriteKind, _ number: Int) {
        let sequence = chunk.sequences[row]
        var writes = olderRows(row)
        for write in table.memtable.index.writes(of: number) {
            guard let found = locate(write), let entry = try? FoundRow(found.chunk, row: found.row)
            else { continue }
            writes.append(entry)
        }
        let fold = IdentityFold(writes)
        guard let base = fold.base, fold.includes(sequence) else {
            if kind == .complete { chunk.kills.add(row: UInt32(row), sequence: sequence) }
            return
        }
        table.memtable.index.states[number].hasBase = true
        table.memtable.index.states[number].baseVersion = base.version
        supersede(number, row)
        if base.kind == .tombstone { return }
        if fold.patches.isEmpty {
            show(row, number)
            return
        }
        if kind == .complete { chunk.kills.add(row: UInt32(row), sequence: sequence) }
        folds.append((sequence, fold))
        table.memtable.index.states[number].live = .merged
        table.memtable.index.states[number].liveSequence = sequence
    }

    /// Makes a complete row of this batch the one that dedup shows.
    private func show(_ row: Int, _ number: Int) {
        table.memtable.index.states[number].live = .write
        table.memtable.index.states[number].liveSequence = chunk.sequences[row]
    }

    /// Kills the row that dedup shows of an identity, because of `row`.
    private mutating func supersede(_ number: Int, _ row: Int) {
        let state = table.memtable.index.states[number]
        let sequence = chunk.sequences[row]
        switch state.live {
        case .none: break
        case .older:
            for found in olderRows(row) where found.isLive {
                found.container.kills.add(row: UInt32(found.row), sequence: sequence)
            }
        case .write:
            if let found = locate(state.liveSequence) {
                found.chunk.kills.add(row: UInt32(found.row), sequence: sequence)
            }
        case .merged:
            if let pending = folds.firstIndex(where: { $0.sequence == state.liveSequence }) {
                folds.remove(at: pending)
            } else if let found = table.memtable.merged.locate(state.liveSequence) {
                found.chunk.kills.add(row: UInt32(found.row), sequence: sequence)
            }
        }
        table.memtable.index.states[number].live = .none
    }

    private func olderRows(_ row: Int) -> [FoundRow] {
        let chunk = chunk
        return table.olderRows(
            hashes[row], key: { chunk.identityKey(row) }, trailing: trailing?.values[row],
            isSealed: mayBeSealed?[row] ?? true)
    }

    /// A row of the memtable, this batch included.
    private func locate(_ sequence: UInt64) -> (chunk: MemtableChunk, row: Int)? {
        if let row = chunk.row(of: sequence) { return (chunk, row) }
        return table.memtable.writes.locate(sequence)
    }
}

extension MemtableChunk {
    /// An integer column's vector, nil when it is all null.
    func integers(_ column: Int) -> IntegerVector? {
        guard case .integer(let vector) = columns[column] else { return nil }
        return vector
    }

    /// The identity of a row, as bytes.
    func identityKey(_ row: Int) -> [UInt8] {
        var key: [UInt8] = []
        for column in schema.identity { appendKey(column, row: row, to: &key) }
        return key
    }
}
