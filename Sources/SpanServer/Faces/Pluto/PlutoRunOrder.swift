// The order of a list of runs: `[+|-]field`, newest first by default.

import SpanModel

/// How a list of runs is ordered.
struct PlutoRunOrder: Sendable {
    let field: PlutoRunField
    private let isDescending: Bool

    /// Throws `invalidArgument` for a field that has no order.
    init(_ text: String?) throws(RequestFailure) {
        let text = text ?? "-createdAt"
        isDescending = text.hasPrefix("-")
        // A plus that was not escaped in the address is a space.
        let name = text.drop { $0 == "-" || $0 == "+" || $0 == " " }
        guard let field = PlutoRunField(String(name)), field != .tags else {
            throw RequestFailure(.invalidArgument, "sort: '\(text)' is not supported")
        }
        self.field = field
    }

    /// The runs in this order; equal ones by number, in the same direction. Runs without the field are
    /// last, or absent if it comes from points.
    func sorted(_ runs: [PlutoRunFacts]) -> [PlutoRunFacts] {
        let keyed = runs.enumerated().map {
            (run: $1, value: $1.values(of: field).first, place: $0)
        }
        let ordered = keyed.filter { $0.value != nil }.sorted { left, right in
            guard let first = left.value, let second = right.value else { return false }
            let (low, high) = isDescending ? (second, first) : (first, second)
            if low.isLess(than: high) { return true }
            if high.isLess(than: low) { return false }
            return isDescending ? left.place > right.place : left.place < right.place
        }
        let others = field.isOfPoints ? [] : keyed.filter { $0.value == nil }
        return (ordered + others).map(\.run)
    }
}
