// Which calls of a simulated file system fail, and how. Calls count from 1 over all verbs.

/// A script of failures.
package struct FaultPlan: Sendable {
    /// One failure.
    package struct Failure: Sendable {
        /// The call that fails.
        package let call: Int
        /// What it fails with; ENOSPC and EDQUOT become `storageFull`.
        package let errno: Int32
        /// All later calls fail too.
        package let forever: Bool
        /// A write leaves its first half behind before it fails.
        package let short: Bool

        /// A failure of call `call` with `errno`.
        package init(call: Int, errno: Int32, forever: Bool = false, short: Bool = false) {
            self.call = call
            self.errno = errno
            self.forever = forever
            self.short = short
        }

        func strikes(_ number: Int) -> Bool { forever ? number >= call : number == call }
    }

    /// All failures; the first that fits a call strikes.
    package var failures: [Failure]

    /// A plan of these failures.
    package init(_ failures: [Failure] = []) { self.failures = failures }

    func failure(of call: Int) -> Failure? { failures.first { $0.strikes(call) } }
}

/// What a power loss leaves of everything that was not yet synced.
package enum CrashPolicy: CaseIterable, Sendable {
    /// Nothing: only synced bytes, sizes and names.
    case allLost
    /// Everything.
    case allKept
    /// A prefix of the name changes; each write up to some 512-byte boundary; sizes or not.
    case torn
    /// Any subset of the name changes, the writes and their 512-byte sectors.
    case reordered
}
