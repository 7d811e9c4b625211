// Threads for work that would hold up others: decoding bodies, and answering questions. They are
// apart, so that a long question does not delay a write. Connections bound their queues.

import NIOCore
import NIOPosix
import SpanModel

/// Two small thread pools.
package struct Workers: Sendable {
    /// What a piece of work is.
    package enum Kind: Sendable {
        case decode, answer
    }

    private let decoders: NIOThreadPool
    private let answerers: NIOThreadPool

    /// Starts `threads` threads of each kind.
    package init(threads: Int) {
        decoders = NIOThreadPool(numberOfThreads: threads)
        answerers = NIOThreadPool(numberOfThreads: threads)
        decoders.start()
        answerers.start()
    }

    /// Does `work` on a thread of its kind, or at once when it is small: waking a thread costs
    /// more than decoding a few kilobytes. A `StoreError` becomes the request's failure.
    package func run<T: Sendable>(
        _ kind: Kind, isSmall: Bool = false,
        _ work: @escaping @Sendable () throws(StoreError) -> T
    ) async throws(RequestFailure) -> T {
        if isSmall {
            do throws(StoreError) {
                return try work()
            } catch {
                throw RequestFailure(error)
            }
        }
        let result: Result<T, StoreError>
        do {
            result = try await (kind == .decode ? decoders : answerers).runIfActive {
                Result { () throws(StoreError) in try work() }
            }
        } catch {
            throw Self.stopping
        }
        do throws(StoreError) {
            return try result.get()
        } catch {
            throw RequestFailure(error)
        }
    }

    /// Does `work` on a decode thread, and calls back on `loop`.
    func decode(
        on loop: any EventLoop, _ work: @escaping @Sendable () throws(StoreError) -> Void,
        completion: @escaping @Sendable (Result<Void, RequestFailure>) -> Void
    ) {
        decoders.submit { state in
            let outcome =
                state == .cancelled
                ? .failure(Self.stopping)
                : Result { () throws(StoreError) in try work() }.mapError(RequestFailure.init)
            loop.execute { completion(outcome) }
        }
    }

    private static let stopping = RequestFailure(
        .unavailable, "the server is stopping", retryAfterSeconds: 1)

    /// Ends the threads; queued work is refused.
    func stop() async {
        try? await decoders.shutdownGracefully()
        try? await answerers.shutdownGracefully()
    }
}
