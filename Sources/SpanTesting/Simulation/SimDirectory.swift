// Names of a simulated file system: what a program sees, what is durable, and the changes between.

/// The names of files and directories.
struct SimDirectory: Sendable {
    /// What a path names.
    enum Entry: Equatable, Sendable {
        case file(Int)
        case directory
    }

    /// A change of names since the last sync of its directory, in order.
    private enum Change: Sendable {
        case bind(String, Entry)
        case move(String, String, Entry)
        case remove(String)
    }

    /// Names in view. Looked up by key; listed only after sorting.
    private(set) var live: [String: Entry]
    private var durable: [String: Entry]
    private var pending: [(directory: String, change: Change)] = []

    init(_ entries: [String: Entry] = [:]) {
        live = entries
        durable = entries
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    func isDirectory(_ path: String) -> Bool {
        path == "/" || path == "." || live[path] == .directory
    }

    /// All names but those of directories, sorted.
    var files: [String] { live.filter { $0.value != .directory }.keys.sorted() }

    /// The last components of the names in a directory, sorted by bytes.
    func names(in directory: String) -> [String] {
        live.keys.filter { Self.parent(of: $0) == directory }
            .map { String($0[($0.lastIndex(of: "/").map($0.index(after:)) ?? $0.startIndex)...]) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    mutating func bind(_ path: String, _ entry: Entry) { record(path, .bind(path, entry)) }

    mutating func remove(_ path: String) { record(path, .remove(path)) }

    mutating func move(_ source: String, to target: String, _ entry: Entry) {
        record(target, .move(source, target, entry))
    }

    mutating func sync(_ directory: String) {
        for item in pending where item.directory == directory {
            Self.apply(item.change, to: &durable)
        }
        pending.removeAll { $0.directory == directory }
    }

    /// One possible set of names after a power loss. Without its directory a name is lost.
    func image(_ policy: CrashPolicy, using generator: inout SeededGenerator) -> [String: Entry] {
        var image = durable
        let prefix = policy == .torn ? generator.int(below: pending.count + 1) : 0
        for (number, item) in pending.enumerated() {
            let kept =
                switch policy {
                case .allLost: false
                case .allKept: true
                case .torn: number < prefix
                case .reordered: generator.oneIn(2)
                }
            if kept { Self.apply(item.change, to: &image) }
        }
        return image.filter { path, _ in
            var directory = Self.parent(of: path)
            while directory != "/" && directory != "." {
                if image[directory] != .directory { return false }
                directory = Self.parent(of: directory)
            }
            return true
        }
    }

    private mutating func record(_ path: String, _ change: Change) {
        Self.apply(change, to: &live)
        pending.append((Self.parent(of: path), change))
    }

    /// A rename without effect when the creation of its source was lost.
    private static func apply(_ change: Change, to names: inout [String: Entry]) {
        switch change {
        case .bind(let path, let entry): names[path] = entry
        case .remove(let path): names[path] = nil
        case .move(let source, let target, let entry):
            guard names[source] == entry else { return }
            names[source] = nil
            names[target] = entry
        }
    }
}
