// How a command says that it failed: `spanq: <what> (<where>): <hint>`, one line, and an exit code.

import Glibc
import SpanClient
import SpanModel

/// A command's failure.
struct CommandFailure: Error {
    let what: String
    let place: String
    let hint: String
    let exitCode: Int32

    init(what: String, place: String, hint: String, exitCode: Int32) {
        self.what = what
        self.place = place
        self.hint = hint
        self.exitCode = exitCode
    }

    /// A failure of this code at a place.
    init(_ code: ErrorCode, _ what: String, place: String) {
        self.init(what: what, place: place, hint: Self.hint(code), exitCode: code.exitCode)
    }

    /// A store that was opened in process, or a connection, failed.
    init(_ error: StoreError, place: String) {
        guard case .io(let operation, _, let number) = error,
            operation == "connect" || operation == "read" || operation == "write"
                || operation == "read answer"
        else {
            self.init(error.code, error.description, place: place)
            return
        }
        let what =
            switch number {
            case EAGAIN: "the daemon does not answer"
            case _ where operation == "connect": "no daemon answers"
            default: "the connection to the daemon broke"
            }
        self.init(.unavailable, what, place: place)
    }

    /// A refusing answer of the daemon.
    init(_ reply: HTTPReply, place: String) {
        let body = ErrorBody(reply.body)
        let code = body.flatMap { ErrorCode(rawValue: $0.code) } ?? Self.code(status: reply.status)
        self.init(code, body?.message ?? "HTTP status \(reply.status)", place: place)
    }

    /// Writes the line to standard error.
    func report() {
        Terminal.message("spanq: \(what) (\(place)): \(hint)")
    }

    private static func code(status: Int) -> ErrorCode {
        switch status {
        case 429: .overloaded
        case 503: .unavailable
        case 400..<500: .invalidRecord
        default: .internal
        }
    }

    private static func hint(_ code: ErrorCode) -> String {
        switch code {
        case .unavailable: "start spand, or name its socket with --socket"
        case .invalidArgument, .unknownName: "see the command's --help"
        case .overloaded: "try again later"
        case .storageFull: "free some disk space"
        case .corruption: "see spanq verify"
        case .readOnly: "restart spand and see its log"
        case .notFound, .methodNotAllowed: "spand and spanq may be of different versions"
        case .unauthorized: "pass a token"
        case .locked: "ask the process that holds it"
        case .invalidRecord, .malformedBody, .unsupportedMediaType: "correct the data"
        case .idempotencyConflict: "use another key"
        case .limitExceeded: "ask for less, or send smaller pieces"
        case .unsupportedVersion: "use a newer spanq"
        case .ioError, .internal: "see the log of spand"
        }
    }
}

/// The daemon's error body: {"error":{"code":"…","message":"…"}}.
struct ErrorBody {
    let code: String
    let message: String

    /// Nil when the bytes are something else.
    init?(_ body: [UInt8]) {
        guard let error = JSONText.member("error", of: body),
            let code = JSONText.member("code", of: error),
            let message = JSONText.member("message", of: error)
        else { return nil }
        self.code = String(decoding: code, as: UTF8.self)
        self.message = String(decoding: message, as: UTF8.self)
    }
}

/// Small look-ups in the daemon's JSON answers.
enum JSONText {
    /// A member's value: a string without quotes and escapes, anything else as compact JSON.
    static func member(_ name: String, of object: [UInt8]) -> [UInt8]? {
        let key = Array(name.utf8)
        var value: [UInt8] = []
        let isThere = object.withUnsafeBytes { object in
            key.withUnsafeBytes { JSONObject.appendMemberText(of: object, key: $0, to: &value) }
        }
        return isThere ? value : nil
    }

    /// A member that is an integer.
    static func integer(_ name: String, of object: [UInt8]) -> Int? {
        member(name, of: object).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }
}
