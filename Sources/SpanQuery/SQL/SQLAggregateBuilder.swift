// One aggregate call → its slot and type. What DuckDB ignores (nulls of an argument) is filtered.

import SpanModel

/// Binds one call.
struct SQLAggregateBuilder {
    let call: SQLCall
    let values: [SQLValue]
    let filter: Predicate
    let range: Range<Int>
    let groups: SQLGroups

    private var rows: SQLBinder { groups.rows }

    /// The call's value over the grouped result.
    func value() throws(StoreError) -> SQLValue {
        switch call.name {
        case "count": return try count()
        case "count_if":
            let condition = try rows.predicate(values[0])
            return slot("count", [], .int64, filter: .and([filter, condition]))
        case "sum", "avg", "mean":
            let number = try number(values[0], allowsBool: call.name == "sum")
            let isMean = call.name != "sum"
            let type: ColumnType =
                isMean ? .float64 : number.type == .bool ? .int64 : number.type
            return slot(isMean ? "avg" : "sum", [number], type)
        case "min", "max":
            let key = try rows.key(values[0])
            return slot(call.name, [key], key.type)
        case "bool_and", "bool_or":
            let truth = try rows.coerce(values[0], to: .bool)
            return slot(call.name == "bool_and" ? "min" : "max", [(truth, .bool)], .bool)
        case "arg_min", "min_by": return try extreme("arg_min")
        case "arg_max", "max_by": return try extreme("arg_max")
        case "any_value":
            let operand = try rows.operand(values[0])
            return slot(
                "arg_min",
                [(operand, values[0].type), (.constant(.integer(0), .int64), .int64)] + ties,
                values[0].type,
                filter: .and([filter, .not(.isNull(operand))]))
        case "stddev_pop", "var_pop":
            return slot(call.name, [try number(values[0])], .float64)
        case "stddev", "stddev_samp": return try sample("stddev_pop")
        case "variance", "var_samp": return try sample("var_pop")
        default: return try quantile()
        }
    }

    /// What decides between equal rows.
    private var ties: [(operand: Operand, type: ColumnType)] {
        rows.scope.order.map { ($0.operand, $0.type) }
    }

    private func slot(
        _ name: String, _ operands: [(operand: Operand, type: ColumnType)], _ type: ColumnType,
        filter: Predicate? = nil, share: Double? = nil
    ) -> SQLValue {
        let slot = SQLGroups.Slot(
            name: name, operands: operands.map(\.operand), types: operands.map(\.type),
            filter: filter ?? self.filter, share: share)
        return rows.value(groups.column(slot), type, range)
    }

    private func count() throws(StoreError) -> SQLValue {
        guard let value = values.first else { return slot("count", [], .int64) }
        if call.isDistinct { return slot("count_distinct", [try rows.key(value)], .int64) }
        if value.constant != nil, !value.isNull { return slot("count", [], .int64) }
        return slot("count", [(try rows.operand(value), value.type)], .int64)
    }

    private func number(
        _ value: SQLValue, allowsBool: Bool = false
    ) throws(StoreError) -> (operand: Operand, type: ColumnType) {
        if value.isNull { return (.constant(.null, .int64), .int64) }
        guard value.type.isNumber || allowsBool && value.type == .bool else {
            throw rows.text.error(
                "\(SQLText.quoted(call.name)) needs numbers, but "
                    + "\(SQLText.quoted(rows.text.piece(value.range))) is \(value.type.sqlName)",
                at: value.range.lowerBound)
        }
        return (try rows.operand(value), value.type)
    }

    /// arg_min and arg_max: rows where either argument is null do not take part, the first row wins
    /// among equals in arg_min, the last one in arg_max.
    private func extreme(_ name: String) throws(StoreError) -> SQLValue {
        let operand = try rows.operand(values[0])
        let by = try rows.key(values[1])
        var order = [by] + ties
        if by.type.form != .integer, by.type.form != .float {
            // Only numbers can lead; texts decide as ties of a lead that is always equal.
            order.insert((.constant(.integer(0), .int64), .int64), at: 0)
        }
        let present = Predicate.and([
            filter, .not(.isNull(operand)), .not(.isNull(by.operand)),
        ])
        return slot(
            name, [(operand, values[0].type)] + order, values[0].type, filter: present)
    }

    /// The population's figure → the sample's, null below two values.
    private func sample(_ population: String) throws(StoreError) -> SQLValue {
        let number = try number(values[0])
        let count = try rows.operand(slot("count", [number], .int64))
        let variance = try rows.operand(slot("var_pop", [number], .float64))
        let one = Operand.constant(.integer(1), .int64)
        let correction = Operand.computed(
            ScalarExpression(
                .divide,
                [count, .computed(ScalarExpression(.subtract, [count, one], type: .int64))],
                type: .float64))
        var result = Operand.computed(
            ScalarExpression(.multiply, [variance, correction], type: .float64))
        if population == "stddev_pop" {
            result = .computed(ScalarExpression(.squareRoot, [result], type: .float64))
        }
        let isEnough = Predicate.compare(count, .greater, .integer(1))
        return rows.value(
            .computed(
                ScalarExpression(
                    .choice([isEnough]), [result, .constant(.null, .float64)], type: .float64)),
            .float64, range)
    }

    private func quantile() throws(StoreError) -> SQLValue {
        let share = call.name == "median" ? 0.5 : try share()
        guard call.name == "quantile_disc" || call.name == "quantile" else {
            return slot("quantile_cont", [try number(values[0])], .float64, share: share)
        }
        let value = values[0]
        guard value.type.form == .integer || value.type.form == .float else {
            throw rows.text.error(
                "\(SQLText.quoted(call.name)) needs numbers or times", at: value.range.lowerBound)
        }
        return slot(
            "quantile_disc", [(try rows.operand(value), value.type)], value.type, share: share)
    }

    private func share() throws(StoreError) -> Double {
        let share: Double? =
            switch values[1].constant {
            case .integer(let value): Double(value)
            case .float(let value): value
            default: nil
            }
        guard let share, (0...1).contains(share) else {
            throw rows.text.error(
                "the share must be a number from 0 to 1", at: values[1].range.lowerBound)
        }
        return share
    }
}
