// Flattened messages → JSON. OpenInference and Traceloop spread a list of chat messages over keys
// (`llm.input_messages.0.message.role`, `gen_ai.prompt.0.content`); here they become
// {"messages":[{"role":…,"content":…},…]}. A number makes an array, in order of the numbers; the
// wrapper words that OpenInference puts behind each number are left out. Keys that contradict each
// other (a value that also has members) cannot be assembled, and then nothing is.

import SpanModel

/// Assembles the messages of one family.
struct MessageAssembler {
    private enum Segment: Equatable {
        case index(Int)
        case name([UInt8])
    }

    private struct Leaf {
        let path: [Segment]
        let value: AttributeValue
    }

    private static let wrappers = ["message", "tool_call", "message_content"].map {
        Segment.name(Array($0.utf8))
    }

    /// The messages of `family` in `bag` as JSON text, nil when they cannot be assembled.
    static func assemble(_ bag: borrowing AttributeBag, family: Int) -> [UInt8]? {
        let prefixCount = AttributeAliases.shared.families[family].prefix.count
        var leaves: [Leaf] = []
        for index in 0..<bag.count {
            let key = bag.keys[bag[index].key]
            guard key.family == family else { continue }
            guard let path = path(UnsafeRawBufferPointer(rebasing: key.text[prefixCount...]))
            else {
                return nil
            }
            leaves.append(Leaf(path: path, value: bag[index].value))
        }
        var out = Array("{\"messages\":".utf8)
        guard append(leaves, depth: 0, to: &out) else { return nil }
        out.append(UInt8(ascii: "}"))
        return out
    }

    private static func path(_ key: UnsafeRawBufferPointer) -> [Segment]? {
        var path: [Segment] = []
        for part in key.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard !part.isEmpty else { return nil }
            if part.count <= 6, part.allSatisfy({ $0 &- 48 < 10 }) {
                path.append(.index(part.reduce(0) { $0 * 10 + Int($1 - 48) }))
                continue
            }
            let name = Segment.name(Array(part))
            if case .index = path.last, wrappers.contains(name) { continue }
            path.append(name)
        }
        return path.count < Limits.nestingDepthMax ? path : nil
    }

    /// Appends what the leaves form below `depth`; false when they contradict each other.
    private static func append(_ leaves: [Leaf], depth: Int, to out: inout [UInt8]) -> Bool {
        if leaves.contains(where: { $0.path.count == depth }) {
            guard leaves.count == 1 else { return false }
            leaves[0].value.appendJSON(to: &out)
            return true
        }
        var groups: [(segment: Segment, leaves: [Leaf])] = []
        for leaf in leaves {
            if let known = groups.firstIndex(where: { $0.segment == leaf.path[depth] }) {
                groups[known].leaves.append(leaf)
            } else {
                groups.append((leaf.path[depth], [leaf]))
            }
        }
        return appendGroups(groups, depth: depth, to: &out)
    }

    private static func appendGroups(
        _ groups: [(segment: Segment, leaves: [Leaf])], depth: Int, to out: inout [UInt8]
    ) -> Bool {
        let indices = groups.compactMap { group -> Int? in
            if case .index(let index) = group.segment { return index }
            return nil
        }
        guard indices.isEmpty || indices.count == groups.count else { return false }
        let isArray = !indices.isEmpty
        let order =
            isArray
            ? groups.indices.sorted { indices[$0] < indices[$1] } : Array(groups.indices)
        out.append(UInt8(ascii: isArray ? "[" : "{"))
        for (position, group) in order.enumerated() {
            if position > 0 { out.append(UInt8(ascii: ",")) }
            if case .name(let name) = groups[group].segment {
                name.withUnsafeBytes { JSONWriter.appendString($0, to: &out) }
                out.append(UInt8(ascii: ":"))
            }
            guard append(groups[group].leaves, depth: depth + 1, to: &out) else { return false }
        }
        out.append(UInt8(ascii: isArray ? "]" : "}"))
        return true
    }
}
