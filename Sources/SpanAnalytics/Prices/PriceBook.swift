// All price tables that count, newest first: those that were imported into the workspace, then the one
// that ships. At a moment the latest table that holds then and knows the model decides; of tables with
// the same start the one that was imported last. Tables are entities of the kind `price_table`.
// Cost: a query for the tables' names; a table is parsed once and then kept by its id.

import SpanColumns
import SpanModel
import SpanQuery
import Synchronization

/// Prices by model and time.
package struct PriceBook: Sendable {
    /// The entity's kind.
    package static let kind = "price_table"
    /// Providers as LiteLLM prefixes models with them.
    private static let prefixes = [
        "azure.ai.openai": "azure", "azure.ai.inference": "azure_ai", "gcp.gemini": "gemini",
        "gcp.gen_ai": "gemini", "gcp.vertex_ai": "vertex_ai", "aws.bedrock": "bedrock",
        "mistral_ai": "mistral", "x_ai": "xai", "moonshot_ai": "moonshot",
        "ibm.watsonx.ai": "watsonx",
    ]

    /// By falling start; the last one holds always.
    package let tables: [PriceTable]

    /// A price and the table that it is from.
    package struct Found: Sendable {
        package let price: ModelPrice
        package let table: PriceTable
    }

    /// `imported` in the order of import.
    package init(imported: [PriceTable]) {
        let ordered = imported.enumerated().sorted { left, right in
            (left.element.effectiveFrom ?? .min, left.offset)
                > (right.element.effectiveFrom ?? .min, right.offset)
        }
        tables = ordered.map(\.element) + [DefaultPrices.table]
    }

    /// The tables of a workspace.
    package init(tables provider: any TableProvider) throws(StoreError) {
        self.init(imported: try Self.imported(provider))
    }

    // MARK: Prices

    /// The price of a model at a moment; nil when no table knows it.
    package func price(model: String?, provider: String?, at time: Int64) -> Found? {
        guard let model, !model.isEmpty else { return nil }
        let names = Self.names(model.lowercased(), provider?.lowercased())
        for table in tables where table.effectiveFrom ?? .min <= time {
            for name in names {
                if let price = table.models[name] { return Found(price: price, table: table) }
            }
        }
        return nil
    }

    /// The names that a model may have in a table, best first: with its provider, as it is, without a
    /// prefix, and each of them without a date or `latest` at its end.
    static func names(_ model: String, _ provider: String?) -> [String] {
        var names: [String] = []
        if let provider { names.append("\(prefixes[provider] ?? provider)/\(model)") }
        names.append(model)
        if let slash = model.lastIndex(of: "/") {
            names.append(String(model[model.index(after: slash)...]))
        }
        return names + names.compactMap(withoutDate)
    }

    /// `…-20250929`, `…-2024-08-06`, `…@20250929` and `…-latest` without their end.
    private static func withoutDate(_ name: String) -> String? {
        if name.hasSuffix("-latest") { return String(name.dropLast("-latest".count)) }
        for (digits, pattern) in [(9, "-dddddddd"), (9, "@dddddddd"), (11, "-dddd-dd-dd")] {
            let end = name.utf8.suffix(digits)
            let fits = zip(end, pattern.utf8).allSatisfy { byte, wanted in
                wanted == UInt8(ascii: "d") ? byte &- 48 < 10 : byte == wanted
            }
            if end.count == digits, fits { return String(name.dropLast(digits)) }
        }
        return nil
    }

    /// Rising moments at which a price may change.
    var boundaries: [Int64] { Set(tables.compactMap(\.effectiveFrom)).sorted() }

    /// Rising numbers of input tokens at which a price may change.
    var thresholds: [Int64] {
        Set(tables.flatMap { $0.models.values.flatMap { $0.tiers.map(\.above) } }).sorted()
    }

    // MARK: Loading

    private static let cache = Mutex<[String: PriceTable]>([:])
    private static let cachedMax = 16

    private static func imported(_ provider: any TableProvider) throws(StoreError) -> [PriceTable] {
        var tables: [PriceTable] = []
        for name in try names(provider) {
            if let known = cache.withLock({ $0[name] }) {
                tables.append(known)
                continue
            }
            guard let body = try body(name, provider),
                let table = try? PriceTable(
                    json: body, effectiveFrom: effectiveFrom(name))
            else { continue }
            cache.withLock { cache in
                if cache.count >= cachedMax { cache.removeAll() }
                cache[name] = table
            }
            tables.append(table)
        }
        return tables
    }

    /// The start in an id.
    private static func effectiveFrom(_ id: String) -> Int64? {
        id.lastIndex(of: "-").flatMap { Instant.parse(id[..<$0]) }
    }

    /// Ids of imported tables, by arrival.
    private static func names(_ provider: any TableProvider) throws(StoreError) -> [String] {
        var plan = Plan(
            table: Tables.entities,
            filter: .compare(.column(EntityColumn.kind), .equal, .string(kind)),
            outputs: [Plan.Output("name", .column(EntityColumn.name))])
        plan.tieBreak = [.arrival]
        var statistics = QueryStatistics()
        let table = try Executor.run(plan, tables: provider, statistics: &statistics)
        return try table.column("name").values.strings().compactMap { $0 }
    }

    private static func body(
        _ name: String, _ provider: any TableProvider
    ) throws(StoreError) -> [UInt8]? {
        let plan = Plan(
            table: Tables.entities,
            filter: .and([
                .compare(.column(EntityColumn.kind), .equal, .string(kind)),
                .compare(.column(EntityColumn.name), .equal, .string(name)),
            ]), outputs: [Plan.Output("body", .column(EntityColumn.body))])
        var statistics = QueryStatistics()
        let table = try Executor.run(plan, tables: provider, statistics: &statistics)
        return try table.column("body").values.strings().first??.utf8.map { $0 }
    }
}
