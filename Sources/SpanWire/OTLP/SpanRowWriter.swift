// A decoded OTLP span → one row. The decoder fills `span`, `attributes` and `details`, then calls
// `write`; resource and scope are set once for the spans they hold.
// Cost: about half of what decoding a span costs.

import SpanColumns
import SpanModel

/// Writes OTLP spans into a `BatchBuilder`.
struct SpanRowWriter: ~Copyable {
    var span = OTLPSpan()
    var attributes = AttributeBag()
    var details = OTLPDetails()
    /// Holds what the fields above point to and the body does not.
    var arena = ByteArena()
    /// Resource attributes; they count where the span has none for a target.
    var resource = AttributeBag()
    var resourceArena = ByteArena()
    /// The scope's and the resource's JSON text; empty where they say nothing.
    var scopeJSON: [UInt8] = []
    private var resourceJSON = JSONBuffer()
    /// Text under construction.
    var json = JSONBuffer()
    private let ingestTime: Int64
    private let source: String
    /// The limit of an attribute's value, looked up once.
    let valueBytesMax = Limits.attributeValueBytesMax
    private let columnMask = AliasTarget.columnMask
    /// Spans begun so far.
    private(set) var position = 0

    /// `ingestTime` is the start of spans that have none; `source` is part of their identity.
    init(ingestTime: Int64, source: String) {
        self.ingestTime = ingestTime
        self.source = source
    }

    /// Begins a resource.
    mutating func beginResource() {
        resource.reset()
        resourceArena.reset()
        resourceJSON.removeAll()
    }

    /// Ends the resource's attributes.
    mutating func endResource() {
        resourceJSON.removeAll()
        guard resource.count > 0 else { return }
        for index in 0..<resource.count {
            let key = resource.keys[resource[index].key]
            resourceJSON.append(UInt8(ascii: ","))
            resourceJSON.appendString(key.text)
            resourceJSON.append(UInt8(ascii: ":"))
            resourceJSON.append(resource[index].value)
        }
        resourceJSON.closeObject()
    }

    /// Begins a span.
    mutating func beginSpan() {
        span = OTLPSpan()
        attributes.reset()
        details.reset()
        arena.reset()
        position += 1
    }

    /// Ends the span: a row, or a refusal that names it.
    mutating func endSpan(_ collector: inout BatchCollector) {
        do throws(RecordError) {
            try write(&collector.builder)
            collector.endRow()
        } catch {
            collector.reject(line: position, "\(spanLabel): \(error.description)")
        }
    }

    /// The span's id and name, for refusals.
    private var spanLabel: String {
        var id: [UInt8] = []
        Hex.append(UnsafeRawBufferPointer(rebasing: span.spanID.prefix(16)), to: &id)
        var name: [UInt8] = []
        JSONWriter.appendString(
            UnsafeRawBufferPointer(rebasing: span.name.prefix(64)), to: &name)
        return "span " + (id.isEmpty ? "" : String(decoding: id, as: UTF8.self) + " ")
            + String(decoding: name, as: UTF8.self)
    }

    private mutating func write(_ builder: inout BatchBuilder) throws(RecordError) {
        try writeIdentity(&builder)
        try writeTimes(&builder)
        if span.name.count > 0 { builder.setString(SpanColumn.name, span.name) }
        if span.statusMessage.count > 0 {
            builder.setString(SpanColumn.statusMessage, span.statusMessage)
        }
        if span.traceState.count > 0 { builder.setString(SpanColumn.traceState, span.traceState) }
        if span.flags != 0 { builder.setInteger(SpanColumn.flags, Int64(span.flags)) }
        if !resourceJSON.isEmpty { builder.setString(SpanColumn.resource, resourceJSON.text) }
        if !scopeJSON.isEmpty {
            scopeJSON.withUnsafeBytes { builder.setString(SpanColumn.scope, $0) }
        }
        writeStatus(&builder)
        writeAliases(&builder)
        try writeAttributes(&builder)
        Self.setArray(SpanColumn.events, details.events, &builder)
        Self.setArray(SpanColumn.links, details.links, &builder)
    }

    private func writeIdentity(_ builder: inout BatchBuilder) throws(RecordError) {
        guard span.traceID.count == 16, !Self.isZero(span.traceID) else {
            throw RecordError("trace_id", "must be 16 bytes and not all zero")
        }
        guard span.spanID.count == 8, !Self.isZero(span.spanID) else {
            throw RecordError("span_id", "must be 8 bytes and not all zero")
        }
        _ = builder.setIdentifier(SpanColumn.traceID, binary: span.traceID)
        _ = builder.setIdentifier(SpanColumn.spanID, binary: span.spanID)
        builder.setString(SpanColumn.source, source)
        guard !Self.isZero(span.parentSpanID) else { return }
        guard span.parentSpanID.count == 8 else {
            throw RecordError("parent_span_id", "must be 8 bytes")
        }
        _ = builder.setIdentifier(SpanColumn.parentSpanID, binary: span.parentSpanID)
    }

    private func writeTimes(_ builder: inout BatchBuilder) throws(RecordError) {
        guard let start = Int64(exactly: span.startTime) else {
            throw RecordError("start_time_unix_nano", "is beyond the year 2262")
        }
        guard let end = Int64(exactly: span.endTime) else {
            throw RecordError("end_time_unix_nano", "is beyond the year 2262")
        }
        builder.setInteger(SpanColumn.startTime, start == 0 ? ingestTime : start)
        if end != 0 { builder.setInteger(SpanColumn.endTime, end) }
    }

    private func writeStatus(_ builder: inout BatchBuilder) {
        var status: StaticString =
            switch span.statusCode {
            case 1: "ok"
            case 2: "error"
            default: "unset"
            }
        if case .string(let text) = attributes.value(of: .statusWord) {
            switch String(decoding: text.prefix(32), as: UTF8.self).lowercased() {
            case "cancelled", "canceled": status = "cancelled"
            case "error", "status_code_error": status = "error"
            default: break
            }
        }
        Self.setString(SpanColumn.status, status, &builder)
    }

    private mutating func writeAliases(_ builder: inout BatchBuilder) {
        Self.writeColumns(resource, resource.present & columnMask, &json, &builder)
        Self.writeColumns(attributes, attributes.present & columnMask, &json, &builder)
        writeDetails(&builder)
        writeCost(&builder)
        if !builder.isSet(SpanColumn.project) {
            Self.setString(SpanColumn.project, "default", &builder)
        }
        if let word = kindWord() { builder.setString(SpanColumn.kind, word) }
    }

    /// Sets the columns of `targets`, which one attribute each decides; input and output come with
    /// the attributes.
    private static func writeColumns(
        _ bag: borrowing AttributeBag, _ targets: UInt64, _ json: inout JSONBuffer,
        _ builder: inout BatchBuilder
    ) {
        var targets = targets
        while targets != 0 {
            let bit = targets.trailingZeroBitCount
            targets &= targets &- 1
            guard let target = AliasTarget(rawValue: UInt8(bit)), let column = target.column,
                let value = bag.value(of: target)
            else { continue }
            switch target.form {
            case .string: setString(column, value, &json, &builder)
            case .count: if let count = value.count { builder.setInteger(column, count) }
            case .money: if let cost = value.picodollars { builder.setInteger(column, cost) }
            case .text, .word, .details: break
            }
        }
    }

    /// Sets a string column to a value's text; one beyond the limit stays an attribute only.
    private static func setString(
        _ column: Int, _ value: AttributeValue, _ json: inout JSONBuffer,
        _ builder: inout BatchBuilder
    ) {
        let bytesMax =
            column == SpanColumn.sessionID ? Limits.identifierBytesMax : Limits.stringBytesMax
        if case .string(let text) = value {
            if text.count <= bytesMax { builder.setString(column, text) }
            return
        }
        json.removeAll()
        json.append(value)
        if json.count <= bytesMax { builder.setString(column, json.text) }
    }
}

extension SpanRowWriter {
    fileprivate static func isZero(_ id: UnsafeRawBufferPointer) -> Bool {
        switch id.count {
        case 8: id.loadUnaligned(as: UInt64.self) == 0
        case 16:
            id.loadUnaligned(as: UInt64.self) == 0
                && id.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == 0
        default: id.allSatisfy { $0 == 0 }
        }
    }

    fileprivate static func setString(
        _ column: Int, _ text: StaticString, _ builder: inout BatchBuilder
    ) {
        builder.setString(
            column, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    fileprivate static func setArray(
        _ column: Int, _ open: [UInt8], _ builder: inout BatchBuilder
    ) {
        guard !open.isEmpty else { return }
        var text = open
        text.append(UInt8(ascii: "]"))
        text.withUnsafeBytes { builder.setText(column, $0) }
    }
}
