// Sends pieces and counts what became of their records. A daemon that is busy is asked again after
// the time it names; nothing of a refused piece was stored, so that is safe.

import Glibc
import SpanClient
import SpanModel

/// Sends the pieces of one `spanq ingest`.
struct PieceSender {
    private static let attemptsMax = 20
    /// Refused records that are printed; all are counted.
    private static let printedMax = 20

    private let kind: IngestKind
    private let client: DaemonClient
    private(set) var accepted = 0
    private(set) var rejected = 0
    private var printed = 0

    init(kind: IngestKind, client: DaemonClient) {
        self.kind = kind
        self.client = client
    }

    /// Sends one piece. Throws when the daemon refuses it as a whole.
    mutating func send(_ piece: Piece, of file: String) throws(CommandFailure) {
        for attempt in 1... {
            let reply = try client.post(
                kind.target, contentType: kind.contentType(piece, path: file),
                contentEncoding: piece.coding, body: piece.bytes)
            if reply.status == 429 || reply.status == 503, attempt < Self.attemptsMax {
                sleep(UInt32(clamping: reply.header("retry-after").flatMap { Int($0) } ?? 1))
                continue
            }
            if kind == .atif, reply.status == 400 { return reject(reply, file) }
            guard reply.isSuccess else { throw CommandFailure(reply, place: file) }
            count(reply, piece, file)
            return
        }
    }

    /// A trajectory is one record: refused, it does not keep the next file from being sent.
    private mutating func reject(_ reply: HTTPReply, _ file: String) {
        rejected += 1
        CommandFailure(reply, place: file).report()
    }

    private mutating func count(_ reply: HTTPReply, _ piece: Piece, _ file: String) {
        accepted +=
            JSONText.integer("accepted", of: reply.body)
            ?? reply.header("x-accepted").flatMap { Int($0) } ?? 1
        rejected +=
            JSONText.integer("rejected_count", of: reply.body)
            ?? reply.header("x-rejected").flatMap { Int($0) } ?? 0
        guard let list = JSONText.member("rejected", of: reply.body) else { return }
        for rejection in Rejections.parse(list) where printed < Self.printedMax {
            printed += 1
            let line = piece.firstLine + rejection.line - 1
            Terminal.message("spanq: \(rejection.error) (\(file):\(line)): rejected")
        }
    }
}

/// The daemon's list of refused records: [{"line":4,"error":"…"}].
enum Rejections {
    static func parse(_ list: [UInt8]) -> [(line: Int, error: String)] {
        list.withUnsafeBytes { bytes in
            var found: [(line: Int, error: String)] = []
            var cursor = JSONCursor(bytes)
            var isFirst = true
            do throws(JSONError) {
                try cursor.enterArray()
                while try cursor.nextElement(&isFirst) {
                    let object = Array(try cursor.skipValue(depthMax: 4).raw)
                    let error = JSONText.member("error", of: object) ?? []
                    found.append(
                        (
                            JSONText.integer("line", of: object) ?? 0,
                            String(decoding: error, as: UTF8.self)
                        ))
                }
            } catch {
                return found
            }
            return found
        }
    }
}
