// The tree of spans as a list to draw from top to bottom. Every span appears exactly once: one
// whose parent is absent is a top-level orphan, a self-parent is no parent, and a cycle is broken
// at its first span, which becomes an orphan. Depth is bounded by memory, not by the stack.
// Cost: O(spans).

/// Spans in the order of a depth-first walk.
package struct TraceTree: Sendable, Equatable {
    /// A span as the tree sees it.
    package struct Node: Sendable {
        /// Unique in its trace; of equal ids the first one has the children.
        package let id: String
        package let parent: String?

        package init(id: String, parent: String?) {
            self.id = id
            self.parent = parent
        }
    }

    /// A line of the drawing.
    package struct Entry: Sendable, Equatable {
        /// The span's place in the input.
        package let index: Int
        /// 0 at the top level.
        package let depth: Int
        /// Whether it names a parent but hangs under none.
        package let isOrphan: Bool
        /// Whether no sibling follows.
        package let isLast: Bool

        package init(index: Int, depth: Int, isOrphan: Bool, isLast: Bool) {
            self.index = index
            self.depth = depth
            self.isOrphan = isOrphan
            self.isLast = isLast
        }
    }

    package let entries: [Entry]

    /// The tree of `nodes`; siblings keep the order they are given in.
    package init(_ nodes: [Node]) {
        var places: [String: Int] = [:]
        for (index, node) in nodes.enumerated() where places[node.id] == nil {
            places[node.id] = index
        }
        var parents: [Int?] = nodes.indices.map { index in
            let parent = nodes[index].parent.flatMap { places[$0] }
            return parent == index ? nil : parent
        }
        Self.breakCycles(&parents)
        var children = [[Int]](repeating: [], count: nodes.count)
        var tops: [Int] = []
        for index in nodes.indices {
            if let parent = parents[index] {
                children[parent].append(index)
            } else {
                tops.append(index)
            }
        }
        var entries: [Entry] = []
        var pending = Self.level(tops, depth: 0)
        while let (index, depth, isLast) = pending.popLast() {
            let isOrphan = parents[index] == nil && nodes[index].parent != nil
            entries.append(
                Entry(index: index, depth: depth, isOrphan: isOrphan, isLast: isLast))
            pending += Self.level(children[index], depth: depth + 1)
        }
        self.entries = entries
    }

    /// Siblings with their depth, in reverse, as a stack wants them.
    private static func level(
        _ siblings: [Int], depth: Int
    ) -> [(index: Int, depth: Int, isLast: Bool)] {
        siblings.enumerated().reversed().map { place, index in
            (index, depth, place == siblings.count - 1)
        }
    }

    /// Cuts each cycle at its first member.
    private static func breakCycles(_ parents: inout [Int?]) {
        // 0 unseen, otherwise the walk that saw it.
        var walks = [Int](repeating: 0, count: parents.count)
        for start in parents.indices where walks[start] == 0 {
            var index = start
            walks[index] = start + 1
            while let parent = parents[index], walks[parent] == 0 {
                index = parent
                walks[index] = start + 1
            }
            guard let entry = parents[index], walks[entry] == start + 1 else { continue }
            var first = entry
            var member = entry
            while let next = parents[member], next != entry {
                first = min(first, next)
                member = next
            }
            parents[first] = nil
        }
    }
}
