// Conditions on the text of `attributes['key']` where storage keeps numbers for it: no text is made to
// tell whether a value is one of some texts, or null.
// Cost: that of a comparison of integers.

import SpanColumns
import SpanModel

/// Tests numbers as the texts that JSON has of them.
struct KeyTest {
    private let operand: Operand
    /// Nil: whether there is none.
    private let members: Members?
    private let isNegated: Bool

    /// The numbers whose texts are looked for.
    private struct Members {
        var integers: Set<Int64> = []
        /// Bits: −0 has another text than 0.
        var doubles: Set<Int64> = []

        init(_ literals: [Literal]) {
            for case .string(var text) in literals {
                text.withUTF8 { text in
                    let bytes = UnsafeRawBufferPointer(text)
                    if let value = JSONNumber.canonicalInt64(bytes) { integers.insert(value) }
                    if let value = JSONNumber.canonicalDouble(bytes) {
                        doubles.insert(Int64(bitPattern: value.bitPattern))
                    }
                }
            }
        }
    }

    /// Nil for conditions that need texts.
    init?(_ predicate: Predicate) {
        switch predicate {
        case .isNull(let operand): (self.operand, members, isNegated) = (operand, nil, false)
        case .compare(let operand, let comparison, let literal)
        where (comparison == .equal || comparison == .notEqual) && literal != .null:
            self.operand = operand
            (members, isNegated) = (Members([literal]), comparison == .notEqual)
        case .isIn(let operand, let literals):
            (self.operand, members, isNegated) = (operand, Members(literals), false)
        default: return nil
        }
        guard case .attribute = operand else { return nil }
    }

    /// Those of `rows` where the condition is true (`wanted`) or false; nil where storage keeps no
    /// numbers.
    func select(
        _ rows: [UInt32], wanted: Bool, in evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32]? {
        guard let kept = try evaluator.kept(operand) else { return nil }
        guard let members else { return PredicateLeaf.nulls(kept, rows, wanted: wanted) }
        switch kept {
        case .integer(let vector):
            return select(vector.values, vector.validity, rows, members.integers, wanted)
        case .float(let vector):
            let bits = vector.values.map { Int64(bitPattern: $0.bitPattern) }
            return select(bits, vector.validity, rows, members.doubles, wanted)
        case .null: return []
        case .string, .identifier, .text: return nil
        }
    }

    private func select(
        _ values: [Int64], _ validity: [UInt8]?, _ rows: [UInt32], _ members: Set<Int64>,
        _ wanted: Bool
    ) -> [UInt32] {
        guard members.count <= 1 else {
            return RowKernels.select(
                values, validity, rows, in: members, wanted: wanted != isNegated)
        }
        return RowKernels.select(
            values, validity, rows, members.first.map { $0...$0 }, isInside: wanted != isNegated)
    }
}
