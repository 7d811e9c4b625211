// A store that is read in this process, because no daemon holds it.

import Glibc
import SpanModel

/// What a command asks, wherever it is answered.
struct Question {
    /// The words of the command, for example `metrics series`.
    let name: String
    /// Values by parameter name; absent ones are left out.
    let parameters: [String: String]
    let workspace: String
    let format: OutputFormat
    /// Columns of the terminal, if the answer is drawn on one.
    let width: Int?
}

/// A store opened read-only.
protocol LocalStore {
    /// The encoded answer.
    func answer(_ question: Question) throws(StoreError) -> [UInt8]
}

/// Opens the store of a directory read-only under a shared lock. Throws `locked` when a daemon
/// holds it; its `holder` then contains `socket=<path>`.
func openLocal(directory: String) throws(StoreError) -> any LocalStore {
    throw .io(operation: "open", path: directory, errno: ENOTSUP)
}
