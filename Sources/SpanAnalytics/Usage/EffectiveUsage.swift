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
    /// Unique among the spans, and what `parent` of others means.
    package let id: String
    package let parent: String?
    package let own: SubtreeUsage

    package init(id: String, parent: String?, own: SubtreeUsage) {
        self.id = id
        self.parent = parent
        self.own = own
    }
}

/// The effective usage of each span's subtree.
package struct EffectiveUsage: Sendable {
    /// By position of the span.
    package private(set) var subtrees: [SubtreeUsage]
    /// Whether a span and its children disagree, by position.
    package private(set) var disagreements: [Bool]
    /// The sum over the topmost spans.
    package private(set) var total = SubtreeUsage()
    /// The sum over all spans, as if none repeated another.
    package private(set) var plain = SubtreeUsage()

    /// Of the spans of one or more traces, in any order. A parent that is not among them is none.
    package init(_ spans: [UsageSpan]) {
        subtrees = spans.map(\.own)
        disagreements = Array(repeating: false, count: spans.count)
        let positions = Dictionary(spans.enumerated().map { ($1.id, $0) }) { first, _ in first }
        var children: [[Int]] = Array(repeating: [], count: spans.count)
        var tops: [Int] = []
        for (index, span) in spans.enumerated() {
            plain.add(span.own)
            if let parent = span.parent.flatMap({ positions[$0] }), parent != index {
                children[parent].append(index)
            } else {
                tops.append(index)
            }
        }
        var isDone = Array(repeating: false, count: spans.count)
        // Behind the tops come spans that hang on themselves in a circle.
        for top in tops + Array(spans.indices) where !isDone[top] {
            fold(top, children, &isDone)
            total.add(subtrees[top])
        }
    }

    /// Folds a subtree from its leaves, without recursion: traces may be deep.
    private mutating func fold(_ top: Int, _ children: [[Int]], _ isDone: inout [Bool]) {
        var order: [Int] = []
        var open = [top]
        isDone[top] = true
        while let index = open.popLast() {
            order.append(index)
            for child in children[index] where !isDone[child] {
                isDone[child] = true
                open.append(child)
            }
        }
        var sums: [Int: SubtreeUsage] = [:]
        var parents: [Int: Int] = [:]
        for index in order { for child in children[index] { parents[child] = index } }
        for index in order.reversed() {
            if let sum = sums[index] {
                disagreements[index] = subtrees[index].disagrees(with: sum)
                subtrees[index] = subtrees[index].larger(sum)
            }
            guard index != top, let parent = parents[index] else { continue }
            sums[parent, default: SubtreeUsage()].add(subtrees[index])
        }
    }
}
