// A decoded OTLP span → one row. The decoder fills `span`, `attributes` and `details`, then calls
// `write`; resource and scope are set once for the spans they hold.
// Cost: about half of what decoding a span costs.

import SpanColumns
import SpanModel

/// Writes OTLP spans into a `BatchBuilder`.
struct SpanRowWriter: ~Copyable {
    /// What a span ended as.
    private enum State: Int, CaseIterable {
        case unset, ok, error, cancelled

        var word: StaticString {
            switch self {
            case .unset: "unset"
            case .ok: "ok"
            case .error: "error"
            case .cancelled: "cancelled"
            }
        }
    }

    private static let noCode = UInt32.max
    /// Bytes that a span's attributes probably take.
    private static let expectedBytes = 1_024
    /// Columns that a resource and its scope probably give their spans.
    private static let expectedDefaults = 8

    var span = OTLPSpan()
    /// Lent, like `resource`, until `finish`.
    var attributes: AttributeBag
    var details = OTLPDetails()
    /// Holds what the fields above point to and the body does not.
    var arena = ByteArena()
    /// Resource attributes; they count where the span has none for a target.
    var resource: AttributeBag
    var resourceArena = ByteArena()
    /// The scope's and the resource's JSON text; empty where they say nothing.
    var scopeJSON: [UInt8] = []
    private var resourceJSON = JSONBuffer()
    /// Where bytes of the body end behind which 32 are readable; nil: nowhere.
    var paddedEnd: UnsafeRawPointer?
    /// Text under construction.
    var json = JSONBuffer()
    /// The strings of a row.
    var strings = GrowableBuffer<StringCell>(capacity: 16)
    /// Codes of states, `noCode` where the batch has none yet, and those of kinds by the words that
    /// decide them.
    private var stateCodes = GrowableBuffer<UInt32>(
        repeating: Self.noCode, count: State.allCases.count)
    var kindCodes = WordCodes()
    private let ingestTime: Int64
    private let source: String
    /// The numbers that the resource has.
    private(set) var resourceNumbers: UInt64 = 0
    /// Looked up once.
    let stringMask = AliasTarget.stringMask
    let numberMask = AliasTarget.numberMask
    let partsMask = AliasTarget.partsMask
    /// Spans begun so far.
    private(set) var position = 0

    /// `ingestTime` is the start of spans that have none; `source` is part of their identity.
    init(ingestTime: Int64, source: String) {
        let bags = AttributeBagPool.shared.take()
        attributes = bags.span
        resource = bags.resource
        self.ingestTime = ingestTime
        self.source = source
    }

    /// Ends the last batch but for the builder itself.
    consuming func finish(_ builder: inout BatchBuilder) {
        endBlock(&builder)
        AttributeBagPool.shared.give(AttributeBags(span: attributes, resource: resource))
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

    /// Begins the spans of a scope: what they have of it and of the resource where they say nothing
    /// else.
    mutating func beginSpans(_ builder: inout BatchBuilder) {
        var defaults: [ColumnDefault] = []
        defaults.reserveCapacity(Self.expectedDefaults)
        defaults.append(ColumnDefault(SpanColumn.project, Self.bytes("default")))
        var source = source
        source.withUTF8 {
            defaults.append(ColumnDefault(SpanColumn.source, UnsafeRawBufferPointer($0)))
        }
        var targets = resource.present & AliasTarget.stringMask
        while targets != 0 {
            let target = targets.trailingZeroBitCount
            targets &= targets &- 1
            guard let entry = resource.winner(target) else { continue }
            let key = resource.keys.pointer(entry.pointee.key)
            json.removeAll()
            json.appendText(of: entry.pointee.value)
            if json.count > key.pointee.textBytesMax { continue }
            if target == AliasTarget.project.rawValue { defaults.removeFirst() }
            defaults.append(ColumnDefault(key.pointee.column, json.text))
        }
        if !resourceJSON.isEmpty {
            defaults.append(ColumnDefault(SpanColumn.resource, resourceJSON.text))
        }
        if !scopeJSON.isEmpty {
            scopeJSON.withUnsafeBytes { defaults.append(ColumnDefault(SpanColumn.scope, $0)) }
        }
        builder.setDefaults(defaults)
        resourceNumbers = resource.present & AliasTarget.numberMask
    }

    /// Announces spans to come, which saves their attributes from growing.
    mutating func expect(rows: Int) {
        let bytes = min(rows, Limits.recordRowsMax) * Self.expectedBytes
        attributes.members.reserve(min(bytes, Limits.textBlockBytes + Self.expectedBytes))
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
            if collector.isLastRow { endBlock(&collector.builder) }
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

    @inline(__always)
    private mutating func write(_ builder: inout BatchBuilder) throws(RecordError) {
        if builder.rowCount == 0 {
            for state in 0..<stateCodes.count { stateCodes[state] = Self.noCode }
            kindCodes.reset()
        }
        try writeIdentity(&builder)
        try writeTimes(&builder)
        if span.statusMessage.count > 0 {
            builder.setString(SpanColumn.statusMessage, span.statusMessage)
        }
        if span.traceState.count > 0 { builder.setString(SpanColumn.traceState, span.traceState) }
        if span.flags != 0 { builder.setInteger(SpanColumn.flags, Int64(span.flags)) }
        writeStatus(&builder)
        writeAliases(&builder)
        try writeAttributes(&builder)
        if !details.isEmpty {
            Self.setArray(SpanColumn.events, details.events, &builder)
            Self.setArray(SpanColumn.links, details.links, &builder)
        }
    }

    @inline(__always)
    private mutating func writeIdentity(_ builder: inout BatchBuilder) throws(RecordError) {
        guard span.traceID.count == 16, case let trace = Self.words(span.traceID), trace != .zero
        else {
            throw RecordError("trace_id", "must be 16 bytes and not all zero")
        }
        guard span.spanID.count == 8, case let id = Self.word(span.spanID), id != 0 else {
            throw RecordError("span_id", "must be 8 bytes and not all zero")
        }
        builder.setIdentifier(SpanColumn.traceID, binary: trace)
        builder.setIdentifier(SpanColumn.spanID, binary: id)
        if span.parentSpanID.count == 8 {
            let parent = Self.word(span.parentSpanID)
            if parent != 0 { builder.setIdentifier(SpanColumn.parentSpanID, binary: parent) }
        } else if !span.parentSpanID.allSatisfy({ $0 == 0 }) {
            throw RecordError("parent_span_id", "must be 8 bytes")
        }
    }

    @inline(__always)
    private mutating func writeTimes(_ builder: inout BatchBuilder) throws(RecordError) {
        guard let start = Int64(exactly: span.startTime) else {
            throw RecordError("start_time_unix_nano", "is beyond the year 2262")
        }
        guard let end = Int64(exactly: span.endTime) else {
            throw RecordError("end_time_unix_nano", "is beyond the year 2262")
        }
        builder.setInteger(SpanColumn.startTime, start == 0 ? ingestTime : start)
        if end != 0 { builder.setInteger(SpanColumn.endTime, end) }
    }

    @inline(__always)
    private mutating func writeStatus(_ builder: inout BatchBuilder) {
        var state = span.statusCode == 1 ? State.ok : span.statusCode == 2 ? .error : .unset
        if attributes.has(.statusWord) { state = stateOfWord ?? state }
        var code = stateCodes[state.rawValue]
        if code == Self.noCode {
            code = builder.code(SpanColumn.status, of: Self.bytes(state.word))
            stateCodes[state.rawValue] = code
        }
        builder.setCode(SpanColumn.status, code)
    }

    /// The state that an attribute says.
    private var stateOfWord: State? {
        guard case .string(let text) = attributes.value(of: .statusWord) else { return nil }
        switch String(decoding: text.prefix(32), as: UTF8.self).lowercased() {
        case "cancelled", "canceled": return .cancelled
        case "error", "status_code_error": return .error
        default: return nil
        }
    }
}

extension SpanRowWriter {
    @inline(__always)
    fileprivate static func words(_ id: UnsafeRawBufferPointer) -> SIMD2<UInt64> {
        id.loadUnaligned(as: SIMD2<UInt64>.self)
    }

    @inline(__always)
    fileprivate static func word(_ id: UnsafeRawBufferPointer) -> UInt64 {
        id.loadUnaligned(as: UInt64.self)
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
