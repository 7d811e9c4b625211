// Builds the rows that show folded states: each column takes the last value that any of the folded
// writes carries; JSON objects are merged key by key. Texts are pointed at, not copied.
// Cost: a gather per column over the rows involved.

import SpanColumns
import SpanModel

/// Makes a chunk of merged rows from folds.
struct MergedRowBuilder {
    let schema: TableSchema

    /// One row per fold, with the sequence of the write that caused it. Folds ascend by sequence
    /// and have a base.
    func build(_ folds: [(sequence: UInt64, fold: IdentityFold)]) -> MemtableChunk {
        let inputs = folds.map { fold in
            ([fold.fold.base].compactMap { $0 } + fold.fold.patches).map(Input.init)
        }
        let columns = schema.columns.indices.map { column -> ColumnVector in
            switch column {
            case SystemColumn.sequence:
                return .integer(
                    IntegerVector(values: folds.map { Int64(bitPattern: $0.sequence) }))
            case SystemColumn.writeKind:
                let kind = Int64(WriteKind.merged.rawValue)
                return .integer(
                    IntegerVector(values: Array(repeating: kind, count: folds.count)))
            case _ where schema.columns[column].type == .json:
                return mergedObjects(column, inputs)
            default:
                return lastValues(column, inputs)
            }
        }
        return MemtableChunk(
            schema: schema, columns: columns, sequences: folds.map(\.sequence), isMerged: true)
    }

    /// A folded write: where it lies.
    private struct Input {
        let container: any RowContainer
        let group: Int
        let row: Int

        init(_ found: FoundRow) {
            container = found.container
            (group, row) = found.container.position(of: found.row)
        }

        /// The vector of a column. A page that cannot be read counts as null: its segment goes into
        /// quarantine, so that the queries that need it fail.
        func vector(_ column: Int) -> ColumnVector {
            do {
                return try container.vector(column, group: group)
            } catch {
                container.quarantine(error)
                return .null(count: container.groupRows[group])
            }
        }
    }

    private func lastValues(_ column: Int, _ inputs: [[Input]]) -> ColumnVector {
        var sources = VectorPool(column: column)
        let picks = inputs.map { rows -> RowPick in
            var chosen: RowPick = (source: sources.number(rows[0]), row: UInt32(rows[0].row))
            for row in rows.dropFirst() {
                let source = sources.number(row)
                if !sources.vectors[Int(source)].isNull(row.row) {
                    chosen = (source: source, row: UInt32(row.row))
                }
            }
            return chosen
        }
        let form = schema.columns[column].type.form
        do {
            return try ColumnVector.gather(sources.vectors, picks, form: form)
        } catch {
            return readable(column, inputs, sources, picks)
        }
    }

    /// The picks whose text blocks can be read; the others count as null, and their segments go
    /// into quarantine.
    private func readable(
        _ column: Int, _ inputs: [[Input]], _ sources: VectorPool, _ picks: [RowPick]
    ) -> ColumnVector {
        let form = schema.columns[column].type.form
        var single: [ColumnVector] = []
        for (rows, pick) in zip(inputs, picks) {
            do {
                single.append(try ColumnVector.gather(sources.vectors, [pick], form: form))
            } catch {
                for row in rows where sources.holds(row, pick.source) {
                    row.container.quarantine(error)
                }
                single.append(.null(count: 1))
            }
        }
        let all: [RowPick] = single.indices.map { (source: UInt32($0), row: 0) }
        return (try? ColumnVector.gather(single, all, form: form)) ?? .null(count: inputs.count)
    }

    /// Objects merged key by key. One that cannot be read counts as null, and its segment goes into
    /// quarantine.
    private func mergedObjects(_ column: Int, _ inputs: [[Input]]) -> ColumnVector {
        var builder = BatchBuilder(schema: schema)
        var sources = VectorPool(column: column)
        for rows in inputs {
            var merged: [UInt8]?
            for row in rows {
                let source = Int(sources.number(row))
                guard case .text(let texts) = sources.vectors[source] else { continue }
                var reader = TextReader(texts.blocks)
                do {
                    guard let text = try reader.bytes(texts.references[row.row]) else { continue }
                    merged = merged.map { JSONObjectMerge.merge($0, Array(text)) } ?? Array(text)
                } catch {
                    row.container.quarantine(error)
                }
            }
            if let merged {
                merged.withUnsafeBytes { builder.setText(column, $0) }
            }
            builder.endRow()
        }
        return builder.finish().columns[column]
    }

    /// The distinct vectors of a column among the inputs.
    private struct VectorPool {
        let column: Int
        private(set) var vectors: [ColumnVector] = []
        private var numbers: [Key: UInt32] = [:]

        private struct Key: Hashable {
            let container: ObjectIdentifier
            let group: Int
        }

        init(column: Int) { self.column = column }

        /// Whether a source is the vector of an input.
        func holds(_ input: Input, _ source: UInt32) -> Bool { numbers[key(input)] == source }

        private func key(_ input: Input) -> Key {
            Key(container: ObjectIdentifier(input.container), group: input.group)
        }

        mutating func number(_ input: Input) -> UInt32 {
            let key = key(input)
            if let known = numbers[key] { return known }
            let number = UInt32(vectors.count)
            vectors.append(input.vector(column))
            numbers[key] = number
            return number
        }
    }
}

extension ColumnVector {
    /// Whether a row has no value.
    func isNull(_ row: Int) -> Bool {
        switch self {
        case .null: true
        case .integer(let vector): vector.validity.map { $0[row] == 0 } ?? false
        case .float(let vector): vector.validity.map { $0[row] == 0 } ?? false
        case .identifier(let vector): vector.range(row).isEmpty
        case .string(let vector): vector.codes[row] == StringVector.nullCode
        case .text(let vector): vector.references[row].isNull
        }
    }
}
