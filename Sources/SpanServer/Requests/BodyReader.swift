// Reads a request's body: refused by its declared length before a byte is read, decompressed as
// it streams in, and bounded by size, ratio and the budget at every step.
// Cost: one copy of identity bodies; the body is one array, which the decoders read in place.
// Order of calls: any number of `append`, `end`, then `bytes`; `release`.

import NIOCore
import SpanModel

/// Collects one body. Used by one thread at a time: the connection's event loop, or the decode thread
/// that the loop has given a piece to and waits for.
final class BodyReader: @unchecked Sendable {
    /// The body is held once raw and, while it is decoded, about once more as columns.
    private static let bytesHeldPerByte = 2

    private let limits: ServerLimits
    private let decoder: (any ContentDecoder)?
    /// The body's share of the budget.
    private var reservation: BodyReservation?
    /// The decompressed body so far.
    private(set) var bytes: [UInt8] = []
    private var received = 0

    /// Decides from what is said of the body before it: its encoding, and its length as it comes
    /// over the wire if that is known. Throws `limitExceeded`, `overloaded`, or the failure
    /// `unsupportedMediaType` for an unknown encoding.
    init(
        encoding: String?, length declaredLength: Int?, limits: ServerLimits, budget: BodyBudget
    ) throws(RequestFailure) {
        self.limits = limits
        guard let coding = ContentCoding(header: encoding) else {
            throw RequestFailure(
                .unsupportedMediaType, "Content-Encoding must be gzip, deflate, zstd or identity")
        }
        let reservation = BodyReservation(budget)
        self.reservation = reservation
        do throws(StoreError) {
            if let declaredLength, declaredLength > limits.bodyBytesMax {
                throw Self.tooLarge(declaredLength, limits)
            }
            decoder = try coding.makeDecoder()
            let expected = decoder == nil ? declaredLength ?? 0 : 0
            try reservation.grow(to: expected * Self.bytesHeldPerByte)
            bytes.reserveCapacity(expected)
        } catch {
            throw RequestFailure(error)
        }
    }

    /// Bytes of the decompressed body so far.
    var count: Int { bytes.count }

    /// Whether `append` decompresses, which takes long for an event loop.
    var isCompressed: Bool { decoder != nil }

    /// Takes the next piece as it came over the wire.
    func append(_ piece: ByteBuffer) throws(StoreError) {
        received += piece.readableBytes
        let result: Result<Void, StoreError> = piece.withUnsafeReadableBytes { input in
            Result { () throws(StoreError) in try append(input) }
        }
        try result.get()
    }

    /// The body is complete. Throws `malformedBody` when compressed data ended early.
    func end() throws(StoreError) { try decoder?.finish() }

    /// Gives the body and its share of the budget back; nothing may be called afterwards.
    func release() {
        bytes = []
        reservation = nil
    }

    private func append(_ input: UnsafeRawBufferPointer) throws(StoreError) {
        guard let decoder else { return try take(input) }
        try decoder.decode(input) { output throws(StoreError) in try take(output) }
    }

    private func take(_ output: UnsafeRawBufferPointer) throws(StoreError) {
        let total = bytes.count + output.count
        guard total <= limits.bodyBytesMax else { throw Self.tooLarge(total, limits) }
        if decoder != nil, total > limits.ratioCheckedFromBytes,
            total / max(received, 1) > limits.decompressionRatioMax
        {
            throw .limitExceeded(
                limit: "decompression ratio", value: total / max(received, 1),
                maximum: limits.decompressionRatioMax)
        }
        if total > bytes.capacity {
            let capacity = min(limits.bodyBytesMax, max(total, bytes.capacity * 2, scratchBytes))
            try reservation?.grow(
                to: capacity * Self.bytesHeldPerByte + (decoder?.memoryBytes ?? 0))
            bytes.reserveCapacity(capacity)
        }
        bytes.append(contentsOf: output)
    }

    private static func tooLarge(_ size: Int, _ limits: ServerLimits) -> StoreError {
        .limitExceeded(limit: "request body", value: size, maximum: limits.bodyBytesMax)
    }
}
