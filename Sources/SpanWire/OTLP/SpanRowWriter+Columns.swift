// The columns of a row that one attribute decides each: strings and numbers, of the span where it has
// them, else of its resource.
// Cost: one look-up a string.

import SpanColumns
import SpanModel

extension SpanRowWriter {
    /// Sets the columns that attributes decide.
    @inline(__always)
    mutating func writeAliases(_ builder: inout BatchBuilder) {
        if resourceNumbers != 0 {
            Self.writeNumbers(resource, resourceNumbers, &builder)
        }
        writeStrings(&builder)
        Self.writeNumbers(attributes, attributes.present & numberMask, &builder)
        if (attributes.present | resource.present) & partsMask != 0 {
            writeDetails(&builder)
            writeCost(&builder)
        }
        writeKind(&builder)
    }

    /// Sets the name, and the string columns whose targets have a winner; a text beyond the limit stays
    /// an attribute only.
    @inline(__always)
    private mutating func writeStrings(_ builder: inout BatchBuilder) {
        strings.removeAll()
        if let name = span.name.baseAddress, span.name.count > 0 {
            strings.append(StringCell(SpanColumn.name, name, span.name.count))
        }
        var targets = attributes.present & stringMask
        while targets != 0 {
            let bit = targets.trailingZeroBitCount
            targets &= targets &- 1
            guard let entry = attributes.winner(bit) else { continue }
            let key = attributes.keys.pointer(entry.pointee.key)
            guard case .string(let text) = entry.pointee.value else {
                Self.writeString(key, entry.pointee.value, &json, &builder)
                continue
            }
            if let start = text.baseAddress, text.count <= key.pointee.textBytesMax {
                strings.append(StringCell(key.pointee.column, start, text.count))
            }
        }
        builder.setStrings(strings.elements, paddedEnd: paddedEnd)
    }

    /// Sets a string column to a value that is none.
    @inline(never)
    private static func writeString(
        _ key: UnsafePointer<AttributeKeys.Key>, _ value: AttributeValue, _ json: inout JSONBuffer,
        _ builder: inout BatchBuilder
    ) {
        json.removeAll()
        json.append(value)
        if json.count <= key.pointee.textBytesMax {
            builder.setString(key.pointee.column, json.text)
        }
    }

    /// Sets the columns of counts and money of `targets`, which have a winner in `bag`.
    @inline(__always)
    private static func writeNumbers(
        _ bag: borrowing AttributeBag, _ targets: UInt64, _ builder: inout BatchBuilder
    ) {
        var targets = targets
        while targets != 0 {
            let bit = targets.trailingZeroBitCount
            targets &= targets &- 1
            guard let entry = bag.winner(bit) else { continue }
            let key = bag.keys.pointer(entry.pointee.key)
            let isCount = key.pointee.form == .count
            if isCount, case .integer(let count) = entry.pointee.value {
                builder.setInteger(key.pointee.column, count)
            } else if let number = isCount
                ? entry.pointee.value.count : entry.pointee.value.picodollars
            {
                builder.setInteger(key.pointee.column, number)
            }
        }
    }
}
