// One JSON record → one row, driven by its `RecordSchema`. Values go straight from the line to the
// builder; a scratch buffer takes what has to be unescaped or compacted first.

import SpanColumns
import SpanModel

/// Decodes records of one kind. Keep one per body: it reuses its scratch space.
struct RecordDecoder {
    private let schema: RecordSchema
    private let allowsNonFinite: Bool
    private var reader = FieldReader()

    init(schema: RecordSchema) {
        self.schema = schema
        allowsNonFinite = schema.table.number == Tables.metrics.number
    }

    /// Sets the columns of the current row from a record, without ending the row.
    mutating func decode(
        _ line: UnsafeRawBufferPointer, into builder: inout BatchBuilder
    ) throws(RecordError) {
        reader.isPatch = false
        reader.isDeleted = false
        var cursor = JSONCursor(line, allowsNonFinite: allowsNonFinite)
        var isFirst = true
        do throws(JSONError) { try cursor.enterObject() } catch { throw recordFault(error) }
        while let key = try nextKey(&cursor, &isFirst) {
            guard let field = find(key) else { throw unknownField(key) }
            let refusal: String?
            do throws(JSONError) {
                refusal = try reader.read(field, &cursor, &builder)
            } catch {
                throw RecordError(field.name, "\(error.reason) at byte \(error.offset)")
            }
            if let refusal { throw RecordError(field.name, refusal) }
        }
        do throws(JSONError) { try cursor.finish() } catch { throw recordFault(error) }
        try complete(&builder)
    }

    private func nextKey(
        _ cursor: inout JSONCursor, _ isFirst: inout Bool
    ) throws(RecordError) -> JSONString? {
        do throws(JSONError) { return try cursor.nextKey(&isFirst) } catch {
            throw recordFault(error)
        }
    }

    private func recordFault(_ error: JSONError) -> RecordError {
        let reason = error.fault == .wrongType ? "must be a JSON object" : error.reason
        return RecordError("record", "\(reason) at byte \(error.offset)")
    }

    private func find(_ key: JSONString) -> RecordField? {
        if !key.hasEscapes { return schema.keys.find(key.raw).map { schema.fields[$0] } }
        var name: [UInt8] = []
        key.appendText(to: &name)
        return name.withUnsafeBytes { schema.keys.find($0) }.map { schema.fields[$0] }
    }

    private func unknownField(_ key: JSONString) -> RecordError {
        var name: [UInt8] = []
        key.appendText(to: &name)
        let shown = String(decoding: name.prefix(Limits.identifierBytesMax), as: UTF8.self)
        return RecordError(shown, "unknown field")
    }

    /// Sets the kind of write and the defaults, and checks that nothing needed is missing.
    private func complete(_ builder: inout BatchBuilder) throws(RecordError) {
        if reader.isPatch && reader.isDeleted {
            throw RecordError("patch", "cannot be combined with deleted")
        }
        for field in schema.required where !builder.isSet(field.column) {
            throw RecordError(field.name, "is required")
        }
        let isComplete = !reader.isPatch && !reader.isDeleted
        if isComplete {
            for field in schema.completeRequired where !builder.isSet(field.column) {
                throw RecordError(field.name, "is required")
            }
            try checkScore(builder)
        } else {
            builder.setKind(reader.isPatch ? .patch : .tombstone)
        }
        for value in schema.defaults where !builder.isSet(value.column) {
            builder.setString(value.column, value.value)
        }
        for value in schema.completeDefaults where isComplete && !builder.isSet(value.column) {
            builder.setString(value.column, value.value)
        }
    }

    private func checkScore(_ builder: borrowing BatchBuilder) throws(RecordError) {
        guard schema.table.number == Tables.scores.number else { return }
        let targets = [ScoreColumn.traceID, ScoreColumn.spanID, ScoreColumn.sessionID]
        guard targets.contains(where: { builder.isSet($0) }) else {
            throw RecordError("record", "needs a trace_id, span_id or session_id")
        }
        let values = [ScoreColumn.value, ScoreColumn.booleanValue, ScoreColumn.stringValue]
        switch values.count(where: { builder.isSet($0) }) {
        case 0: throw RecordError("value", "is required")
        case 1: return
        default: throw RecordError("value", "is given twice with different types")
        }
    }
}
