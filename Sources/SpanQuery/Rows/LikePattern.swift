// SQL LIKE over UTF-8: `%` is any run of bytes, `_` one character. Case is ignored for ASCII.
// Cost: O(text × parts) in the worst case, no recursion.

/// A pattern of characters and gaps that a whole text matches or not.
package struct LikePattern: Sendable {
    /// A part of a pattern.
    package enum Element: Sendable, Equatable {
        case byte(UInt8)
        case anyCharacter
        case anyRun
    }

    private let elements: [Element]
    private let ignoresCase: Bool

    /// A pattern whose parts another notation gave.
    package init(_ elements: [Element]) {
        self.elements = elements
        ignoresCase = false
    }

    init(_ pattern: String, ignoringCase: Bool) {
        ignoresCase = ignoringCase
        elements = pattern.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "%"): .anyRun
            case UInt8(ascii: "_"): .anyCharacter
            default: .byte(ignoringCase ? Self.lowered(byte) : byte)
            }
        }
    }

    /// Whether the whole text matches.
    package func matches(_ text: [UInt8]) -> Bool {
        var position = 0
        var element = 0
        var retry: (element: Int, position: Int)?
        while position < text.count {
            if element < elements.count, elements[element] == .anyRun {
                retry = (element + 1, position)
                element += 1
            } else if element < elements.count, let next = step(elements[element], text, position) {
                position = next
                element += 1
            } else if let last = retry {
                retry = (last.element, last.position + 1)
                (element, position) = (last.element, last.position + 1)
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { $0 == .anyRun }
    }

    private func step(_ element: Element, _ text: [UInt8], _ position: Int) -> Int? {
        switch element {
        case .byte(let wanted):
            let byte = ignoresCase ? Self.lowered(text[position]) : text[position]
            return byte == wanted ? position + 1 : nil
        case .anyCharacter:
            var next = position + 1
            while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
            return next
        case .anyRun: return nil
        }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        65...90 ~= byte ? byte | 32 : byte
    }
}
