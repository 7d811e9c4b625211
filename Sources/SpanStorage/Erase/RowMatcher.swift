// Finds the rows of row groups for which conditions hold. Cost: a few nanoseconds a row for strings and
// identifiers, and a parse of each object for members without a key column.

import SpanColumns
import SpanModel

/// Tests rows against conditions that hold together.
struct RowMatcher {
    private let conditions: [RowCondition]
    /// By condition: the dictionary that was asked last, and its codes that fit.
    private var lastCodes: [(dictionary: StringDictionary, codes: Set<UInt32>)?]

    init(_ conditions: [RowCondition]) {
        self.conditions = conditions
        lastCodes = Array(repeating: nil, count: conditions.count)
    }

    /// A mark per row of the group; nil when there is none. Throws `corruption`.
    mutating func marks(_ group: RewriteInput.Group) throws(StoreError) -> [Bool]? {
        var marks = [Bool](repeating: true, count: group.rowCount)
        for index in conditions.indices {
            switch conditions[index] {
            case .equals(let column, let text):
                narrow(&marks, index, try group.vector(column), .among([text]))
            case .isOne(let column, let texts):
                narrow(&marks, index, try group.vector(column), .among(texts))
            case .begins(let column, let text):
                narrow(&marks, index, try group.vector(column), .prefixed(text))
            case .isNone(let column, let texts):
                var others = marks
                narrow(&others, index, try group.vector(column), .among(texts))
                for row in marks.indices where others[row] { marks[row] = false }
            case .member(let column, let key, let text):
                try narrow(&marks, group, column, key: key, text)
            case .before(let column, let time):
                try narrow(&marks, group, column, before: time)
            }
            if !marks.contains(true) { return nil }
        }
        return marks
    }

    /// Which strings are wanted; of identifiers whole ones only.
    private enum Texts {
        case among([String])
        case prefixed(String)

        func contains(_ bytes: UnsafeRawBufferPointer) -> Bool {
            switch self {
            case .among(let texts): texts.contains { bytes.elementsEqual($0.utf8) }
            case .prefixed(let text): bytes.starts(with: text.utf8)
            }
        }

        var identifiers: [[UInt8]] {
            guard case .among(let texts) = self else { return [] }
            return texts.compactMap { PackedIdentifier.pack($0) }
        }
    }

    private mutating func narrow(
        _ marks: inout [Bool], _ condition: Int, _ vector: ColumnVector, _ texts: Texts
    ) {
        switch vector {
        case .string(let strings):
            let codes = codes(of: texts, in: strings.dictionary, condition)
            for row in marks.indices where marks[row] {
                marks[row] = codes.contains(strings.codes[row])
            }
        case .identifier(let identifiers):
            let packed = texts.identifiers
            for row in marks.indices where marks[row] {
                marks[row] = identifiers.withBytes(row) { bytes in
                    !bytes.isEmpty && packed.contains { bytes.elementsEqual($0) }
                }
            }
        case .null, .integer, .float, .text:
            for row in marks.indices { marks[row] = false }
        }
    }

    /// The codes of some texts, looked up once for the row groups that share a dictionary.
    private mutating func codes(
        of texts: Texts, in dictionary: StringDictionary, _ condition: Int
    ) -> Set<UInt32> {
        if let last = lastCodes[condition], last.dictionary === dictionary { return last.codes }
        let codes = Set(
            (0..<UInt32(dictionary.count)).filter { code in
                dictionary.withBytes(code) { texts.contains($0) }
            })
        lastCodes[condition] = (dictionary, codes)
        return codes
    }

    private func narrow(
        _ marks: inout [Bool], _ group: RewriteInput.Group, _ column: Int, key: String,
        _ text: String
    ) throws(StoreError) {
        if let segment = group.container as? MappedSegment,
            let values = try segment.attribute(
                column, key: key, group: group.group, rows: 0..<group.rowCount)
        {
            let strings = NumberTexts.strings(values)
            for row in marks.indices where marks[row] {
                let code = strings.codes[row]
                marks[row] =
                    code != StringVector.nullCode
                    && strings.dictionary.withBytes(code) { $0.elementsEqual(text.utf8) }
            }
            return
        }
        guard case .text(let objects) = try group.vector(column) else {
            for row in marks.indices { marks[row] = false }
            return
        }
        var reader = TextReader(objects.blocks)
        let name = Array(key.utf8)
        for row in marks.indices where marks[row] {
            let object = try reader.bytes(objects.references[row])
            marks[row] =
                object.map { Self.member(name, of: $0)?.elementsEqual(text.utf8) == true }
                ?? false
        }
    }

    /// The text of a member of an object.
    private static func member(_ name: [UInt8], of object: ArraySlice<UInt8>) -> [UInt8]? {
        var text: [UInt8] = []
        let isThere = object.withUnsafeBytes { object in
            name.withUnsafeBytes { JSONObject.appendMemberText(of: object, key: $0, to: &text) }
        }
        return isThere ? text : nil
    }

    private func narrow(
        _ marks: inout [Bool], _ group: RewriteInput.Group, _ column: Int, before time: Int64
    ) throws(StoreError) {
        if isAfter(time, group, column) {
            for row in marks.indices { marks[row] = false }
            return
        }
        let times = try group.integers(column)
        let arrivals = try group.integers(SystemColumn.ingestTime).values
        for row in marks.indices where marks[row] {
            let isNull = times.validity.map { $0[row] == 0 } ?? false
            marks[row] = (isNull ? arrivals[row] : times.values[row]) < time
        }
    }

    /// Whether zone maps tell that no row of the group is before a time.
    private func isAfter(_ time: Int64, _ group: RewriteInput.Group, _ column: Int) -> Bool {
        guard let segment = group.container as? MappedSegment else { return false }
        let times = segment.zone(column, group: group.group)
        if let range = times.integers, range.lowerBound < time { return false }
        if times.nullCount == 0 { return true }
        let arrivals = segment.zone(SystemColumn.ingestTime, group: group.group)
        return arrivals.nullCount == 0 && arrivals.integers.map { $0.lowerBound >= time } ?? false
    }
}
