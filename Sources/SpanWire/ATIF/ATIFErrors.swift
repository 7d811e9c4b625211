// Whether a tool's result is an error. ATIF has no field for it; these are the marks of trajectories
// in the wild: metadata of the step that belongs to the result, a flag of the step with one result,
// or `[error]` in the text.

import SpanModel

/// What the `extra` of a step says of its results.
struct ATIFResultMarks {
    /// `tool_result_is_error`: about the only result.
    private(set) var isOnlyError = false
    /// `tool_result_metadata.is_error`.
    private(set) var isError = false
    /// The call that the metadata is about; nil: the only one.
    private(set) var callID: String?
    private(set) var message: String?

    init() {}

    init(_ extra: ATIFExtra) {
        isOnlyError = extra["tool_result_is_error"]?.isTrue ?? false
        guard let metadata = extra["tool_result_metadata"] else { return }
        isError = metadata["is_error"]?.isTrue ?? false
        let raw = metadata["raw_tool_result"]
        callID = raw?["tool_use_id"]?.text
        message = raw?["content"]?.text
    }
}

extension ATIFStep {
    /// Whether the result at `index` is an error.
    func isError(_ index: Int) -> Bool {
        if marks.isError, isMarked(index) { return true }
        if marks.isOnlyError, results.count == 1 { return true }
        guard let text = contentText(index) else { return false }
        return text.lowercased().contains("[error]")
    }

    /// What to say about it.
    func errorMessage(_ index: Int) -> String? {
        contentText(index) ?? (isMarked(index) ? marks.message : nil)
    }

    /// Whether any result is an error.
    var hasError: Bool { results.indices.contains { isError($0) } }

    /// The content of a result that is a string.
    private func contentText(_ index: Int) -> String? {
        guard let content = results[index].content, content.kind == .string else { return nil }
        return ATIFExtra(content.raw).text
    }

    /// Whether the metadata of the step is about this result.
    private func isMarked(_ index: Int) -> Bool {
        marks.callID.map { $0 == results[index].callID } ?? (results.count == 1)
    }
}
