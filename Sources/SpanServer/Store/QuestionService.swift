// What the server asks of the catalogue of questions. The daemon gives it the real one.

import SpanColumns
import SpanModel

/// A question's name and where its one positional argument goes.
package struct QuestionRoute: Sendable {
    /// The words of its command, for example `metrics series`; each is a part of its path.
    package let name: String
    /// The parameter that may also be the last part of the path, for example `id`.
    package let positional: String?

    package init(name: String, positional: String? = nil) {
        self.name = name
        self.positional = positional
    }
}

/// Rows and what else belongs to an answer.
package struct QuestionAnswer: Sendable {
    package let table: ResultTable
    /// Members beside `rows`, for example `explain`; values are JSON.
    package let extra: [(name: String, json: [UInt8])]

    package init(table: ResultTable, extra: [(name: String, json: [UInt8])] = []) {
        self.table = table
        self.extra = extra
    }
}

/// The questions that the server answers.
package protocol QuestionService: Sendable {
    var questions: [QuestionRoute] { get }
    /// Answers one question; `now` is Unix time in nanoseconds.
    func answer(
        _ question: String, parameters: [String: String], tables: any TableProvider, now: Int64
    ) throws(StoreError) -> QuestionAnswer
}
