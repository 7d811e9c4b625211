// A grid of dots that becomes text: eight dots a character as braille patterns (Unicode block U+2800)
// for one line, or a mark of its own in each character for each of several.

/// Dots of a plot; the origin is at the lower left.
struct PlotCanvas {
    let columns: Int
    let rows: Int
    /// A byte of dots for each character, top row first.
    private var dots: [UInt8]
    /// The mark of the line that was drawn last; nil: dots.
    private var marks: [Character?]
    private let isBraille: Bool

    /// Bits of a braille pattern by row of dots from above, left and right.
    private static let bits: [(UInt8, UInt8)] = [
        (0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80),
    ]

    /// A canvas of characters.
    init(columns: Int, rows: Int, isBraille: Bool) {
        self.columns = columns
        self.rows = rows
        self.isBraille = isBraille
        dots = Array(repeating: 0, count: columns * rows)
        marks = Array(repeating: nil, count: columns * rows)
    }

    /// Dots across and up.
    var width: Int { isBraille ? columns * 2 : columns }
    var height: Int { isBraille ? rows * 4 : rows }

    /// Sets a dot; outside the canvas nothing happens.
    mutating func set(_ x: Int, _ y: Int, mark: Character) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let down = height - 1 - y
        guard isBraille else {
            marks[down * columns + x] = mark
            return
        }
        let pair = Self.bits[down % 4]
        dots[down / 4 * columns + x / 2] |= x % 2 == 0 ? pair.0 : pair.1
    }

    /// Sets the dots of a straight line between two points (Bresenham 1965).
    mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), mark: Character) {
        let (width, height) = (abs(end.x - start.x), -abs(end.y - start.y))
        let (right, up) = (start.x < end.x ? 1 : -1, start.y < end.y ? 1 : -1)
        var (x, y) = start
        var error = width + height
        while true {
            set(x, y, mark: mark)
            if x == end.x, y == end.y { return }
            let twice = 2 * error
            if twice >= height {
                error += height
                x += right
            }
            if twice <= width {
                error += width
                y += up
            }
        }
    }

    /// A row of characters, from the top.
    func text(row: Int) -> String {
        String(
            (0..<columns).map { column -> Character in
                let place = row * columns + column
                guard isBraille else { return marks[place] ?? " " }
                return dots[place] == 0
                    ? " " : Character(Unicode.Scalar(UInt32(0x2800) + UInt32(dots[place])) ?? " ")
            })
    }
}
