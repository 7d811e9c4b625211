// What a trace really used, where spans repeat each other: agents that carry the sum of their calls,
// wrappers around a call, and parents whose children were sampled away. In each subtree, for each kind
// of token, the larger of what the span says itself and what its children effectively used counts. Where
// both are there and differ, nobody can know which is right (a span may also leave its children out), so
// that is reported.
// Cost: linear in the spans of the trace.

import SpanModel

/// Tokens and cost of a span or a subtree; nil where there is none.
package struct SubtreeUsage: Sendable, Equatable {
    /// Cached and cache-written tokens included.
    package var input: Int64?
    /// Reasoning tokens included.
    package var output: Int64?
    /// Picodollars.
    package var cost: Int64?

    package init(input: Int64? = nil, output: Int64? = nil, cost: Int64? = nil) {
        self.input = input
        self.output = output
        self.cost = cost
    }

    /// The sum, kind by kind.
    mutating func add(_ other: SubtreeUsage) {
        input = Self.sum(input, other.input)
        output = Self.sum(output, other.output)
        cost = Self.sum(cost, other.cost)
    }

    /// The larger, kind by kind.
    func larger(_ other: SubtreeUsage) -> SubtreeUsage {
        SubtreeUsage(
            input: Self.maximum(input, other.input), output: Self.maximum(output, other.output),
            cost: Self.maximum(cost, other.cost))
    }

    /// Whether a kind that both have differs.
    func disagrees(with other: SubtreeUsage) -> Bool {
        [(input, other.input), (output, other.output), (cost, other.cost)].contains { pair in
            guard let left = pair.0, let right = pair.1 else { return false }
            return left != right
        }
    }

    private static func sum(_ left: Int64?, _ right: Int64?) -> Int64? {
        guard let left else { return right }
        return left &+ (right ?? 0)
    }

    private static func maximum(_ left: Int64?, _ right: Int64?) -> Int64? {
        guard let left, let right else { return left ?? right }
        return max(left, right)
    }
}

/// A span as far as usage goes.
package struct UsageSpan: Sendable {
    /// A hash that is unique among the spans, and what `parent` of others means.
    package let id: UInt64
    package let parent: UInt64?
    package let own: SubtreeUsage

    package init(id: UInt64, parent: UInt64?, own: SubtreeUsage) {
        self.id = id
        self.parent = parent
        self.own = own
    }
}

/// The effective usage of each span's subtree.
package struct EffectiveUsage: Sendable {
    /// Spans whose own figure is not the sum of their children's.
    package private(set) var disagreements = 0
    /// The sum over the topmost spans.
    package private(set) var total = SubtreeUsage()
    /// The sum over all spans, as if none repeated another.
    package private(set) var plain = SubtreeUsage()

    /// Of the spans of one or more traces, in any order. A parent that is not among them is none; spans
    /// that hang on themselves in a circle hang under the first of them.
    package init(_ spans: [UsageSpan]) {
        var tree = UsageTree(spans)
        for index in spans.indices where tree.isLeaf(index) { fold(index, spans, &tree) }
        for index in spans.indices where !tree.isDone(index) {
            if let parent = tree.cut(index), tree.isLeaf(parent) { fold(parent, spans, &tree) }
        }
    }

    /// Folds a span whose children are folded, and then its ancestors as far as theirs are.
    private mutating func fold(_ leaf: Int, _ spans: [UsageSpan], _ tree: inout UsageTree) {
        var next: Int? = leaf
        while let index = next {
            let own = spans[index].own
            plain.add(own)
            if own.disagrees(with: tree.sums[index]) { disagreements += 1 }
            let effective = own.larger(tree.sums[index])
            if let parent = tree.finish(index, effective) {
                next = tree.isLeaf(parent) ? parent : nil
            } else {
                total.add(effective)
                next = nil
            }
        }
    }
}

/// Who hangs under whom, while subtrees are folded from their leaves.
private struct UsageTree {
    private static let none: Int32 = -1

    private var parents: [Int32]
    /// By span: its children that are not folded yet; less than 0 once it is folded itself.
    private var waiting: [Int32]
    /// By span: what its folded children used.
    private(set) var sums: [SubtreeUsage]

    init(_ spans: [UsageSpan]) {
        parents = Self.parents(spans)
        waiting = Array(repeating: 0, count: spans.count)
        sums = Array(repeating: SubtreeUsage(), count: spans.count)
        for parent in parents where parent != Self.none { waiting[Int(parent)] += 1 }
    }

    /// By span the position of its parent; of equal ids the first one has the children.
    private static func parents(_ spans: [UsageSpan]) -> [Int32] {
        var slotCount = 4
        while slotCount < 2 * spans.count { slotCount *= 2 }
        var slots = [Int32](repeating: none, count: slotCount)
        func slot(of id: UInt64) -> Int {
            var slot = Int(truncatingIfNeeded: id) & (slotCount - 1)
            while slots[slot] != none, spans[Int(slots[slot])].id != id {
                slot = (slot + 1) & (slotCount - 1)
            }
            return slot
        }
        for (index, span) in spans.enumerated() {
            let place = slot(of: span.id)
            if slots[place] == none { slots[place] = Int32(index) }
        }
        return spans.enumerated().map { index, span in
            guard let parent = span.parent.map({ slots[slot(of: $0)] }) else { return none }
            return Int(parent) == index ? none : parent
        }
    }

    /// Whether a span that is not folded can be.
    func isLeaf(_ index: Int) -> Bool { waiting[index] == 0 }

    func isDone(_ index: Int) -> Bool { waiting[index] < 0 }

    /// Takes in what a span's subtree used; returns its parent.
    mutating func finish(_ index: Int, _ usage: SubtreeUsage) -> Int? {
        waiting[index] = -1
        guard parents[index] != Self.none else { return nil }
        let parent = Int(parents[index])
        sums[parent].add(usage)
        waiting[parent] -= 1
        return parent
    }

    /// Makes a span of a circle its top; returns the parent it had.
    mutating func cut(_ index: Int) -> Int? {
        guard parents[index] != Self.none else { return nil }
        let parent = Int(parents[index])
        parents[index] = Self.none
        waiting[parent] -= 1
        return parent
    }
}
