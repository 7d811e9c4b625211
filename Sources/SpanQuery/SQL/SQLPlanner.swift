// SELECT → one plan over its table and, where there are groups, a projection over their result.
// Rows: the plan does all of it. Groups (GROUP BY, an aggregate, HAVING, DISTINCT): the plan makes
// keys and aggregates, the projection everything that is said about them.

import SpanModel

/// A query that is ready to run.
struct SQLQuery {
    let table: SQLTable
    let plan: Plan
}

/// Plans one SELECT.
struct SQLPlanner {
    let text: SQLText
    let tables: [SQLTable]
    let now: Int64

    /// A column of the select list.
    private struct Item {
        let name: String
        let expression: SQLExpression
    }

    func plan(_ select: SQLSelect) throws(StoreError) -> SQLQuery {
        let table = try table(select.table)
        let scope = SQLScope(table.schema, alias: select.alias, order: table.order)
        let items = try items(select, scope)
        var binder = SQLBinder(text: text, scope: scope, now: now)
        binder.aliases = aliases(select)
        let filter = try select.filter.map { (filter) throws(StoreError) in
            try binder.condition(filter)
        }
        var plan = Plan(table: table.schema, view: table.view, outputs: [])
        plan.filter = filter ?? .always
        guard let groups = try groups(select, items, binder) else {
            plan.tieBreak = table.order
            try planRows(select, items, binder, &plan)
            return SQLQuery(table: table, plan: plan)
        }
        binder.groups = groups
        var projection = try projection(select, items, binder)
        let grouped = groups.plan()
        projection.columns = grouped.names
        plan.outputs = grouped.keys
        plan.aggregates = grouped.aggregates
        plan.projection = projection
        return SQLQuery(table: table, plan: plan)
    }

    /// The table called so.
    func table(_ name: SQLName) throws(StoreError) -> SQLTable {
        let wanted = name.text.lowercased()
        if let table = tables.first(where: { $0.name == wanted }) { return table }
        throw text.unknown("table", name.text, among: tables.map(\.name), at: name.offset)
    }

    // MARK: - Select list

    /// The select list with `*` written out; a name that comes twice gets a number.
    private func items(_ select: SQLSelect, _ scope: SQLScope) throws(StoreError) -> [Item] {
        var items: [Item] = []
        var counts: [String: Int] = [:]
        func add(_ name: String, _ expression: SQLExpression) {
            let count = counts[name, default: 0]
            counts[name] = count + 1
            items.append(Item(name: count == 0 ? name : "\(name)_\(count)", expression: expression))
        }
        for item in select.items {
            switch item {
            case .star(let offset):
                for name in scope.names {
                    add(
                        name,
                        SQLExpression(
                            node: .name([name]), range: offset..<offset + 1, depth: 1, weight: 1))
                }
            case .expression(let expression, let alias): add(alias ?? title(expression), expression)
            }
            guard items.count <= Limits.resultColumnsMax else {
                throw .limitExceeded(
                    limit: "columns of a result", value: items.count,
                    maximum: Limits.resultColumnsMax)
            }
        }
        return items
    }

    /// What an expression without an alias is called: a column's name, else its text.
    private func title(_ expression: SQLExpression) -> String {
        if case .name(let parts) = expression.node, let last = parts.last {
            return parts.first?.lowercased() == "attributes"
                ? parts.joined(separator: ".") : last
        }
        return text.piece(expression.range)
    }

    private func aliases(_ select: SQLSelect) -> [String: SQLExpression] {
        var aliases: [String: SQLExpression] = [:]
        for item in select.items {
            if case .expression(let expression, let alias?) = item {
                aliases[alias.lowercased()] = aliases[alias.lowercased()] ?? expression
            }
        }
        return aliases
    }

    // MARK: - Rows

    private func planRows(
        _ select: SQLSelect, _ items: [Item], _ binder: SQLBinder, _ plan: inout Plan
    ) throws(StoreError) {
        for item in items {
            let value = try binder.bind(item.expression)
            plan.outputs.append(Plan.Output(item.name, try binder.operand(value)))
        }
        plan.sort = try sort(select, items, binder)
        plan.offset = select.offset
        plan.limit = select.limit
    }

    private func sort(
        _ select: SQLSelect, _ items: [Item], _ binder: SQLBinder
    ) throws(StoreError) -> [Plan.Sort] {
        var sort: [Plan.Sort] = []
        for order in select.order {
            let expression = try listed(order.expression, items, "ORDER BY") ?? order.expression
            let key = try binder.key(try binder.bind(expression))
            if key.operand.constant != nil { continue }
            sort.append(
                Plan.Sort(
                    key.operand, descending: order.isDescending, nullsFirst: order.nullsFirst))
        }
        return sort
    }

    /// The expression of the select list that an ordinal or an alias stands for.
    private func listed(
        _ expression: SQLExpression, _ items: [Item], _ clause: String
    ) throws(StoreError) -> SQLExpression? {
        switch expression.node {
        case .number(let digits):
            guard let ordinal = Int(digits), (1...items.count).contains(ordinal) else {
                throw text.error(
                    "\(clause) \(digits) is no column of the select list: it has \(items.count)",
                    at: expression.range.lowerBound)
            }
            return items[ordinal - 1].expression
        case .name(let parts) where parts.count == 1:
            return items.first { $0.name.lowercased() == parts[0].lowercased() }?.expression
        default: return nil
        }
    }

    // MARK: - Groups

    /// Nil: the query is about rows.
    private func groups(
        _ select: SQLSelect, _ items: [Item], _ binder: SQLBinder
    ) throws(StoreError) -> SQLGroups? {
        let mentioned = items.map(\.expression) + select.order.map(\.expression)
        let aggregates = mentioned.contains(where: SQLAggregates.occur) || select.having != nil
        let expressions: [SQLExpression]
        switch select.grouping {
        case .none:
            guard aggregates || select.isDistinct else { return nil }
            // SELECT DISTINCT of rows is grouping by the whole select list.
            expressions = aggregates ? [] : items.map(\.expression)
        case .all:
            expressions = items.map(\.expression).filter { !SQLAggregates.occur(in: $0) }
        case .expressions(let list): expressions = try groupExpressions(list, items, binder)
        }
        var keys: [(operand: Operand, type: ColumnType)] = []
        for expression in expressions {
            let key = try binder.key(try binder.bind(expression))
            if !keys.contains(where: { $0.operand == key.operand }) { keys.append(key) }
        }
        return SQLGroups(rows: binder, keys: keys)
    }

    /// GROUP BY's expressions: ordinals and aliases stand for the select list; a column of the
    /// table comes before an alias.
    private func groupExpressions(
        _ list: [SQLExpression], _ items: [Item], _ binder: SQLBinder
    ) throws(StoreError) -> [SQLExpression] {
        var expressions: [SQLExpression] = []
        for expression in list {
            if case .name(let parts) = expression.node, binder.scope.operand(parts) != nil {
                expressions.append(expression)
            } else {
                expressions.append(try listed(expression, items, "GROUP BY") ?? expression)
            }
        }
        return expressions
    }

    private func projection(
        _ select: SQLSelect, _ items: [Item], _ binder: SQLBinder
    ) throws(StoreError) -> Projection {
        var projection = Projection(of: [], outputs: [])
        for item in items {
            let value = try binder.bind(item.expression)
            projection.outputs.append(Plan.Output(item.name, try binder.operand(value)))
        }
        if let having = select.having { projection.filter = try binder.condition(having) }
        projection.sort = try sort(select, items, binder)
        // Groups are distinct, and so are rows that show all of their keys.
        let shown = Set(projection.outputs.map(\.operand))
        let keys = (0..<(binder.groups?.keys.count ?? 0)).map(Operand.column)
        projection.isDistinct = select.isDistinct && !shown.isSuperset(of: keys)
        projection.offset = select.offset
        projection.limit = select.limit
        return projection
    }
}
