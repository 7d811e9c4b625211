// The one table of what an error is called on the wire, its HTTP status and its exit code
// (contract §1, §2). Servers and command lines read it; nobody else decides.

/// What a failed request or command is called in `{"error":{"code":…}}`. Raw values are on the
/// wire.
package enum ErrorCode: String, Sendable, CaseIterable {
    case invalidRecord = "invalid_record"
    case malformedBody = "malformed_body"
    case invalidArgument = "invalid_argument"
    case unknownName = "unknown_name"
    case unauthorized = "unauthorized"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case idempotencyConflict = "idempotency_conflict"
    case limitExceeded = "limit_exceeded"
    case unsupportedMediaType = "unsupported_media_type"
    case overloaded
    case corruption
    case unsupportedVersion = "unsupported_version"
    case ioError = "io_error"
    case `internal`
    case locked
    case storageFull = "storage_full"
    case readOnly = "read_only"
    case unavailable

    /// The HTTP status of an answer with this code.
    package var status: Int { row.status }

    /// The exit code of a command that fails with this code.
    package var exitCode: Int32 { row.exitCode }

    private var row: (status: Int, exitCode: Int32) {
        switch self {
        case .invalidRecord: (400, 65)
        case .malformedBody: (400, 65)
        case .invalidArgument: (400, 2)
        case .unknownName: (400, 2)
        case .unauthorized: (401, 69)
        case .notFound: (404, 69)
        case .methodNotAllowed: (405, 70)
        case .idempotencyConflict: (409, 65)
        case .limitExceeded: (413, 65)
        case .unsupportedMediaType: (415, 65)
        case .overloaded: (429, 75)
        case .corruption: (500, 1)
        case .unsupportedVersion: (500, 70)
        case .ioError: (500, 74)
        case .internal: (500, 70)
        case .locked: (503, 73)
        case .storageFull: (503, 75)
        case .readOnly: (503, 74)
        case .unavailable: (503, 69)
        }
    }
}

extension StoreError {
    /// What the error is called on the wire.
    package var code: ErrorCode {
        switch self {
        case .invalidRecord: .invalidRecord
        case .malformedBody: .malformedBody
        case .invalidArgument: .invalidArgument
        case .unknown: .unknownName
        case .corruption: .corruption
        case .unsupportedVersion: .unsupportedVersion
        case .io: .ioError
        case .locked: .locked
        case .storageFull: .storageFull
        case .overloaded: .overloaded
        case .limitExceeded: .limitExceeded
        case .idempotencyConflict: .idempotencyConflict
        case .readOnly: .readOnly
        }
    }

    /// After how many seconds a client may try again; nil when trying again does not help.
    package var retryAfterSeconds: Int? {
        switch self {
        case .overloaded(_, let seconds): seconds
        case .storageFull, .readOnly, .locked: 30
        default: nil
        }
    }
}
