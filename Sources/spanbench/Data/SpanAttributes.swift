// The five to ten attributes of a span that no column holds: tiers, flags, numbers and one key
// whose values hardly repeat. They follow from the span's content seed.

/// A value of an attribute.
enum AttributeContent {
    case string(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
}

/// Attributes of generated spans.
enum SpanAttributes {
    private static let regions = ["eu-west-1", "us-east-1", "us-west-2", "ap-south-1"]
    private static let tiers = ["free", "team", "business", "enterprise"]
    private static let environments = ["production", "production", "production", "staging"]
    private static let keyCount = 10

    /// Calls `body` with each key and value; `count`: so many, at most ten.
    static func forEach(
        seed: UInt64, count: Int? = nil, _ body: (String, AttributeContent) -> Void
    ) {
        var random = BenchRandom(seed: ~seed)
        let drawn = 5 + random.below(6)
        let first = random.below(keyCount)
        for index in 0..<(count ?? drawn) {
            let (key, value) = attribute((first + index) % keyCount, random.next())
            body(key, value)
        }
    }

    private static func attribute(_ number: Int, _ word: UInt64) -> (String, AttributeContent) {
        let dice = Int(word >> 40)
        switch number {
        case 0: return ("deployment.environment", .string(environments[dice % 4]))
        case 1: return ("customer.tier", .string(tiers[min(3, dice % 7)]))
        case 2: return ("cloud.region", .string(regions[dice % 4]))
        case 3: return ("retry.count", .integer(Int64(max(0, dice % 40 - 36))))
        case 4: return ("gen_ai.request.temperature", .double(Double(dice % 11) / 10))
        case 5: return ("gen_ai.request.max_tokens", .integer(Int64(256 << (dice % 5))))
        case 6: return ("cache.hit", .bool(dice % 3 == 0))
        case 7: return ("host.name", .string("node-\(dice % 64)"))
        case 8: return ("queue.wait_ms", .double(Double(dice % 20_000) / 100))
        default: return ("request.id", .string(Hexadecimal.text(word)))
        }
    }
}
