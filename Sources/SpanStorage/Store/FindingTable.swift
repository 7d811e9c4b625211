// Findings about a store as rows, for `spanq verify` and `spanq doctor`: how bad, about what, where,
// and what it is.

import SpanColumns
import SpanModel

/// How bad a finding is.
package enum FindingSeverity: String, Sendable {
    case ok, warning, error
}

/// Collects findings.
struct FindingTable {
    private var severities: [String?] = []
    private var subjects: [String?] = []
    private var files: [String?] = []
    private var offsets: [Int64?] = []
    private var texts: [String?] = []

    /// Adds a finding about `subject`.
    mutating func add(_ severity: FindingSeverity, _ subject: String, _ text: String) {
        add(severity, subject, file: nil, offset: nil, text)
    }

    /// Adds an error of the store as a finding.
    mutating func add(_ error: StoreError, _ subject: String) {
        guard case .corruption(let file, let offset, let region, let reason) = error else {
            add(.error, subject, "\(error)")
            return
        }
        add(.error, subject, file: file, offset: Int64(clamping: offset), "\(region): \(reason)")
    }

    private mutating func add(
        _ severity: FindingSeverity, _ subject: String, file: String?, offset: Int64?,
        _ text: String
    ) {
        severities.append(severity.rawValue)
        subjects.append(subject)
        files.append(file)
        offsets.append(offset)
        texts.append(text)
    }

    /// Rows of `severity`, `subject`, `file`, `offset`, `finding`.
    func table() -> ResultTable {
        let places = IntegerVector(
            values: offsets.map { $0 ?? 0 }, validity: offsets.map { $0 == nil ? 0 : 1 })
        return ResultTable(
            columns: [
                ResultColumn(name: "severity", type: .string, values: .strings(severities)),
                ResultColumn(name: "subject", type: .string, values: .strings(subjects)),
                ResultColumn(name: "file", type: .string, values: .strings(files)),
                ResultColumn(name: "offset", type: .int64, values: .integer(places)),
                ResultColumn(name: "finding", type: .string, values: .strings(texts)),
            ], rowCount: texts.count)
    }
}

extension ResultTable {
    /// Findings that are errors; 0 for a table that is not of findings.
    package var errorCount: Int {
        guard let column = columns.first, column.name == "severity",
            case .string(let severities) = column.values
        else { return 0 }
        let error = Array(FindingSeverity.error.rawValue.utf8)
        return severities.codes.count { code in
            code != StringVector.nullCode
                && severities.dictionary.withBytes(code) { $0.elementsEqual(error) }
        }
    }
}

extension ColumnVector {
    /// A string vector of these values.
    static func strings(_ values: [String?]) -> ColumnVector {
        var interner = StringInterner()
        let codes = values.map { $0.map { interner.intern($0) } ?? StringVector.nullCode }
        return .string(StringVector(codes: codes, dictionary: interner.dictionary()))
    }
}
