// The words of the `kind` column for the values of `gen_ai.operation.name`, and for those kinds of
// other conventions that have another word here (schemas/otlp-mapping.md, "Kind").

import SpanModel

/// GenAI operations and what they are kinds of.
struct OperationKinds: Sendable {
    private static let table: [(StaticString, [String])] = [
        ("LLM", ["chat", "generate_content", "text_completion", "generation"]),
        ("TOOL", ["execute_tool"]),
        ("AGENT", ["invoke_agent", "create_agent"]),
        ("CHAIN", ["invoke_workflow"]),
        ("EMBEDDING", ["embeddings"]),
        ("RETRIEVER", ["retrieval"]),
    ]

    static let shared = OperationKinds()

    private let operations = KeyTable(Self.table.flatMap { $0.1 })
    /// By position in `operations`.
    private let words = Self.table.flatMap { word, names in names.map { _ in word } }

    /// The kind of an operation, nil for an unknown one.
    func word(for operation: UnsafeRawBufferPointer) -> StaticString? {
        operations.find(operation).map { words[$0] }
    }
}
