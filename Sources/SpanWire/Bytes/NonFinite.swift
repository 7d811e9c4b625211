// The names of the doubles that JSON numbers cannot express, as JSON strings carry them.

import SpanModel

/// NaN and the infinities by name.
enum NonFinite {
    /// The double that `name` stands for.
    static func value(named name: UnsafeRawBufferPointer) -> Double? {
        if name.elementsEqual("NaN".utf8) { return .nan }
        if name.elementsEqual("Infinity".utf8) { return .infinity }
        if name.elementsEqual("-Infinity".utf8) { return -.infinity }
        return nil
    }

    /// The name of a double that is not finite.
    static func name(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value < 0 ? "-Infinity" : "Infinity"
    }
}
