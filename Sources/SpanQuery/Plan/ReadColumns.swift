// Which columns of its table a plan reads, and which of them decide what rows it gives.

extension Operand {
    /// The numbers of the columns that a value is made of.
    package var columns: Set<Int> {
        switch self {
        case .column(let number), .attribute(let number, _): [number]
        case .difference(let left, let right): left.columns.union(right.columns)
        case .sumOfPresent(let parts), .coalesce(let parts): Set(parts.flatMap(\.columns))
        case .quotient(let part, _), .timeBucket(let part, _): part.columns
        case .computed(let expression):
            expression.function.columns.union(expression.arguments.flatMap(\.columns))
        }
    }
}

extension ScalarFunction {
    /// The columns of the conditions that a function is given apart from its arguments.
    fileprivate var columns: Set<Int> {
        switch self {
        case .choice(let conditions): Set(conditions.flatMap(\.columns))
        case .truth(let condition): condition.columns
        default: []
        }
    }
}

extension Predicate {
    /// The numbers of the columns that a condition tests.
    package var columns: Set<Int> {
        switch self {
        case .always: []
        case .compare(let operand, _, _), .isIn(let operand, _), .isNull(let operand),
            .isFinite(let operand), .like(let operand, _, _), .contains(let operand, _):
            operand.columns
        case .compareOperands(let left, _, let right): left.columns.union(right.columns)
        case .certain(let part), .not(let part): part.columns
        case .and(let parts), .or(let parts): Set(parts.flatMap(\.columns))
        }
    }
}

extension Plan {
    /// Of a plan about rows: the columns that decide which rows it gives, and in which order.
    package var decidingColumns: Set<Int> {
        let orders = sort.map(\.operand) + orderedOutputs.map(\.operand) + tieBreak
        return filter.columns.union(orders.flatMap(\.columns))
    }

    /// The outputs that the rows are ordered by.
    package var orderedOutputs: [Output] {
        outputs.filter { output in order.contains { $0.name == output.name } }
    }
}

extension Aggregate {
    /// The numbers of the columns that are read for it.
    package var columns: Set<Int> { filter.columns.union(operands.flatMap(\.columns)) }

    private var operands: [Operand] {
        switch function {
        case .count: []
        case .countValues(let operand), .sum(let operand), .mean(let operand),
            .minimum(let operand), .maximum(let operand), .standardDeviation(let operand),
            .variance(let operand), .quantiles(let operand, _, _),
            .discreteQuantile(let operand, _), .distinctList(let operand),
            .highestRanked(let operand, _):
            [operand]
        case .countDistinct(let operands): operands
        case .pooledMean(let count, let mean, let deviation),
            .pooledDeviation(let count, let mean, let deviation):
            [count, mean, deviation]
        case .first(let values, let order), .last(let values, let order): values + order
        }
    }
}
