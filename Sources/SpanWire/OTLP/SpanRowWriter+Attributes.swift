// The parts of a row that look at several attributes: kind, cost, Langfuse's details, input and
// output, and the attributes that stay.

import SpanColumns
import SpanModel

extension SpanRowWriter {
    // MARK: Kind

    /// Sets the `kind` column: GenAI's or OpenInference's word where there is one, else OTLP's.
    @inline(__always)
    mutating func writeKind(_ builder: inout BatchBuilder) {
        guard case .string(let word) = attributes.value(of: .spanKind) else {
            let word: StaticString? = operationKind() ?? otlpKind
            if let word { builder.setString(SpanColumn.kind, Self.bytes(word)) }
            return
        }
        if let code = kindCodes.find(word) { return builder.setCode(SpanColumn.kind, code) }
        let kind = OperationKinds.shared.word(for: word).map(Self.bytes) ?? word
        let code = builder.code(SpanColumn.kind, of: kind)
        kindCodes.remember(word, code)
        builder.setCode(SpanColumn.kind, code)
    }

    static func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private mutating func operationKind() -> StaticString? {
        guard case .string(let operation) = attributes.value(of: .operation) else { return nil }
        return OperationKinds.shared.word(for: operation)
    }

    private var otlpKind: StaticString? {
        @inline(__always)
        get {
            switch span.kind {
            case 1: "internal"
            case 2: "server"
            case 3: "client"
            case 4: "producer"
            case 5: "consumer"
            default: nil
            }
        }
    }

    // MARK: Cost and details

    /// The total cost, else the sum of its parts.
    mutating func writeCost(_ builder: inout BatchBuilder) {
        guard !builder.isSet(SpanColumn.cost) else { return }
        let parts = [AliasTarget.inputCost, .outputCost].compactMap {
            (attributes.value(of: $0) ?? resource.value(of: $0))?.picodollars
        }
        guard let first = parts.first else { return }
        let (sum, overflow) = first.addingReportingOverflow(parts.count > 1 ? parts[1] : 0)
        if !overflow { builder.setInteger(SpanColumn.cost, sum) }
    }

    /// Fills what is still missing from Langfuse's JSON objects.
    mutating func writeDetails(_ builder: inout BatchBuilder) {
        if let usage = detailsText(.usageDetails) {
            Self.forEachNumber(in: usage) { key, number in
                let aliases = AttributeAliases.shared
                guard let index = aliases.detailKeys.find(key),
                    let column = aliases.detailTargets[index].column, !builder.isSet(column),
                    let count = JSONNumber.int64(number), count >= 0
                else { return }
                builder.setInteger(column, count)
            }
        }
        guard !builder.isSet(SpanColumn.cost), let costs = detailsText(.costDetails) else { return }
        var total: Int64?
        var sum: Int64?
        Self.forEachNumber(in: costs) { key, number in
            guard let value = JSONNumber.double(number),
                let amount = JSONNumber.money(number) ?? AttributeValue.double(value).picodollars
            else { return }
            if key.elementsEqual("total".utf8) { total = amount }
            if key.elementsEqual("input".utf8) || key.elementsEqual("output".utf8) {
                sum = (sum ?? 0).addingReportingOverflow(amount).partialValue
            }
        }
        if let cost = total ?? sum { builder.setInteger(SpanColumn.cost, cost) }
    }

    private mutating func detailsText(_ target: AliasTarget) -> UnsafeRawBufferPointer? {
        switch attributes.value(of: target) {
        case .string(let text), .json(let text): text
        default: nil
        }
    }

    /// Calls `body` with each numeric member of a JSON object; text that is none has no members.
    private static func forEachNumber(
        in object: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) {
        var cursor = JSONCursor(object)
        var isFirst = true
        do throws(JSONError) {
            try cursor.enterObject()
            while let key = try cursor.nextKey(&isFirst) {
                let value = try cursor.skipValue()
                if value.kind == .number { body(key.raw, value.raw) }
            }
        } catch {
            return
        }
    }

    // MARK: Attributes

    /// Sets input, output and what remains of the attributes.
    @inline(__always)
    mutating func writeAttributes(_ builder: inout BatchBuilder) throws(RecordError) {
        let input = writeText(.input, &builder)
        let output = writeText(.output, &builder)
        guard attributes.count <= Limits.attributesPerSpanMax else {
            throw RecordError(
                "attributes", "has more than \(Limits.attributesPerSpanMax) keys")
        }
        try attributes.complete(without: input, output)
        appendOrigins(input, output)
        guard !attributes.members.isEmpty else { return }
        attributes.members.closeObject()
        if attributes.members.count > Limits.textBlockBytes { endBlock(&builder) }
        builder.setOpenText(
            SpanColumn.attributes, from: attributes.members.start, to: attributes.members.count)
        attributes.members.keep()
    }

    /// Hands the attributes of the rows before over as a block, if there are any: what a batch needs
    /// before it ends.
    @inline(never)
    mutating func endBlock(_ builder: inout BatchBuilder) {
        guard attributes.members.start > 0 else { return }
        builder.closeText(SpanColumn.attributes, attributes.members.kept)
        attributes.members.dropKept()
    }

    /// Sets `input` or `output`; flattened messages that contradict each other give way to the
    /// next key.
    @inline(__always)
    private mutating func writeText(
        _ target: AliasTarget, _ builder: inout BatchBuilder
    ) -> MappedText {
        guard attributes.has(target) else { return MappedText() }
        let column = target == .input ? SpanColumn.input : SpanColumn.output
        if let entry = attributes.entry(of: target) {
            setText(column, attributes[entry].value, &builder)
            return MappedText(entry: entry)
        }
        return writeMessages(target, column, &builder)
    }

    @inline(never)
    private mutating func writeMessages(
        _ target: AliasTarget, _ column: Int, _ builder: inout BatchBuilder
    ) -> MappedText {
        if let family = attributes.family(of: target),
            let messages = MessageAssembler.assemble(attributes, family: family)
        {
            messages.withUnsafeBytes { builder.setText(column, $0) }
            return MappedText(family: family)
        }
        guard let entry = attributes.bestEntry(for: target) else { return MappedText() }
        setText(column, attributes[entry].value, &builder)
        return MappedText(entry: entry)
    }

    private mutating func setText(
        _ column: Int, _ value: AttributeValue, _ builder: inout BatchBuilder
    ) {
        if case .string(let text) = value {
            builder.setText(column, text)
            return
        }
        json.removeAll()
        json.append(value)
        builder.setText(column, json.text)
    }

    /// Appends what makes the mapping reversible: the keys that became input and output, the OTLP
    /// kind where `kind` holds another word, and the counts of what the client dropped.
    @inline(__always)
    private mutating func appendOrigins(_ input: MappedText, _ output: MappedText) {
        if span.kind &- 1 < 5, attributes.has(.spanKind) || operationKind() != nil {
            attributes.members.append(padded: Self.kindMember(span.kind))
        }
        appendOrigin(.input, input)
        appendOrigin(.output, output)
        appendCount("otel.dropped_attributes_count", span.droppedAttributes)
        appendCount("otel.dropped_events_count", span.droppedEvents)
        appendCount("otel.dropped_links_count", span.droppedLinks)
    }

    /// The member that keeps an OTLP kind, from 1 to 5.
    @inline(__always)
    private static func kindMember(_ kind: UInt64) -> PaddedText {
        let members: StaticString = """
            ,"otel.kind":"internal"                         \
            ,"otel.kind":"server"                           \
            ,"otel.kind":"client"                           \
            ,"otel.kind":"producer"                         \
            ,"otel.kind":"consumer"                         \

            """
        let place = Int(truncatingIfNeeded: kind &- 1)
        return PaddedText(
            start: UnsafeRawPointer(members.utf8Start) + place &* JSONBuffer.padding,
            count: kind == 2 || kind == 3 ? 21 : 23)
    }

    @inline(__always)
    private mutating func appendOrigin(_ target: AliasTarget, _ mapped: MappedText) {
        if mapped.entry >= 0 {
            let key = attributes.keys.pointer(attributes[mapped.entry].key)
            attributes.members.append(padded: key.pointee.origin)
        } else if mapped.family >= 0 {
            attributes.members.appendKey(
                target == .input ? "otel.input_key" : "otel.output_key")
            AttributeAliases.shared.families[mapped.family].prefix.dropLast().withUnsafeBytes {
                attributes.members.appendString($0)
            }
        }
    }

    @inline(__always)
    private mutating func appendCount(_ name: StaticString, _ count: UInt64) {
        guard count > 0 else { return }
        attributes.members.appendKey(name)
        attributes.members.append(.integer(Int64(clamping: count)))
    }
}
