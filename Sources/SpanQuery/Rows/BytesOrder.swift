// Comparisons of bytes: of texts, and of packed identifiers, which order as their texts do.

import SpanModel

extension Comparison {
    /// Whether the comparison holds for an order of −1, 0 or 1.
    func holds(_ order: Int) -> Bool {
        switch self {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }
}

/// Orders of bytes: −1, 0, 1.
enum BytesOrder {
    static func compare(_ left: UnsafeRawBufferPointer, _ right: [UInt8]) -> Int {
        right.withUnsafeBytes { right in
            if left.elementsEqual(right) { return 0 }
            return left.lexicographicallyPrecedes(right) ? -1 : 1
        }
    }

    static func compareIdentifiers(_ left: UnsafeRawBufferPointer, _ right: [UInt8]) -> Int {
        right.withUnsafeBytes { right in
            if left.elementsEqual(right) { return 0 }
            return PackedIdentifier.isLess(left, right) ? -1 : 1
        }
    }
}
