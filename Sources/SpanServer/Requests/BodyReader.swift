// Reads a request's body: refused by its declared length before a byte is read, decompressed as
// it streams in, and bounded by size, ratio and the budget at every step.
// Cost: one copy of identity bodies; the body is one array, which the decoders read in place.

import HTTPTypes
import HummingbirdCore
import NIOCore
import SpanModel

/// Collects one body.
struct BodyReader {
    /// The body is held once raw and, while it is decoded, about once more as columns.
    private static let bytesHeldPerByte = 2

    private let limits: ServerLimits
    private let decoder: (any ContentDecoder)?
    private let declaredLength: Int?
    /// The body's share of the budget; keep it as long as the body.
    let reservation: BodyReservation
    private var bytes: [UInt8] = []
    private var received = 0

    /// Decides from the head alone. Throws `limitExceeded`, `overloaded`, or the failure
    /// `unsupportedMediaType` for an unknown Content-Encoding.
    init(
        head: HTTPRequest, limits: ServerLimits, budget: BodyBudget
    ) throws(RequestFailure) {
        self.limits = limits
        guard let coding = ContentCoding(header: head.headerFields[.contentEncoding]) else {
            throw RequestFailure(
                .unsupportedMediaType, "Content-Encoding must be gzip, deflate, zstd or identity")
        }
        declaredLength = head.headerFields[.contentLength].flatMap { Int($0) }
        reservation = BodyReservation(budget)
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

    /// Takes the next piece as it came over the wire.
    mutating func append(_ piece: ByteBuffer) throws(StoreError) {
        received += piece.readableBytes
        let result: Result<Void, StoreError> = piece.withUnsafeReadableBytes { input in
            Result { () throws(StoreError) in try append(input) }
        }
        try result.get()
    }

    /// The whole body. Throws `malformedBody` when compressed data ended early.
    func finish() throws(StoreError) -> [UInt8] {
        try decoder?.finish()
        return bytes
    }

    private mutating func append(_ input: UnsafeRawBufferPointer) throws(StoreError) {
        guard let decoder else { return try take(input) }
        try decoder.decode(input) { output throws(StoreError) in try take(output) }
    }

    private mutating func take(_ output: UnsafeRawBufferPointer) throws(StoreError) {
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
            try reservation.grow(
                to: capacity * Self.bytesHeldPerByte + (decoder?.memoryBytes ?? 0))
            bytes.reserveCapacity(capacity)
        }
        bytes.append(contentsOf: output)
    }

    private static func tooLarge(_ size: Int, _ limits: ServerLimits) -> StoreError {
        .limitExceeded(limit: "request body", value: size, maximum: limits.bodyBytesMax)
    }
}
