// Writes the cells of one column for a run of rows into memory, each in its frame. Order of calls:
// `appendShort` once, or `appendTexts` once.
// Cost: about 2 ns a short cell and 8 ns a text, beside its value.

import SpanModel

/// Texts of one column, back to back.
struct CellWriter: ~Copyable {
    let rows: Range<Int>
    let style: CellStyle
    private let frame: CellFrame
    private var buffer = CellBuffer()
    private let ends: UnsafeMutablePointer<Int>
    /// Rows that have a cell.
    private(set) var rowCount = 0

    init(rows: Range<Int>, style: CellStyle, frame: CellFrame) {
        self.rows = rows
        self.style = style
        self.frame = frame
        ends = .allocate(capacity: rows.count)
    }

    deinit { ends.deallocate() }

    /// The first byte of the cells.
    var start: UnsafeRawPointer { UnsafeRawPointer(buffer.start) }

    /// Bytes of all cells.
    var byteCount: Int { buffer.count }

    /// Where each row's cell ends, counted from `start`.
    var cellEnds: UnsafePointer<Int> { UnsafePointer(ends) }

    /// Appends a cell per row; `write` is given the row and adds up to `bytesMax` bytes.
    @inline(__always)
    mutating func appendShort(
        bytesMax: Int, _ write: (Int, inout UnsafeMutableRawPointer) -> Void
    ) {
        buffer.reserve(rows.count * (frame.byteCount + bytesMax))
        let start = buffer.start
        var out = start
        frame.withBytes { frame in
            for row in rows {
                frame.open(&out)
                write(row, &out)
                frame.close(&out)
                ends[row &- rows.lowerBound] = out - start
            }
        }
        buffer.end = out
        rowCount = rows.count
    }

    /// Appends a cell per row; `append` is given the row and calls one of the functions below. Ends
    /// early when the cells together have become long.
    @inline(__always)
    mutating func appendTexts(
        _ append: (Int, CellFrame.Bytes, inout CellWriter) throws(StoreError) -> Void
    ) throws(StoreError) {
        let frame = frame
        try frame.withBytes { frame throws(StoreError) in
            for row in rows {
                try append(row, frame, &self)
                ends[rowCount] = buffer.count
                rowCount &+= 1
                if buffer.count >= Limits.resultPieceBytesMax { return }
            }
        }
    }

    /// Adds a cell of up to `bytesMax` bytes.
    @inline(__always)
    mutating func addCell(
        _ frame: CellFrame.Bytes, bytesMax: Int, _ write: (inout UnsafeMutableRawPointer) -> Void
    ) {
        buffer.reserve(frame.byteCount &+ bytesMax)
        // A variable of this function alone stays in a register.
        var out = buffer.end
        frame.open(&out)
        write(&out)
        frame.close(&out)
        buffer.end = out
    }

    /// Adds a null.
    @inline(__always)
    mutating func addNull(_ frame: CellFrame.Bytes) {
        let style = style
        addCell(frame, bytesMax: 4) { style.writeNull(&$0) }
    }

    /// Adds a text; `isJSON`: it stands in JSON as it is.
    @inline(__always)
    mutating func addText(
        _ frame: CellFrame.Bytes, _ text: UnsafeRawBufferPointer, isJSON: Bool
    ) {
        let style = style
        guard text.count <= StringText.pieceBytesMax else {
            return addLongText(frame, text, isJSON: isJSON)
        }
        addCell(frame, bytesMax: StringText.bytesMax(text.count)) {
            style.writeText(text, isJSON: isJSON, to: &$0)
        }
    }

    /// Adds a text piece by piece where its bytes may need escapes, so that the room for what they
    /// may become stays small.
    @inline(never)
    private mutating func addLongText(
        _ frame: CellFrame.Bytes, _ text: UnsafeRawBufferPointer, isJSON: Bool
    ) {
        guard style == .json, !isJSON else {
            let style = style
            return addCell(frame, bytesMax: 2 * text.count + 2) {
                style.writeText(text, isJSON: isJSON, to: &$0)
            }
        }
        buffer.reserve(frame.byteCount + 1)
        frame.open(&buffer.end)
        buffer.end.put(UInt8(ascii: "\""))
        for start in stride(from: 0, to: text.count, by: StringText.pieceBytesMax) {
            let end = min(start + StringText.pieceBytesMax, text.count)
            buffer.reserve(StringText.bytesMax(end - start))
            StringText.writeEscaped(
                UnsafeRawBufferPointer(rebasing: text[start..<end]), to: &buffer.end)
        }
        buffer.reserve(frame.byteCount + 1)
        buffer.end.put(UInt8(ascii: "\""))
        frame.close(&buffer.end)
    }
}
