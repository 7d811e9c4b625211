// Aggregate calls → columns of the grouped result. Equal calls share one column, and quantiles of
// one operand share one selection.

import SpanModel
import SpanSketch

/// What a query computes per group: the keys first, then a column for each distinct aggregate.
final class SQLGroups {
    /// Binds what lies below keys and aggregates: expressions over rows.
    let rows: SQLBinder
    private(set) var keys: [(operand: Operand, type: ColumnType)]
    private var slots: [Slot] = []

    /// An aggregate as it was asked for.
    struct Slot: Hashable {
        let name: String
        let operands: [Operand]
        let types: [ColumnType]
        let filter: Predicate
        /// The share of a quantile.
        var share: Double?
    }

    init(rows: SQLBinder, keys: [(operand: Operand, type: ColumnType)]) {
        self.rows = rows
        self.keys = keys
    }

    /// The key that an expression is; nil when it is none.
    func key(_ expression: SQLExpression, binder: SQLBinder) throws(StoreError) -> SQLValue? {
        guard !keys.isEmpty, !SQLAggregates.occur(in: expression),
            let bound = try? rows.bind(expression), let key = try? rows.key(bound),
            let index = keys.firstIndex(where: { $0.operand == key.operand })
        else { return nil }
        return binder.value(.column(index), keys[index].type, expression.range)
    }

    /// The column of an aggregate.
    func column(_ slot: Slot) -> Operand {
        let index = slots.firstIndex(of: slot) ?? slots.count
        if index == slots.count { slots.append(slot) }
        return .column(keys.count + index)
    }

    /// The keys and aggregates of the plan, and the names of its columns in the order of slots.
    func plan() -> (keys: [Plan.Output], aggregates: [Aggregate], names: [String]) {
        let keyOutputs = keys.enumerated().map { Plan.Output("k\($0.offset)", $0.element.operand) }
        var aggregates: [Aggregate] = []
        var isPlanned = Set<Int>()
        for (index, slot) in slots.enumerated() where !isPlanned.contains(index) {
            // Quantiles of the same values are selected together.
            let together = slots.indices.filter { other in
                var same = slots[other]
                same.share = slot.share
                return other == index || slot.name == "quantile_cont" && same == slot
            }
            isPlanned.formUnion(together)
            aggregates.append(
                Aggregate(
                    together.map { "a\($0)" },
                    SQLAggregates.function(slot, shares: together.compactMap { slots[$0].share }),
                    filter: slot.filter, divisor: SQLAggregates.divisor(slot)))
        }
        let names = keyOutputs.map(\.name) + slots.indices.map { "a\($0)" }
        return (keyOutputs, aggregates, names)
    }
}

/// The aggregates of SQL.
enum SQLAggregates {
    static let names: Set<String> = [
        "count", "count_if", "sum", "avg", "mean", "min", "max", "arg_min", "arg_max", "min_by",
        "max_by", "any_value", "bool_and", "bool_or", "stddev_pop", "var_pop", "stddev",
        "stddev_samp", "variance", "var_samp", "quantile_cont", "quantile_disc", "quantile",
        "approx_quantile", "median",
    ]

    /// Whether an aggregate is called somewhere in the expression.
    static func occur(in expression: SQLExpression) -> Bool {
        if case .call(let call) = expression.node, names.contains(call.name) { return true }
        return expression.parts.contains(where: occur)
    }

    /// The value of an aggregate call: a column of the grouped result, or an expression over some.
    static func bind(
        _ call: SQLCall, _ range: Range<Int>, _ groups: SQLGroups, _ binder: SQLBinder
    ) throws(StoreError) -> SQLValue {
        let rows = groups.rows
        var filter = Predicate.always
        if let condition = call.filter { filter = try rows.condition(condition) }
        try check(call, range, rows)
        var values: [SQLValue] = []
        for argument in call.arguments { values.append(try rows.bind(argument)) }
        let builder = SQLAggregateBuilder(
            call: call, values: values, filter: filter, range: range, groups: groups)
        return try builder.value()
    }

    private static func check(
        _ call: SQLCall, _ range: Range<Int>, _ binder: SQLBinder
    ) throws(StoreError) {
        let count: Int
        switch call.name {
        case "count": count = call.isStar ? 0 : min(call.arguments.count, 1)
        case "arg_min", "arg_max", "min_by", "max_by", "quantile_cont", "quantile_disc",
            "quantile", "approx_quantile":
            count = 2
        default: count = 1
        }
        guard call.arguments.count == count, !call.isStar || call.name == "count" else {
            throw binder.text.error(
                "\(SQLText.quoted(call.name)) takes \(count) argument\(count == 1 ? "" : "s")",
                at: range.lowerBound)
        }
        guard
            !call.isDistinct || call.name == "count" && count == 1
                || ["min", "max"].contains(call.name)
        else {
            throw binder.text.error(
                "DISTINCT is supported in count(DISTINCT x) only", at: range.lowerBound)
        }
    }

    // MARK: - Plans

    /// The aggregate of a plan for slots that differ in their shares alone.
    static func function(_ slot: SQLGroups.Slot, shares: [Double]) -> Aggregate.Function {
        guard let operand = slot.operands.first else { return .count }
        switch slot.name {
        case "count": return .countValues(operand)
        case "count_distinct": return .countDistinct([operand])
        case "sum": return .sum(operand)
        case "avg": return .mean(operand)
        case "min": return .minimum(operand)
        case "max": return .maximum(operand)
        case "stddev_pop": return .standardDeviation(operand)
        case "var_pop": return .variance(operand)
        case "quantile_disc": return .discreteQuantile(operand, shares[0])
        case "quantile_cont": return .quantiles(operand, shares, .interpolated)
        case "arg_min": return .first(values: [operand], by: Array(slot.operands.dropFirst()))
        default: return .last(values: [operand], by: Array(slot.operands.dropFirst()))
        }
    }

    /// Statistics of money come in picodollars and are dollars.
    static func divisor(_ slot: SQLGroups.Slot) -> Double? {
        guard slot.types.first == .money else { return nil }
        switch slot.name {
        case "quantile_cont", "stddev_pop": return Double(Money.scale)
        case "var_pop": return Double(Money.scale) * Double(Money.scale)
        default: return nil
        }
    }
}
