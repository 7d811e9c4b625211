// The one error type of layers 1–5. Every case carries where it happened, so that the layer that
// can act (a route, a command, recovery) needs no text parsing. Payload text never appears here:
// prompts and completions are sensitive (reliability promise S6).

/// An operating error of the store. Programmer errors trap instead.
package enum StoreError: Error, Equatable, Sendable {
    /// An input record is wrong. `line` counts from 1 (0: the body as a whole).
    case invalidRecord(line: Int, field: String, reason: String)
    /// A whole request body cannot be decoded; `offset` counts bytes of the decompressed body.
    case malformedBody(offset: Int, reason: String)
    /// A question's parameter is wrong, for example `bucket`: "not a duration".
    case invalidArgument(name: String, reason: String)
    /// Something named does not exist (a column, a table, a workspace).
    case unknown(what: String, name: String)
    /// Bytes on disk fail their check. `region` names the structure ("segment footer").
    case corruption(file: String, offset: UInt64, region: String, reason: String)
    /// A file has a format version newer than this program reads.
    case unsupportedVersion(file: String, found: UInt32, newest: UInt32)
    /// A system call failed.
    case io(operation: String, path: String, errno: Int32)
    /// Another process holds the store; `holder` is what its LOCK file says.
    case locked(path: String, holder: String)
    /// The disk is full; queries go on and ingest resumes by itself.
    case storageFull(path: String)
    /// A queue or budget is exhausted for now.
    case overloaded(limit: String, retryAfterSeconds: Int)
    /// The input exceeds a limit of `Limits` for good.
    case limitExceeded(limit: String, value: Int, maximum: Int)
    /// The idempotency key was used with other content.
    case idempotencyConflict(key: String)
    /// The write path is closed after a failed sync; the reason names the first failure.
    case readOnly(reason: String)
}

extension StoreError: CustomStringConvertible {
    /// One line for people: what, where.
    package var description: String {
        switch self {
        case .invalidRecord(let line, let field, let reason):
            return line > 0 ? "line \(line): \(field): \(reason)" : "\(field): \(reason)"
        case .malformedBody(let offset, let reason):
            return "malformed body at byte \(offset): \(reason)"
        case .invalidArgument(let name, let reason):
            return "\(name): \(reason)"
        case .unknown(let what, let name):
            return "unknown \(what) '\(name)'"
        case .corruption(let file, let offset, let region, let reason):
            return "corruption in \(file) at byte \(offset) (\(region)): \(reason)"
        case .unsupportedVersion(let file, let found, let newest):
            return "\(file) has format version \(found); this program reads up to \(newest)"
        case .io(let operation, let path, let errno):
            return "\(operation) \(path): errno \(errno)"
        case .locked(let path, let holder):
            return "store \(path) is in use by \(holder)"
        case .storageFull(let path):
            return "no space left for \(path)"
        case .overloaded(let limit, let seconds):
            return "overloaded: \(limit); try again in \(seconds) s"
        case .limitExceeded(let limit, let value, let maximum):
            return "\(limit): \(value) exceeds the limit of \(maximum)"
        case .idempotencyConflict(let key):
            return "idempotency key '\(key)' was used with other content"
        case .readOnly(let reason):
            return "the store is read-only: \(reason)"
        }
    }
}
