// What attribute keys mean: the one table that maps the conventions of the ecosystem (OpenTelemetry
// GenAI, OpenInference, Langfuse, Traceloop, Vercel AI, NeMo) to columns. A renamed key is a line
// here. schemas/otlp-mapping.md explains the table to users.

import SpanModel

/// What a key contributes to.
enum AliasTarget: UInt8, CaseIterable {
    case session, user, agent, model, provider, tool, project, experiment, testCase, serviceName
    case inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens, totalTokens
    case cost, inputCost, outputCost
    case input, output
    case spanKind, operation, statusWord
    case usageDetails, costDetails

    /// How a target's value is read.
    enum Form {
        /// Text of any scalar.
        case string
        /// An integer ≥ 0, also as a whole double or a decimal string.
        case count
        /// US dollars.
        case money
        /// Text, or JSON of anything else.
        case text
        /// A non-empty string that is looked at, not stored.
        case word
        /// A JSON object in a string.
        case details

        /// Whether any string that is not empty will do.
        var isPlainText: Bool {
            @inline(__always) get { self == .string || self == .text || self == .word }
        }
    }

    var form: Form {
        switch self {
        case .session, .user, .agent, .model, .provider, .tool, .project, .experiment, .testCase,
            .serviceName:
            .string
        case .inputTokens, .outputTokens, .cachedTokens, .cacheWriteTokens, .reasoningTokens,
            .totalTokens:
            .count
        case .cost, .inputCost, .outputCost: .money
        case .input, .output: .text
        case .spanKind, .operation, .statusWord: .word
        case .usageDetails, .costDetails: .details
        }
    }

    /// A bit for each target whose column is a string that one attribute decides.
    static let stringMask = mask { $0.column != nil && $0.form == .string }
    /// A bit for each target whose column is a number that one attribute decides.
    static let numberMask = mask { $0.column != nil && ($0.form == .count || $0.form == .money) }
    /// A bit for each target that columns are computed from.
    static let partsMask = mask { $0.form == .details || $0.form == .money && $0.column == nil }

    private static func mask(_ contains: (AliasTarget) -> Bool) -> UInt64 {
        allCases.filter(contains).reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    }

    /// The column that takes the value; nil where it is computed from several.
    var column: Int? {
        switch self {
        case .session: SpanColumn.sessionID
        case .user: SpanColumn.userID
        case .agent: SpanColumn.agentName
        case .model: SpanColumn.model
        case .provider: SpanColumn.provider
        case .tool: SpanColumn.toolName
        case .project: SpanColumn.project
        case .experiment: SpanColumn.experiment
        case .testCase: SpanColumn.testCaseID
        case .serviceName: SpanColumn.serviceName
        case .inputTokens: SpanColumn.inputTokens
        case .outputTokens: SpanColumn.outputTokens
        case .cachedTokens: SpanColumn.cachedTokens
        case .cacheWriteTokens: SpanColumn.cacheWriteTokens
        case .reasoningTokens: SpanColumn.reasoningTokens
        case .totalTokens: SpanColumn.totalTokens
        case .cost: SpanColumn.cost
        case .input: SpanColumn.input
        case .output: SpanColumn.output
        case .inputCost, .outputCost, .spanKind, .operation, .statusWord, .usageDetails,
            .costDetails:
            nil
        }
    }
}

/// The alias table and its index.
struct AttributeAliases: Sendable {
    /// Per target its keys, the first one present (and usable) wins. A key that ends in a dot
    /// stands for the flattened messages `key N.…`.
    private static let table: [(AliasTarget, [String])] = [
        (
            .session,
            [
                "gen_ai.conversation.id", "session.id", "langfuse.session.id",
                "langfuse.trace.metadata.langfuse_session_id",
                "langfuse.observation.metadata.langfuse_session_id",
                "traceloop.association.properties.session_id", "ai.telemetry.metadata.sessionId",
                "thread_id", "session_id",
            ]
        ),
        (
            .user,
            [
                "user.id", "enduser.id", "langfuse.user.id",
                "langfuse.trace.metadata.langfuse_user_id",
                "traceloop.association.properties.user_id", "ai.telemetry.metadata.userId",
                "user_id",
            ]
        ),
        (
            .agent,
            [
                "gen_ai.agent.name", "llm.agent.name", "agent.name", "traceloop.entity.agent.name",
                "agent_name",
            ]
        ),
        (
            .model,
            [
                "gen_ai.request.model", "gen_ai.response.model", "llm.model_name",
                "langfuse.observation.model.name", "ai.model.id", "embedding.model_name",
                "reranker.model_name",
            ]
        ),
        (
            .provider,
            [
                "gen_ai.system", "gen_ai.provider.name", "llm.provider", "llm.system",
                "ai.model.provider",
            ]
        ),
        (.tool, ["gen_ai.tool.name", "tool.name", "ai.toolCall.name"]),
        (
            .project,
            [
                "gen_ai.project", "project.name", "openinference.project.name", "project",
                "langfuse.project.name",
            ]
        ),
        (
            .experiment,
            [
                "experiment.id", "nemo.evaluation.name", "nemo.experiment.id", "experiment.name",
                "langfuse.experiment.name", "experiment",
            ]
        ),
        (
            .testCase,
            [
                "test_case.id", "nemo.test_case.name", "nemo.test_case.id", "test_case_id",
                "langfuse.experiment.item.id",
            ]
        ),
        (.serviceName, ["service.name"]),
        (
            .inputTokens,
            [
                "gen_ai.usage.input_tokens", "llm.token_count.prompt",
                "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "ai.usage.inputTokens",
                "ai.usage.promptTokens",
            ]
        ),
        (
            .outputTokens,
            [
                "gen_ai.usage.output_tokens", "llm.token_count.completion",
                "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
                "ai.usage.outputTokens", "ai.usage.completionTokens",
            ]
        ),
        (
            .cachedTokens,
            [
                "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cached_tokens",
                "gen_ai.usage.input_cache_tokens", "gen_ai.usage.cache_read_input_tokens",
                "gen_ai.usage.cache_read_tokens", "gen_ai.usage.details.cache_read_tokens",
                "gen_ai.usage.prompt_details.cache_read", "gen_ai.usage.input_cached_tokens",
                "llm.token_count.prompt_details.cache_read", "llm.token_count.cached",
                "ai.usage.cachedInputTokens",
            ]
        ),
        (
            .cacheWriteTokens,
            [
                "gen_ai.usage.cache_creation.input_tokens",
                "gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_tokens",
                "gen_ai.usage.details.cache_write_tokens",
                "gen_ai.usage.prompt_details.cache_write", "gen_ai.usage.input_cache_creation",
                "llm.token_count.prompt_details.cache_write",
            ]
        ),
        (
            .reasoningTokens,
            [
                "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
                "gen_ai.usage.completion_details.reasoning",
                "llm.token_count.completion_details.reasoning", "ai.usage.reasoningTokens",
            ]
        ),
        (
            .totalTokens,
            [
                "gen_ai.usage.total_tokens", "llm.token_count.total", "llm.usage.total_tokens",
                "ai.usage.totalTokens",
            ]
        ),
        (.cost, ["gen_ai.usage.cost", "llm.cost.total"]),
        (.inputCost, ["llm.cost.prompt", "gen_ai.usage.input_cost"]),
        (.outputCost, ["llm.cost.completion", "gen_ai.usage.output_cost"]),
        (
            .input,
            [
                "llm.input_messages.", "input.value", "gen_ai.input.messages",
                "langfuse.observation.input", "gen_ai.prompt", "gen_ai.prompt.",
                "gen_ai.tool.call.arguments", "traceloop.entity.input", "ai.prompt.messages",
                "ai.prompt", "ai.toolCall.args", "tool_arguments",
            ]
        ),
        (
            .output,
            [
                "llm.output_messages.", "output.value", "gen_ai.output.messages",
                "langfuse.observation.output", "gen_ai.completion", "gen_ai.completion.",
                "final_result", "gen_ai.tool.call.result", "traceloop.entity.output",
                "ai.response.text", "ai.toolCall.result", "tool_response",
            ]
        ),
        (
            .spanKind,
            ["openinference.span.kind", "langfuse.observation.type", "traceloop.span.kind"]
        ),
        (.operation, ["gen_ai.operation.name"]),
        (.statusWord, ["status", "otel.status_code"]),
        (.usageDetails, ["langfuse.observation.usage_details"]),
        (.costDetails, ["langfuse.observation.cost_details"]),
    ]

    /// Members of `langfuse.observation.usage_details` and `cost_details`.
    private static let detailTable: [(AliasTarget, [String])] = [
        (.inputTokens, ["input", "input_tokens", "prompt_tokens"]),
        (.outputTokens, ["output", "output_tokens", "completion_tokens"]),
        (
            .cachedTokens,
            [
                "input_cached_tokens", "cache_read_input_tokens", "input_cache_read",
                "cache_read.input_tokens",
            ]
        ),
        (
            .cacheWriteTokens,
            [
                "input_cache_creation", "cache_creation_input_tokens",
                "cache_creation.input_tokens",
            ]
        ),
        (
            .reasoningTokens,
            ["output_reasoning_tokens", "reasoning_tokens", "reasoning.output_tokens"]
        ),
        (.totalTokens, ["total", "total_tokens"]),
    ]

    /// An alias: what its key contributes to, and how early in the list it stands.
    struct Alias {
        let target: AliasTarget
        let rank: UInt8
    }

    /// Flattened messages: the keys `prefix N.…`.
    struct Family {
        /// With its last dot.
        let prefix: [UInt8]
        let alias: Alias
    }

    static let shared = AttributeAliases()

    /// By position in `keys`.
    let aliases: [Alias]
    let keys: KeyTable
    let families: [Family]
    /// By position in `detailKeys`.
    let detailTargets: [AliasTarget]
    let detailKeys: KeyTable

    private init() {
        var aliases: [Alias] = []
        var keys: [String] = []
        var families: [Family] = []
        for (target, names) in Self.table {
            for (rank, name) in names.enumerated() {
                let alias = Alias(target: target, rank: UInt8(rank))
                if name.hasSuffix(".") {
                    families.append(Family(prefix: Array(name.utf8), alias: alias))
                } else {
                    aliases.append(alias)
                    keys.append(name)
                }
            }
        }
        self.aliases = aliases
        self.keys = KeyTable(keys)
        self.families = families
        detailTargets = Self.detailTable.flatMap { target, names in names.map { _ in target } }
        detailKeys = KeyTable(Self.detailTable.flatMap { $0.1 })
    }

    /// The family of a key: its prefix and then a digit.
    func family(of key: UnsafeRawBufferPointer) -> Int? {
        // Every prefix starts with `llm.` or `gen_ai.`, most other keys do not.
        guard key.count > 14, key[0] == UInt8(ascii: "l") || key[0] == UInt8(ascii: "g") else {
            return nil
        }
        for (index, family) in families.enumerated() {
            let count = family.prefix.count
            guard key.count > count, key[count] &- 48 < 10 else { continue }
            let isMatch = family.prefix.withUnsafeBytes {
                $0.isEqual(to: UnsafeRawBufferPointer(rebasing: key[0..<count]))
            }
            if isMatch { return index }
        }
        return nil
    }
}
