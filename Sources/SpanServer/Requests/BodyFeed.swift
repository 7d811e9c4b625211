// Gives a body's pieces to its reader: plain ones at once, compressed ones on a decode thread, one
// run of pieces at a time. While one is decoded and another waits, the connection should not be
// read (`wantsMore`), so that a body holds no more than two reads beside what is in the budget.
// Order of calls: any number of `take`, then `end`; all on the connection's event loop.

import NIOCore
import SpanModel

/// One body on its way from the socket to its reader.
final class BodyFeed {
    typealias Outcome = Result<Void, RequestFailure>

    private let reader: BodyReader
    private let workers: Workers
    private let loop: any EventLoop
    /// Called once, when the body is complete or cannot be.
    private var onOutcome: ((Outcome) -> Void)?
    /// Called when `wantsMore` has become true.
    private let onWantsMore: () -> Void
    private var waiting: [ByteBuffer] = []
    private var isDecoding = false
    private var hasEnded = false

    init(
        _ reader: BodyReader, workers: Workers, loop: any EventLoop,
        onWantsMore: @escaping () -> Void, onOutcome: @escaping (Outcome) -> Void
    ) {
        self.reader = reader
        self.workers = workers
        self.loop = loop
        self.onWantsMore = onWantsMore
        self.onOutcome = onOutcome
    }

    /// Whether more of the body can be taken now.
    var wantsMore: Bool { !isDecoding || waiting.isEmpty }

    /// Takes the next piece as it came over the wire.
    func take(_ piece: ByteBuffer) {
        guard onOutcome != nil else { return }
        if reader.isCompressed {
            waiting.append(piece)
            decodeWaiting()
        } else {
            step { () throws(StoreError) in try reader.append(piece) }
        }
    }

    /// The body has no more pieces.
    func end() {
        hasEnded = true
        endIfComplete()
    }

    /// The connection has gone: nobody wants the outcome.
    func cancel() {
        waiting = []
        onOutcome = nil
    }

    private func decodeWaiting() {
        guard !isDecoding, !waiting.isEmpty else { return }
        isDecoding = true
        let pieces = waiting
        waiting = []
        let feed = NIOLoopBound(self, eventLoop: loop)
        workers.decode(on: loop) { [reader] () throws(StoreError) in
            for piece in pieces { try reader.append(piece) }
        } completion: {
            feed.value.decoded($0)
        }
    }

    private func decoded(_ outcome: Outcome) {
        isDecoding = false
        if case .failure = outcome { finish(outcome) }
        decodeWaiting()
        endIfComplete()
        if wantsMore { onWantsMore() }
    }

    private func endIfComplete() {
        guard hasEnded, !isDecoding, waiting.isEmpty, onOutcome != nil else { return }
        step { () throws(StoreError) in try reader.end() }
        finish(.success(()))
    }

    private func step(_ body: () throws(StoreError) -> Void) {
        do throws(StoreError) { try body() } catch { finish(.failure(RequestFailure(error))) }
    }

    private func finish(_ outcome: Outcome) {
        let call = onOutcome
        cancel()
        if case .failure = outcome { reader.release() }
        call?(outcome)
    }
}
