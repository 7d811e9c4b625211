// What a server answered.

/// A complete HTTP answer.
package struct HTTPReply: Sendable {
    package let status: Int
    /// Names in lower case, in the order they came.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package var isSuccess: Bool { Self.isSuccess(status) }

    static func isSuccess(_ status: Int) -> Bool { (200..<300).contains(status) }

    /// The first header of this (lower-case) name.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}
