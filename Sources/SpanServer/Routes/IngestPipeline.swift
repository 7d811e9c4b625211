// What all write routes share: decode off the event loop, decide about refused records, commit,
// count. An answer of success comes after the store said durable and visible.

import SpanColumns
import SpanModel
import SpanStorage
import SpanWire

/// Decodes and commits request bodies.
package struct IngestPipeline: Sendable {
    package typealias Decode = @Sendable ([UInt8]) throws(StoreError) -> DecodedBody

    /// What happens to a body with refused records.
    package enum Policy: Sendable {
        /// Nothing is stored and the request fails with `invalidRecord`.
        case allOrNothing
        /// The good records are stored.
        case partial
    }

    private let services: RouteServices

    package init(_ services: RouteServices) { self.services = services }

    /// Stores the records of a request. `workspace` overrides the header, for routes that have
    /// it in their path. `isKeyedByContent`: without an `Idempotency-Key` the content is the key,
    /// so that a byte-identical retry is stored once.
    package func ingest(
        _ request: RouteRequest, policy: Policy, workspace: String? = nil,
        isKeyedByContent: Bool = false, decode: @escaping Decode
    ) async throws(RequestFailure) -> DecodedBody {
        let workspace =
            if let workspace { try RequestNames.checked(workspace: workspace) } else {
                try RequestNames.workspace(request.headers)
            }
        let key = try RequestNames.idempotencyKey(request.headers)
        let body = request.body
        let route = request.path + (policy == .partial ? "?partial" : "")
        let (decoded, idempotency) = try await services.workers.run(
            .decode, isSmall: body.count <= ServerLimits.smallBodyBytesMax
        ) {
            () throws(StoreError) -> (DecodedBody, Idempotency?) in
            guard key != nil || isKeyedByContent else { return (try decode(body), nil) }
            let hash = ContentHash.of(route: route, body: body)
            let idempotency = Idempotency(key: key ?? ContentHash.key(hash), contentHash: hash)
            return (try decode(body), idempotency)
        }
        if policy == .allOrNothing, decoded.rejectedCount > 0 { throw refusal(decoded) }
        try await commit(decoded, workspace, idempotency)
        return decoded
    }

    private func commit(
        _ decoded: DecodedBody, _ workspace: String, _ idempotency: Idempotency?
    ) async throws(RequestFailure) {
        let table = decoded.batches.first?.schema.name
        if !decoded.batches.isEmpty {
            let request = CommitRequest(
                workspace: workspace, batches: decoded.batches, idempotency: idempotency,
                isAlone: services.openRequests.isAlone)
            switch await services.store.submit(request) {
            case .success(.stored): break
            case .success(.replayed): return services.metrics.countReplay()
            case .failure(let error): throw RequestFailure(error)
            }
        }
        services.metrics.countRows(
            table: table ?? "none", stored: decoded.acceptedCount,
            rejected: decoded.rejectedCount)
    }

    private func refusal(_ decoded: DecodedBody) -> RequestFailure {
        let total = decoded.acceptedCount + decoded.rejectedCount
        var failure = RequestFailure(
            .invalidRecord,
            "\(decoded.rejectedCount) of \(total) records are invalid; nothing was stored")
        failure.rejections = RejectionList(decoded)
        return failure
    }
}
