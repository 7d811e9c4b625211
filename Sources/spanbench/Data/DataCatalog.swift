// The fixed world the spans come from: agents, operations, models, projects, and how often each
// occurs. All tables depend on nothing but this file.

/// What kind of work an operation is.
enum OperationKind: String {
    case agent = "AGENT"
    case model = "LLM"
    case tool = "TOOL"
    case chain = "CHAIN"

    /// The name in `gen_ai.operation.name`.
    var operationName: String {
        switch self {
        case .agent: "invoke_agent"
        case .model: "chat"
        case .tool: "execute_tool"
        case .chain: "invoke_workflow"
        }
    }
}

/// An operation: the name of its spans, and how long they take.
struct Operation {
    let name: String
    let kind: OperationKind
    let tool: String?
    let durationMedian: Double
}

/// A model and its price, in picodollars a token; 0 for models nobody has priced.
struct PricedModel {
    let name: String
    let provider: String
    let inputPrice: Int64
    let outputPrice: Int64
}

/// All of it.
struct DataCatalog {
    static let operationCount = 200
    static let agentCount = 40
    static let modelCount = 25
    static let projectCount = 8
    static let userCount = 20_000
    static let experimentCount = 50

    let operations: [Operation]
    let agents: [String]
    let models: [PricedModel]
    let projects: [String]
    /// Operations of roots and of other spans, most frequent first.
    let rootOperations: [Int]
    let otherOperations: [Int]
    let agentTable = WeightedTable(zipf: Self.agentCount, slotCount: 1 << 14)
    let modelTable = WeightedTable(zipf: Self.modelCount, slotCount: 1 << 12)
    let projectTable = WeightedTable(zipf: Self.projectCount, slotCount: 1 << 10)
    let rootTable: WeightedTable
    let otherTable: WeightedTable

    init() {
        var random = BenchRandom(seed: 0xCA7A_106)
        let all = (0..<Self.operationCount).map { Self.operation($0, &random) }
        operations = all
        agents = (0..<Self.agentCount).map { "agent-\(Self.agentWords[$0 % 10])-\($0)" }
        models = (0..<Self.modelCount).map(Self.model)
        projects = (0..<Self.projectCount).map { "project-\($0)" }
        rootOperations = all.indices.filter { all[$0].kind == .agent }
        otherOperations = all.indices.filter { all[$0].kind != .agent }
        rootTable = WeightedTable(zipf: rootOperations.count, slotCount: 1 << 12)
        otherTable = WeightedTable(zipf: otherOperations.count, slotCount: 1 << 14)
    }

    private static let agentWords = [
        "planner", "researcher", "coder", "reviewer", "router", "writer", "tester", "analyst",
        "support", "critic",
    ]
    private static let toolWords = [
        "web_search", "read_file", "run_python", "sql_query", "send_mail", "fetch_url", "grep",
        "calendar", "ticket", "retrieve",
    ]

    /// Of ten operations one is an agent's, five are model calls, three tools and one a chain.
    private static func operation(_ index: Int, _ random: inout BenchRandom) -> Operation {
        let medianMilliseconds = BenchRandom.exp2(2 + 11 * random.unit())
        let median = medianMilliseconds * 1e6
        switch index % 10 {
        case 0:
            return Operation(
                name: "invoke_agent flow-\(index)", kind: .agent, tool: nil, durationMedian: median)
        case 1...5:
            return Operation(
                name: "chat step-\(index)", kind: .model, tool: nil, durationMedian: median)
        case 6...8:
            let tool = "\(toolWords[index / 10 % 10])_\(index)"
            return Operation(
                name: "execute_tool \(tool)", kind: .tool, tool: tool, durationMedian: median)
        default:
            return Operation(
                name: "chain \(index)", kind: .chain, tool: nil, durationMedian: median)
        }
    }

    private static func model(_ index: Int) -> PricedModel {
        let providers = ["openai", "anthropic", "gcp.gemini", "mistral_ai", "local"]
        let isPriced = index % 10 != 9
        let input = Int64(index % 7 + 1) * 250_000
        return PricedModel(
            name: "\(providers[index % 5])-model-\(index)", provider: providers[index % 5],
            inputPrice: isPriced ? input : 0, outputPrice: isPriced ? input * 4 : 0)
    }
}
