// A table of prices in LiteLLM's JSON shape (model_prices_and_context_window.json): an object of
// models, each with `input_cost_per_token`, `output_cost_per_token`, `cache_read_input_token_cost`,
// `cache_creation_input_token_cost`, `output_cost_per_reasoning_token`, and the same names with
// `_above_200k_tokens` for tiers. Prices of other things (images, audio, batches, priorities) are left
// out: their tokens are not told apart in spans.
// Cost: one pass over the JSON.

import SpanModel

/// Prices by model.
package struct PriceTable: Sendable {
    /// What a derived cost is stamped with: from when it holds, and a hash of its content.
    package let id: String
    /// Nanoseconds since the epoch from which it holds; nil: always.
    package let effectiveFrom: Int64?
    /// Keys in lower case.
    package let models: [String: ModelPrice]
    /// Entries without a price of tokens.
    package let skippedCount: Int

    /// Parses a table. Throws `malformedBody` for text that is no JSON object of objects, and
    /// `invalidArgument` when no entry has a price.
    package init(json: [UInt8], effectiveFrom: Int64?) throws(StoreError) {
        var entries: [(String, ModelPrice)] = []
        var skipped = 0
        guard let text = String(validating: json, as: UTF8.self) else {
            throw .malformedBody(offset: 0, reason: "invalid UTF-8")
        }
        var reader = LiteLLMReader()
        do throws(JSONError) {
            try reader.read(Array(text.utf8)) { key, price in
                if let price { entries.append((key, price)) } else { skipped += 1 }
            }
        } catch {
            throw .malformedBody(offset: error.offset, reason: error.reason)
        }
        guard !entries.isEmpty else {
            throw .invalidArgument(name: "prices", reason: "no entry has a price of tokens")
        }
        models = Dictionary(entries) { _, last in last }
        self.effectiveFrom = effectiveFrom
        skippedCount = skipped
        id = Self.id(models, effectiveFrom)
    }

    /// The table that ships: it holds always.
    init(shipped models: [String: ModelPrice]) {
        self.models = models
        effectiveFrom = nil
        skippedCount = 0
        id = "shipped" + Self.id(models, nil).dropFirst("always".count)
    }

    private static func id(_ models: [String: ModelPrice], _ effectiveFrom: Int64?) -> String {
        let digest = SHA256.digest(normalized(models)).prefix(6).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let date = effectiveFrom.map { Instant.format($0).prefix(19) + "Z" } ?? "always"
        return "\(date)-\(digest.joined())"
    }

    /// The table again, with the names that are read and nothing else, in the order of models.
    package var json: [UInt8] { Self.normalized(models) }

    private static func normalized(_ models: [String: ModelPrice]) -> [UInt8] {
        var json: [UInt8] = []
        for (key, price) in models.sorted(by: { $0.key < $1.key }) {
            json.append(UInt8(ascii: json.isEmpty ? "{" : ","))
            JSONWriter.appendString(key, to: &json)
            json += ":{".utf8
            var isFirst = true
            for (name, rate) in PriceField.fields(of: price) {
                if !isFirst { json.append(UInt8(ascii: ",")) }
                isFirst = false
                json += "\"\(name)\":\(Money.format(Int128(rate)))".utf8
            }
            json.append(UInt8(ascii: "}"))
        }
        return json + [UInt8(ascii: "}")]
    }
}

/// LiteLLM's names of rates.
enum PriceField {
    typealias Rate = any WritableKeyPath<TokenRates, Int64?> & Sendable

    static let names: [(name: String, rate: Rate)] = [
        ("input_cost_per_token", \.input), ("output_cost_per_token", \.output),
        ("cache_read_input_token_cost", \.cacheRead),
        ("cache_creation_input_token_cost", \.cacheWrite),
        ("output_cost_per_reasoning_token", \.reasoning),
    ]

    /// The rate and threshold that a name means: `…_above_200k_tokens` is above 200,000.
    static func parse(
        _ name: String
    ) -> (rate: Rate, above: Int64?)? {
        for (field, rate) in names where name.hasPrefix(field) {
            let rest = name.dropFirst(field.count)
            if rest.isEmpty { return (rate, nil) }
            guard rest.hasPrefix("_above_"), rest.hasSuffix("_tokens") else { continue }
            let size = rest.dropFirst("_above_".count).dropLast("_tokens".count)
            guard let count = Int64(size.last == "k" ? size.dropLast() : size), count > 0,
                count < 1_000_000_000
            else { continue }
            return (rate, size.last == "k" ? count * 1_000 : count)
        }
        return nil
    }

    /// Names and rates of a price; a tier's thresholds are whole thousands or plain numbers.
    static func fields(of price: ModelPrice) -> [(name: String, rate: Int64)] {
        var fields: [(name: String, rate: Int64)] = []
        for (name, rate) in names {
            if let value = price.base[keyPath: rate] { fields.append((name, value)) }
        }
        for tier in price.tiers {
            let size = tier.above % 1_000 == 0 ? "\(tier.above / 1_000)k" : "\(tier.above)"
            for (name, rate) in names {
                guard let value = tier.rates[keyPath: rate] else { continue }
                fields.append(("\(name)_above_\(size)_tokens", value))
            }
        }
        return fields
    }
}

/// Reads the JSON of a table.
private struct LiteLLMReader {
    /// Calls `body` with each entry; nil for one without a price of tokens.
    mutating func read(
        _ json: [UInt8], _ body: (String, ModelPrice?) -> Void
    ) throws(JSONError) {
        let failure: JSONError? = json.withUnsafeBytes { bytes in
            do throws(JSONError) {
                var cursor = JSONCursor(bytes)
                var isFirst = true
                try cursor.enterObject()
                while let key = try cursor.nextKey(&isFirst) {
                    let entry = try cursor.skipValue()
                    body(Self.text(key).lowercased(), Self.price(entry))
                }
                try cursor.finish()
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private static func text(_ string: JSONString) -> String {
        var text: [UInt8] = []
        string.appendText(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func price(_ entry: JSONSlice) -> ModelPrice? {
        guard entry.kind == .object else { return nil }
        var base = TokenRates()
        var tiers: [Int64: TokenRates] = [:]
        JSONObject.forEachMember(of: entry.raw) { name, value in
            guard value.kind == .number, let field = PriceField.parse(text(name)),
                let rate = picodollars(value.raw), rate >= 0
            else { return }
            if let above = field.above {
                tiers[above, default: TokenRates()][keyPath: field.rate] = rate
            } else {
                base[keyPath: field.rate] = rate
            }
        }
        guard base.input != nil || base.output != nil else { return nil }
        return ModelPrice(base: base, tiers: tiers.map { ($0.key, $0.value) })
    }

    /// Exact, or the nearest where a float was printed with noise: `1.5000000000000002e-07`.
    private static func picodollars(_ text: UnsafeRawBufferPointer) -> Int64? {
        if let exact = JSONNumber.money(text) { return exact }
        guard let value = JSONNumber.double(text) else { return nil }
        let scaled = (value * Double(Money.scale)).rounded()
        return scaled.magnitude < 9.2e18 ? Int64(scaled) : nil
    }
}
