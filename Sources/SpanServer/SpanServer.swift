// The daemon's HTTP server. Order of calls: `init`, then `run`, which returns after `stop` once
// every request in flight was answered (or its time was up). Listening sockets are bound before,
// by the caller: binding is where a start fails, and it can name the reason.
// Idle it holds one event loop and four parked threads.

import Logging
import NIOCore
import NIOPosix
import SpanModel
import SpanPlatform

/// A bound socket that the server shall serve.
package struct ListeningEndpoint: Sendable {
    let descriptor: Int32
    let wireProtocol: WireProtocol
    let checksPeer: Bool
    let tokens: BearerTokens?

    /// A Unix socket: only our own user and root may connect.
    package static func unix(
        _ descriptor: Int32, _ wireProtocol: WireProtocol = .http
    ) -> ListeningEndpoint {
        ListeningEndpoint(
            descriptor: descriptor, wireProtocol: wireProtocol, checksPeer: true, tokens: nil)
    }

    /// A TCP socket; without tokens everyone who reaches it may ask.
    package static func tcp(
        _ descriptor: Int32, _ wireProtocol: WireProtocol = .http, tokens: BearerTokens?
    ) -> ListeningEndpoint {
        ListeningEndpoint(
            descriptor: descriptor, wireProtocol: wireProtocol, checksPeer: false, tokens: tokens)
    }
}

/// Serves HTTP on bound sockets.
package final class SpanServer: Sendable {
    private let limits: ServerLimits
    private let clock: any Clock
    private let logger: Logger
    private let registry: ConnectionRegistry
    private let budget: BodyBudget
    private let metrics: ServerMetrics
    private let routes: RouteTable
    private let methods: RouteTable
    private let workers: Workers
    private let stopRequests: AsyncStream<Void>
    private let stopContinuation: AsyncStream<Void>.Continuation

    /// `addresses` are told to who asks where the server listens; `faces` are routes of other
    /// systems, tried after the server's own.
    package init(
        store: any StoreService, limits: ServerLimits = ServerLimits(), clock: any Clock,
        logger: Logger, addresses: [ListeningAddress] = [],
        faces: (RouteServices) -> [Route] = Faces.all
    ) {
        self.limits = limits
        self.clock = clock
        self.logger = logger
        let openRequests = OpenRequests()
        let registry = ConnectionRegistry(
            limits: limits, clock: clock, openRequests: openRequests)
        let budget = BodyBudget(capacityBytes: limits.budgetBytes)
        let workers = Workers(threads: limits.workerThreads)
        let metrics = ServerMetrics(startNanoseconds: clock.wallNanoseconds())
        let services = RouteServices(
            store: store, workers: workers, metrics: metrics, clock: clock,
            openRequests: openRequests)
        self.registry = registry
        self.budget = budget
        self.workers = workers
        self.metrics = metrics
        let operations = OperationsRoutes(
            services: services,
            serverGauges: { ServerGauges.read(registry: registry, budget: budget) },
            addresses: addresses)
        let otlp = OTLPRoutes(services)
        methods = RouteTable(otlp.methods)
        routes = RouteTable(
            operations.routes + otlp.routes + IngestRoutes(services).routes
                + ATIFRoutes(services).routes + PriceRoutes(services).routes
                + LifecycleRoutes(services: services).routes
                + QuestionRoutes(services: services).routes + faces(services))
        (stopRequests, stopContinuation) = AsyncStream.makeStream()
    }

    /// Ends `run` gracefully. May be called from any thread, also before `run` and twice.
    package func stop() { stopContinuation.yield() }

    /// Serves until `stop`. `onReady` is called when requests are accepted.
    package func run(
        _ endpoints: [ListeningEndpoint], onReady: @Sendable () -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var listeners: [any Channel] = []
        for endpoint in endpoints {
            let listener = makeListener(endpoint)
            listeners.append(try await listener.bind(endpoint.descriptor, group: group))
        }
        let sweeping = startSweeping(group.next())
        onReady()
        for await _ in stopRequests { break }
        for listener in listeners { try? await listener.close() }
        registry.drain()
        let deadline = group.next().scheduleTask(in: Self.seconds(limits.drainSecondsMax)) {
            self.logger.warning("requests in flight did not end in time")
            self.registry.closeAll()
        }
        await registry.waitUntilEmpty()
        deadline.cancel()
        sweeping.cancel()
        await workers.stop()
        try? await group.shutdownGracefully()
    }

    private func makeListener(_ endpoint: ListeningEndpoint) -> Listener {
        let responder = Responder(
            routes: endpoint.wireProtocol == .grpc ? methods : routes, limits: limits,
            budget: budget, metrics: metrics, clock: clock,
            logger: logger, tokens: endpoint.tokens)
        let services = ConnectionServices(
            registry: registry, responder: responder, workers: workers, limits: limits,
            clock: clock)
        return Listener(
            services: services, logger: logger, wireProtocol: endpoint.wireProtocol,
            checksPeer: endpoint.checksPeer)
    }

    private func startSweeping(_ loop: any EventLoop) -> RepeatedTask {
        let period = Self.seconds(min(1, limits.headSecondsMax / 4))
        let housekeeping = MemoryHousekeeping(budget: budget, metrics: metrics)
        return loop.scheduleRepeatedTask(initialDelay: period, delay: period) { [registry] _ in
            registry.sweep()
            housekeeping.tick()
        }
    }

    private static func seconds(_ seconds: Double) -> TimeAmount {
        .nanoseconds(Int64(seconds * 1e9))
    }
}
