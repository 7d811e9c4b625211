// A whole batch as replay hands it out, and the assembly of batches from records.

import SpanFormat
import SpanModel

/// All records of one batch, in order.
package struct WALBatch: Equatable, Sendable {
    /// One record, its payload in one piece.
    package struct Record: Equatable, Sendable {
        /// What the payload is.
        package let kind: UInt8
        /// The sequence of the payload's first row.
        package let firstSequence: UInt64
        /// The bytes that were appended.
        package let payload: [UInt8]
    }

    /// The records as they were appended.
    package let records: [Record]
    /// The log position behind the batch: what a manifest keeps as low-water mark once the batch
    /// is sealed.
    package let end: UInt64
}

/// Puts records together to batches and checks their order.
struct WALBatchAssembler {
    /// What a record completes.
    enum Step {
        case open
        case batch(WALBatch)
        /// A clean end: no batch.
        case marker
    }

    private var records: [WALBatch.Record] = []
    private var isOpen = false
    /// The payload that goes on in the next record.
    private var partial: (head: WALRecord, bytes: [UInt8])?

    /// Adds a checked record that ends at `end`; nil when it cannot follow what came before.
    mutating func add(
        _ record: WALRecord, payload: UnsafeRawBufferPointer, end: UInt64
    ) -> Step? {
        guard record.flags.contains(.first) != isOpen else { return nil }
        if record.kind == WALRecord.markerKind { return .marker }
        isOpen = true
        guard let bytes = joined(record, payload) else { return nil }
        if record.flags.contains(.continues) {
            partial = (record, bytes)
            return .open
        }
        records.append(
            WALBatch.Record(
                kind: record.kind, firstSequence: record.firstSequence, payload: bytes))
        guard record.flags.contains(.last) else { return .open }
        let batch = WALBatch(records: records, end: end)
        self = WALBatchAssembler()
        return .batch(batch)
    }

    /// The payload so far, in one piece.
    private mutating func joined(
        _ record: WALRecord, _ payload: UnsafeRawBufferPointer
    ) -> [UInt8]? {
        guard let begun = partial else { return [UInt8](payload) }
        partial = nil
        var bytes = begun.bytes
        guard begun.head.kind == record.kind, begun.head.firstSequence == record.firstSequence,
            bytes.count + payload.count <= WALRecord.payloadBytesMax
        else { return nil }
        bytes.append(contentsOf: payload)
        return bytes
    }
}
