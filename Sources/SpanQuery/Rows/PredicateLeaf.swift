// One condition on one operand. Integers and doubles (as ordered keys) are tested against a closed
// range; strings once per dictionary entry; identifiers and texts as bytes.

import SpanColumns
import SpanModel
import SpanSketch

/// A bound comparison, IN, null or finiteness test, or LIKE.
final class PredicateLeaf {
    typealias BytesTest = @Sendable (UnsafeRawBufferPointer) -> Bool

    private enum Test {
        case isNull
        case isFinite
        case range(IntegerTest)
        case oneOf(Set<Int64>)
        case bytes(BytesTest)
        /// Packed bytes.
        case identifier([UInt8])
        /// Unknown for every row.
        case unknown
    }

    let operand: Operand
    private let test: Test
    /// How a pattern is found in long texts; nil for everything else.
    private let textSearch: TextSearch?
    /// A null in an IN list makes "certainly not in it" impossible.
    private let isNeverFalse: Bool
    /// The strings that pass, when these are named; sorted dictionaries are searched for them.
    private let named: [String]?
    /// How numbers are tested that stand for the texts of a key.
    private let keyTest: KeyTest?
    /// Of the dictionary that was met last, which row groups share.
    private var verdicts: CodeVerdicts?

    init(_ predicate: Predicate, types: [ColumnType]) throws(StoreError) {
        var isNeverFalse = false
        textSearch = TextSearch(predicate, types: types)
        switch predicate {
        case .isNull(let operand):
            (self.operand, test) = (operand, .isNull)
        case .isFinite(let operand):
            (self.operand, test) = (operand, .isFinite)
        case .compare(let operand, let comparison, let literal):
            self.operand = operand
            test = try Self.comparison(operand.type(in: types), comparison, literal)
        case .isIn(let operand, let literals):
            self.operand = operand
            isNeverFalse = literals.contains(.null)
            test = try Self.membership(
                operand.type(in: types), literals.filter { $0 != .null })
        case .like(let operand, let pattern, let ignoringCase):
            self.operand = operand
            let like = LikePattern(pattern, ignoringCase: ignoringCase)
            let isIdentifier = operand.type(in: types).form == .identifier
            test = .bytes { bytes in
                isIdentifier
                    ? like.matches(Array(PackedIdentifier.text(of: bytes).utf8))
                    : like.matches(Array(bytes))
            }
        case .contains(let operand, let text):
            self.operand = operand
            let search = BytesSearch(text)
            let isIdentifier = operand.type(in: types).form == .identifier
            test = .bytes { bytes in
                isIdentifier
                    ? Array(PackedIdentifier.text(of: bytes).utf8).withUnsafeBytes(search.isFound)
                    : search.isFound(in: bytes)
            }
        case .always, .and, .or, .not, .certain, .compareOperands:
            throw .invalidArgument(name: "where", reason: "not a single condition")
        }
        self.isNeverFalse = isNeverFalse
        named = Self.named(predicate)
        keyTest = KeyTest(predicate)
    }

    private static func named(_ predicate: Predicate) -> [String]? {
        let literals: [Literal]
        switch predicate {
        case .compare(_, .equal, let literal): literals = [literal]
        case .isIn(_, let members): literals = members
        default: return nil
        }
        return literals.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    private static func comparison(
        _ type: ColumnType, _ comparison: Comparison, _ literal: Literal
    ) throws(StoreError) -> Test {
        if literal == .null { return .unknown }
        switch (type.form, literal) {
        case (.integer, _):
            if let test = IntegerTest(comparison, literal) { return .range(test) }
        case (.float, .integer(let value)):
            return .range(IntegerTest(comparison, OrderedDouble.key(Double(value))))
        case (.float, .float(let value)):
            return .range(IntegerTest(comparison, OrderedDouble.key(value)))
        case (.string, .string(let text)), (.text, .string(let text)):
            let wanted = Array(text.utf8)
            return .bytes { comparison.holds(BytesOrder.compare($0, wanted)) }
        case (.identifier, .string(let text)):
            let wanted = PackedIdentifier.pack(text) ?? []
            if comparison == .equal { return .identifier(wanted) }
            return .bytes { comparison.holds(BytesOrder.compareIdentifiers($0, wanted)) }
        default: break
        }
        throw .invalidArgument(name: "where", reason: "\(literal) does not compare with \(type)")
    }

    private static func membership(
        _ type: ColumnType, _ literals: [Literal]
    ) throws(StoreError) -> Test {
        var integers: Set<Int64> = []
        var texts: Set<[UInt8]> = []
        for literal in literals {
            switch (type.form, literal) {
            case (.integer, .integer(let value)): integers.insert(value)
            case (.integer, .float(let value)):
                if let exact = Int64(exactly: value) { integers.insert(exact) }
            case (.float, .integer(let value)): integers.insert(OrderedDouble.key(Double(value)))
            case (.float, .float(let value)): integers.insert(OrderedDouble.key(value))
            case (.string, .string(let text)), (.text, .string(let text)):
                texts.insert(Array(text.utf8))
            case (.identifier, .string(let text)):
                if let packed = PackedIdentifier.pack(text) { texts.insert(packed) }
            default:
                throw .invalidArgument(
                    name: "where", reason: "\(literal) does not compare with \(type)")
            }
        }
        switch type.form {
        case .integer, .float: return .oneOf(integers)
        case .string, .text, .identifier:
            let wanted = texts
            return .bytes { wanted.contains(Array($0)) }
        }
    }

    /// Those of `rows` where the condition is true (`wanted`) or false, by their values: for rows on which
    /// `verdict` is nil.
    func tested(
        _ rows: [UInt32], wanted: Bool, in evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32] {
        if let textSearch { return try textSearch.select(rows, wanted: wanted, in: evaluator) }
        if let rows = try keyTest?.select(rows, wanted: wanted, in: evaluator) { return rows }
        if rows.count == evaluator.rowCount, case .bytes(let test) = test,
            case .column(let column) = operand,
            let dictionary = try evaluator.dictionary(column),
            let found = try evaluator.select(
                column, judged(dictionary, test), wanted: wanted)
        {
            return found
        }
        if let picked = try evaluator.pick(operand, rows) {
            let places = try tested(picked, SelectionVector.all(rows.count), wanted: wanted)
            return rows.gathered(places)
        }
        return try tested(evaluator.vector(operand, rows: rows), rows, wanted: wanted)
    }

    /// The column that is one string in every row that meets the condition, as that string; nil when it may
    /// be several, or dictionaries do not tell.
    func constant(in evaluator: RowEvaluator) throws(StoreError) -> (Int, StringVector)? {
        guard case .bytes = test, case .column(let column) = operand, let verdicts,
            let only = verdicts.only, try evaluator.dictionary(column) === verdicts.dictionary
        else { return nil }
        return (column, StringVector(codes: [only], dictionary: verdicts.dictionary))
    }

    /// The same by a vector of the operand.
    private func tested(
        _ vector: ColumnVector, _ rows: [UInt32], wanted: Bool
    ) throws(StoreError) -> [UInt32] {
        if case .isNull = test { return Self.nulls(vector, rows, wanted: wanted) }
        switch (vector, test) {
        case (.null, _), (_, .unknown), (_, .isNull): return []
        case (.integer(let integers), .range(let range)):
            return RowKernels.select(
                integers.values, integers.validity, rows, range.range,
                isInside: wanted != range.isNegated)
        case (.integer(let integers), .oneOf(let set)):
            return RowKernels.select(
                integers.values, integers.validity, rows, in: set, wanted: wanted)
        case (.integer(let integers), .isFinite):
            return wanted ? Self.nulls(.integer(integers), rows, wanted: false) : []
        case (.float(let floats), .range(let range)):
            return RowKernels.select(
                floats.values.map(OrderedDouble.key), floats.validity, rows, range.range,
                isInside: wanted != range.isNegated)
        case (.float(let floats), .oneOf(let set)):
            return RowKernels.select(
                floats.values.map(OrderedDouble.key), floats.validity, rows, in: set,
                wanted: wanted)
        case (.float(let floats), .isFinite):
            return RowKernels.select(
                finite: floats.values, floats.validity, rows, isFinite: wanted)
        case (.string(let strings), .bytes(let test)):
            return select(strings, rows, test, wanted: wanted)
        case (.identifier(let identifiers), .identifier(let packed)):
            return RowKernels.select(
                identifiers.ends, identifiers.bytes, rows, equal: packed, wanted: wanted)
        case (.identifier(let identifiers), .bytes(let test)):
            return rows.filter { row in
                identifiers.withBytes(Int(row)) { !$0.isEmpty && test($0) == wanted }
            }
        case (.text(let texts), .bytes(let test)):
            return try Self.select(texts, rows, test, wanted: wanted)
        case (.integer, _), (.float, _), (.string, _), (.identifier, _), (.text, _):
            return []
        }
    }

    /// Whether all rows or none are selected, when bounds or the dictionary tell without a look at
    /// the values.
    func verdict(wanted: Bool, in evaluator: RowEvaluator) throws(StoreError) -> Bool? {
        if isNeverFalse, !wanted { return false }
        if textSearch != nil { return nil }
        guard case .column(let column) = operand else { return nil }
        let zone = evaluator.zone(column)
        let isComplete = zone?.nullCount == 0
        switch test {
        case .isNull: return isComplete ? !wanted : nil
        case .range(let test):
            guard let values = zone?.integers else { return nil }
            let isInside = wanted != test.isNegated
            guard let range = test.range, range.overlaps(values) else {
                return isInside ? false : isComplete ? true : nil
            }
            guard range.contains(values.lowerBound), range.contains(values.upperBound) else {
                return nil
            }
            return !isInside ? false : isComplete ? true : nil
        case .bytes(let test):
            guard let dictionary = try evaluator.dictionary(column) else { return nil }
            let verdicts = judged(dictionary, test)
            let trueCount = verdicts.trueCount
            guard trueCount == 0 || trueCount == dictionary.count else {
                return try verdictOfRuns(verdicts.values, wanted: wanted, in: evaluator)
            }
            return wanted != (trueCount > 0) ? false : isComplete ? true : nil
        case .isFinite, .oneOf, .identifier, .unknown: return nil
        }
    }

    /// The same by runs of equal strings, where rows come in such.
    private func verdictOfRuns(
        _ verdicts: [UInt8], wanted: Bool, in evaluator: RowEvaluator
    ) throws(StoreError) -> Bool? {
        guard let runs = try evaluator.stringRuns(operand) else { return nil }
        let selected = runs.codes.count { verdicts[Int($0 &+ 1)] == (wanted ? 1 : 0) }
        return selected == 0 ? false : selected == runs.codes.count ? true : nil
    }

    private func select(
        _ vector: StringVector, _ rows: [UInt32], _ test: BytesTest, wanted: Bool
    ) -> [UInt32] {
        RowKernels.select(
            vector.codes, rows, judged(vector.dictionary, test).values, equal: wanted ? 1 : 0)
    }

    /// The verdicts of a dictionary's strings, made once for all row groups that share it.
    private func judged(_ strings: StringDictionary, _ test: BytesTest) -> CodeVerdicts {
        if let verdicts, verdicts.dictionary === strings { return verdicts }
        let found =
            if let named, strings.isSorted {
                CodeVerdicts(strings, codes: named.compactMap { strings.code(of: $0) })
            } else {
                CodeVerdicts(strings, test)
            }
        verdicts = found
        return found
    }

    private static func select(
        _ vector: TextVector, _ rows: [UInt32], _ test: BytesTest, wanted: Bool
    ) throws(StoreError) -> [UInt32] {
        var reader = TextReader(vector.blocks)
        var out: [UInt32] = []
        for row in rows {
            guard let bytes = try reader.bytes(vector.references[Int(row)]) else { continue }
            if bytes.withUnsafeBytes({ test($0) }) == wanted { out.append(row) }
        }
        return out
    }

    static func nulls(
        _ vector: ColumnVector, _ rows: [UInt32], wanted: Bool
    ) -> [UInt32] {
        switch vector {
        case .null: wanted ? rows : []
        case .integer(let integers): nulls(integers.validity, rows, wanted)
        case .float(let floats): nulls(floats.validity, rows, wanted)
        case .string(let strings):
            rows.filter { (strings.codes[Int($0)] == StringVector.nullCode) == wanted }
        case .identifier(let identifiers):
            rows.filter { identifiers.range(Int($0)).isEmpty == wanted }
        case .text(let texts): rows.filter { texts.references[Int($0)].isNull == wanted }
        }
    }

    private static func nulls(_ validity: [UInt8]?, _ rows: [UInt32], _ wanted: Bool) -> [UInt32] {
        guard let validity else { return wanted ? [] : rows }
        return rows.filter { (validity[Int($0)] == 0) == wanted }
    }
}
