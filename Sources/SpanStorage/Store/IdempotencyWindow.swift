// The keys of recent requests and the hashes of their contents: since the last seal in memory, older
// ones in sorted runs, a run per seal. A seal in progress has the frozen ones, which still count. The oldest runs go when the others hold
// `Limits.idempotencyWindowBatches` keys: at least so many are remembered, at most about three times.

import SpanFormat
import SpanModel

/// Remembers which requests were stored.
struct IdempotencyWindow {
    /// A run and its manifest entry.
    struct Run {
        let entry: IdempotencyRunEntry
        let run: SortedRun
    }

    /// Oldest first.
    var runs: [Run] = []
    private var recent: [UInt64: UInt64] = [:]
    private var frozen: [UInt64: UInt64] = [:]

    /// Whether a token is new (`stored`: it may be) or a retry (`replayed`). Throws
    /// `idempotencyConflict` when its key had other content.
    func check(_ token: IdempotencyToken) throws(StoreError) -> CommitOutcome {
        guard let content = try content(of: token.key) else { return .stored }
        if content == token.content { return .replayed }
        throw .idempotencyConflict(key: String(token.key, radix: 16))
    }

    /// Remembers a token that is stored now.
    mutating func insert(_ token: IdempotencyToken) {
        recent[token.key] = token.content
    }

    /// Sets the recent tokens aside for a seal, and returns them sorted for a run.
    mutating func freeze() -> [RunPair] {
        precondition(frozen.isEmpty, "the window has frozen tokens")
        frozen = exchange(&recent, with: [:])
        return frozen.map { RunPair($0.key, $0.value) }.sorted()
    }

    /// Forgets the frozen tokens; `run` holds them now.
    mutating func thaw(into run: Run?) {
        frozen = [:]
        if let run { runs.append(run) }
    }

    private func content(of key: UInt64) throws(StoreError) -> UInt64? {
        if let known = recent[key] ?? frozen[key] { return known }
        for run in runs.reversed() {
            guard try run.run.mayContain(RunPair(key, 0)) else { continue }
            let range = try run.run.range(first: key)
            if let first = range.first { return try run.run.pair(first).second }
        }
        return nil
    }
}
