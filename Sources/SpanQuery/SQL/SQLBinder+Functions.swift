// Functions by name, spelled as DuckDB spells them. An unknown one names those that look like it.

import SpanModel

extension SQLBinder {
    /// The value of a call that is no aggregate.
    func call(_ call: SQLCall, _ range: Range<Int>) throws(StoreError) -> SQLValue {
        guard !SQLAggregates.names.contains(call.name) else {
            throw text.error(
                "aggregate \(SQLText.quoted(call.name)) cannot be used here", at: range.lowerBound)
        }
        guard let counts = Self.functions[call.name] else { throw unknownFunction(call, range) }
        guard !call.isStar, !call.isDistinct, call.filter == nil,
            counts.contains(call.arguments.count)
        else {
            throw text.error(
                "\(SQLText.quoted(call.name)) takes \(Self.describe(counts))", at: range.lowerBound)
        }
        var values: [SQLValue] = []
        for argument in call.arguments { values.append(try bind(argument)) }
        if let value = try timeFunction(call.name, values, range) { return value }
        if let value = try textFunction(call.name, values, range) { return value }
        return try numberFunction(call.name, values, range)
    }

    /// The functions and how many arguments each takes.
    static let functions: [String: ClosedRange<Int>] = [
        "now": 0...0, "current_timestamp": 0...0, "today": 0...0, "current_date": 0...0,
        "time_bucket": 2...3, "date_trunc": 2...2, "date_part": 2...2, "epoch_ns": 1...1,
        "epoch_us": 1...1, "epoch_ms": 1...1, "epoch": 1...1, "year": 1...1, "month": 1...1,
        "day": 1...1, "hour": 1...1, "minute": 1...1, "second": 1...1, "dayofweek": 1...1,
        "isodow": 1...1, "dayofyear": 1...1, "quarter": 1...1, "make_timestamp_ns": 1...1,
        "length": 1...1, "len": 1...1, "strlen": 1...1, "lower": 1...1, "lcase": 1...1,
        "upper": 1...1, "ucase": 1...1, "trim": 1...1, "substring": 2...3, "substr": 2...3,
        "replace": 3...3, "concat": 1...256, "contains": 2...2, "starts_with": 2...2,
        "prefix": 2...2, "ends_with": 2...2, "suffix": 2...2,
        "abs": 1...1, "sqrt": 1...1, "floor": 1...1, "ceil": 1...1, "ceiling": 1...1,
        "round": 1...2, "greatest": 1...256, "least": 1...256, "coalesce": 1...256,
        "ifnull": 2...2, "nullif": 2...2, "if": 3...3, "isnan": 1...1, "isinf": 1...1,
        "isfinite": 1...1,
    ]

    private static func describe(_ counts: ClosedRange<Int>) -> String {
        let number = counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound) or more"
        return "\(number) argument\(counts == 1...1 ? "" : "s")"
    }

    private func unknownFunction(_ call: SQLCall, _ range: Range<Int>) -> StoreError {
        let known = (Array(Self.functions.keys) + SQLAggregates.names).sorted()
        return text.unknown("function", call.name, among: known, at: range.lowerBound)
    }

    /// A computed value, constant where its arguments are.
    private func computed(
        _ function: ScalarFunction, _ arguments: [Operand], _ type: ColumnType,
        _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        value(
            try fold(ScalarExpression(function, arguments, type: type), range), type, range)
    }

    private func condition(_ predicate: Predicate, _ range: Range<Int>) -> SQLValue {
        SQLValue(form: .condition(predicate), type: .bool, range: range)
    }

    // MARK: - Times

    private func timeFunction(
        _ name: String, _ values: [SQLValue], _ range: Range<Int>
    ) throws(StoreError) -> SQLValue? {
        switch name {
        case "now", "current_timestamp":
            return value(.constant(.integer(now), .instant), .instant, range)
        case "today", "current_date":
            let today = Operand.timeBucket(
                .constant(.integer(now), .instant), TimeBucket(width: .days(1)))
            return value(
                try fold(today, .instant, isConstant: true, range), .instant, range)
        case "time_bucket": return try timeBucket(values, range)
        case "date_trunc":
            let unit = try literalText(values[0], "a unit")
            guard let width = Self.width(unit.lowercased()) else {
                throw text.error(
                    "\(SQLText.quoted(unit)) is no unit such as 'hour'",
                    at: values[0].range.lowerBound)
            }
            return try bucketed(values[1], TimeBucket(width: width), range)
        case "date_part":
            let name = try literalText(values[0], "a date part")
            guard let part = Self.datePart(name.lowercased()) else {
                throw text.error(
                    "\(SQLText.quoted(name)) is no date part such as 'hour'",
                    at: values[0].range.lowerBound)
            }
            return try datePart(part, values[1], range)
        case "make_timestamp_ns":
            let nanoseconds = try coerce(values[0], to: .int64)
            return try computed(
                .add, [nanoseconds, .constant(.integer(0), .int64)], .instant, range)
        default:
            guard values.count == 1, let part = Self.datePart(name) else { return nil }
            return try datePart(part, values[0], range)
        }
    }

    private static func datePart(_ name: String) -> DatePart? {
        switch name {
        case "dayofweek", "weekday": .dow
        case "dayofyear": .doy
        case "seconds", "minutes", "hours", "days", "months", "years":
            DatePart(rawValue: String(name.dropLast()))
        default: DatePart(rawValue: name)
        }
    }

    private func datePart(
        _ part: DatePart, _ instant: SQLValue, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        try computed(
            .datePart(part), [try coerce(instant, to: .instant)],
            part == .epoch ? .float64 : .int64, range)
    }

    private static func width(_ unit: String) -> TimeBucket.Width? {
        switch unit {
        case "microsecond", "microseconds": .nanoseconds(1_000)
        case "millisecond", "milliseconds": .nanoseconds(1_000_000)
        case "second", "seconds": .nanoseconds(1_000_000_000)
        case "minute", "minutes": .nanoseconds(60_000_000_000)
        case "hour", "hours": .nanoseconds(3_600_000_000_000)
        case "day", "days": .days(1)
        case "week", "weeks": .days(7)
        case "month", "months": .months(1)
        case "quarter", "quarters": .months(3)
        case "year", "years": .months(12)
        case "decade", "decades": .months(120)
        default: nil
        }
    }

    private func timeBucket(
        _ values: [SQLValue], _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        guard case .interval(let interval) = values[0].form,
            let width = interval.bucketWidth
        else {
            throw text.error(
                "time_bucket needs a width such as INTERVAL '1 minute'",
                at: values[0].range.lowerBound)
        }
        var zone = TimeZoneRules.utc
        if values.count > 2 { zone = try timeZone(values[2]) }
        return try bucketed(values[1], TimeBucket(width: width, zone: zone), range)
    }

    private func timeZone(_ value: SQLValue) throws(StoreError) -> TimeZoneRules {
        let name = try literalText(value, "a time zone")
        do throws(StoreError) {
            return try TimeZoneRules.named(name)
        } catch {
            throw text.error(
                "unknown time zone \(SQLText.quoted(name))", at: value.range.lowerBound)
        }
    }

    private func bucketed(
        _ instant: SQLValue, _ bucket: TimeBucket, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        let operand = try coerce(instant, to: .instant)
        return value(
            try fold(
                .timeBucket(operand, bucket), .instant, isConstant: operand.constant != nil, range),
            .instant, range)
    }

    private func literalText(_ value: SQLValue, _ what: String) throws(StoreError) -> String {
        guard case .string(let content) = value.constant else {
            throw text.error("\(what) must be a quoted text", at: value.range.lowerBound)
        }
        return content
    }

    // MARK: - Texts

    private func textFunction(
        _ name: String, _ values: [SQLValue], _ range: Range<Int>
    ) throws(StoreError) -> SQLValue? {
        switch name {
        case "length", "len", "strlen":
            return try computed(.length, [try textArgument(values[0])], .int64, range)
        case "lower", "lcase":
            return try computed(.lower, [try textArgument(values[0])], .string, range)
        case "upper", "ucase":
            return try computed(.upper, [try textArgument(values[0])], .string, range)
        case "trim":
            return try computed(.trim, [try textArgument(values[0])], .string, range)
        case "substring", "substr":
            var arguments = [try textArgument(values[0])]
            for value in values.dropFirst() { arguments.append(try coerce(value, to: .int64)) }
            return try computed(.substring, arguments, .string, range)
        case "replace":
            var arguments: [Operand] = []
            for value in values { arguments.append(try textArgument(value)) }
            return try computed(.replace, arguments, .string, range)
        case "concat": return try concatenation(values, skipsNulls: true, range)
        case "contains": return try search(values, before: "%", after: "%", range)
        case "starts_with", "prefix": return try search(values, before: "", after: "%", range)
        case "ends_with", "suffix": return try search(values, before: "%", after: "", range)
        default: return nil
        }
    }

    private func textArgument(_ value: SQLValue) throws(StoreError) -> Operand {
        guard value.type.isText else {
            throw text.error(
                "text is needed, but \(SQLText.quoted(text.piece(value.range))) is "
                    + value.type.sqlName, at: value.range.lowerBound)
        }
        return try operand(value)
    }

    /// A search is a LIKE, which term indexes serve, unless the needle has wildcards in it.
    private func search(
        _ values: [SQLValue], before: String, after: String, _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        let subject = try textArgument(values[0])
        if values[1].isNull { return condition(.unknown, range) }
        let needle = try literalText(values[1], "what is searched")
        guard needle.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "_") })
        else {
            return condition(
                .like(subject, pattern: before + needle + after, ignoringCase: false), range)
        }
        guard !before.isEmpty, !after.isEmpty else {
            throw text.error(
                "'%' and '_' are not supported here", at: values[1].range.lowerBound)
        }
        return condition(.contains(subject, needle), range)
    }

    // MARK: - Numbers and choices

    private func numberFunction(
        _ name: String, _ values: [SQLValue], _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        switch name {
        case "coalesce", "ifnull": return try commonly(.coalesce, values, range)
        case "greatest": return try extreme(.greatest, values, range)
        case "least": return try extreme(.least, values, range)
        case "nullif":
            let isEqual = try compare(values[0], .equal, values[1])
            let operand = try operand(values[0])
            let type = try commonType([values[0]])
            return try computed(
                .choice([isEqual]), [.constant(.null, type), operand], type, range)
        case "if":
            let type = try commonType([values[1], values[2]])
            return value(
                .computed(
                    ScalarExpression(
                        .choice([try predicate(values[0])]),
                        [try coerce(values[1], to: type), try coerce(values[2], to: type)],
                        type: type)), type, range)
        case "isnan":
            return condition(try compare(values[0], .equal, float(.nan, range)), range)
        case "isinf":
            let infinities = [
                try compare(values[0], .equal, float(.infinity, range)),
                try compare(values[0], .equal, float(-.infinity, range)),
            ]
            return condition(.or(infinities), range)
        case "isfinite":
            return condition(.isFinite(try coerce(values[0], to: .float64)), range)
        default: return try rounding(name, values, range)
        }
    }

    private func float(_ number: Double, _ range: Range<Int>) -> SQLValue {
        value(.constant(.float(number), .float64), .float64, range)
    }

    private func commonly(
        _ function: ScalarFunction, _ values: [SQLValue], _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        let type = try commonType(values)
        var arguments: [Operand] = []
        for value in values { arguments.append(try coerce(value, to: type)) }
        return try computed(function, arguments, type, range)
    }

    private func extreme(
        _ function: ScalarFunction, _ values: [SQLValue], _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        let found = try commonly(function, values, range)
        guard found.type.form == .integer || found.type.form == .float else {
            throw text.error("numbers or times are needed", at: range.lowerBound)
        }
        return found
    }

    /// abs, sqrt, floor, ceil and round.
    private func rounding(
        _ name: String, _ values: [SQLValue], _ range: Range<Int>
    ) throws(StoreError) -> SQLValue {
        guard values[0].type.isNumber || values[0].isNull else {
            throw text.error(
                "a number is needed, but \(SQLText.quoted(text.piece(values[0].range))) is "
                    + values[0].type.sqlName, at: values[0].range.lowerBound)
        }
        let type = values[0].isNull ? .float64 : values[0].type
        switch name {
        case "abs": return try computed(.absolute, [try coerce(values[0], to: type)], type, range)
        case "sqrt":
            return try computed(.squareRoot, [try coerce(values[0], to: .float64)], .float64, range)
        case "round":
            var digits = try digits(values.dropFirst().first)
            if type == .money { digits -= 12 }
            return try computed(
                .round(digits: digits), [try coerce(values[0], to: type)], type, range)
        default:
            let target: ColumnType = type == .int64 ? .int64 : .float64
            let function: ScalarFunction = name == "floor" ? .floor : .ceiling
            return try computed(function, [try coerce(values[0], to: target)], target, range)
        }
    }

    private func digits(_ value: SQLValue?) throws(StoreError) -> Int {
        guard let value else { return 0 }
        guard case .integer(let digits) = value.constant, (-18...18).contains(digits) else {
            throw text.error(
                "the decimals must be a number from -18 to 18", at: value.range.lowerBound)
        }
        return Int(digits)
    }
}

extension SQLInterval {
    /// The width of time buckets; nil when the interval is none.
    var bucketWidth: TimeBucket.Width? {
        if months > 0, nanoseconds == 0 { return .months(months) }
        guard months == 0, nanoseconds > 0 else { return nil }
        let day: Int64 = 86_400_000_000_000
        return nanoseconds % day == 0
            ? .days(Int(nanoseconds / day)) : .nanoseconds(nanoseconds)
    }
}
