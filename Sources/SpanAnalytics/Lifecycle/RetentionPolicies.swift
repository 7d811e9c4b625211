// How long rows are kept, by table and project: entities of the kind `retention`, so that a policy is as
// durable and as visible as any write. A policy of a project goes before that of the table. Days are whole
// days of UTC: a row stays until the day of its time is more than so many days past.

import SpanColumns
import SpanModel
import SpanQuery
import SpanStorage

/// How long rows of a table are kept.
package struct RetentionPolicy: Sendable, Equatable {
    package let table: TableSchema
    /// Nil: all projects that have no policy of their own.
    package let project: String?
    package let days: Int64

    /// Throws `invalidArgument` for a table without times, a project of a table without projects, and
    /// days that are none.
    package init(table name: String, project: String?, days: Int64) throws(StoreError) {
        guard let table = Tables.named(name), Self.columns(table) != nil else {
            throw .invalidArgument(name: "table", reason: "must be spans, metrics or scores")
        }
        guard project == nil || Self.columns(table)?.project != nil else {
            throw .invalidArgument(name: "project", reason: "\(name) have none")
        }
        guard (1...Limits.retentionDaysMax).contains(days) else {
            throw .invalidArgument(
                name: "days", reason: "must be an integer from 1 to \(Limits.retentionDaysMax)")
        }
        self.table = table
        self.project = project
        self.days = days
    }

    package static func == (left: RetentionPolicy, right: RetentionPolicy) -> Bool {
        left.table.number == right.table.number && left.project == right.project
            && left.days == right.days
    }

    /// The first day that is kept at an instant.
    func firstDay(now: Int64) -> Int64 { Instant.day(of: now) - days }

    /// What a row's age is counted from, and what it belongs to.
    fileprivate static func columns(_ table: TableSchema) -> (time: Int, project: Int?)? {
        switch table.number {
        case Tables.spans.number: (SpanColumn.startTime, SpanColumn.project)
        case Tables.metrics.number: (MetricColumn.time, MetricColumn.project)
        case Tables.scores.number: (ScoreColumn.time, nil)
        default: nil
        }
    }
}

/// The policies of a workspace.
package struct RetentionPolicies: Sendable {
    /// The kind of their entities.
    package static let kind = "retention"
    private static let dayNanoseconds: Int64 = 86_400_000_000_000

    /// By table, that of all projects first.
    package let policies: [RetentionPolicy]

    package init(tables: any TableProvider) throws(StoreError) {
        let plan = Plan(
            table: Tables.entities,
            filter: .compare(.column(EntityColumn.kind), .equal, .string(Self.kind)),
            outputs: [Plan.Output("body", .column(EntityColumn.body))])
        var statistics = QueryStatistics()
        let bodies = try Executor.run(plan, tables: tables, statistics: &statistics)
            .columns[0].values.strings()
        var policies: [RetentionPolicy] = []
        for body in bodies {
            let document = RunDocument(run: "", project: "", body: Array((body ?? "{}").utf8))
            let policy = try? RetentionPolicy(
                table: document.text("table") ?? "", project: document.text("project"),
                days: document.text("days").flatMap { Int64($0) } ?? 0)
            if let policy { policies.append(policy) }
        }
        self.policies = policies.sorted {
            ($0.table.number, $0.project ?? "") < ($1.table.number, $1.project ?? "")
        }
    }

    /// What `retain` takes.
    private static let spec = QuestionSpec(
        name: "retain", summary: "How long rows are kept.", argument: nil,
        parameters: [
            ParameterSpec("table", "spans (default), metrics or scores."),
            ParameterSpec("project", "Only rows of this project."),
            ParameterSpec("days", "Whole days that rows are kept."),
            ParameterSpec("forever", "Ends the policy."),
        ])

    /// The write that parameters ask for. Throws `invalidArgument`.
    package static func entity(_ values: [String: String]) throws(StoreError) -> ColumnBatch {
        let parameters = try Parameters(values, spec: spec, now: 0)
        let isForever = try parameters.flag("forever")
        let days = try parameters.integer("days", in: 1...Limits.retentionDaysMax)
        guard isForever != (days != nil) else {
            throw .invalidArgument(name: "days", reason: "or forever must be given, and not both")
        }
        let policy = try RetentionPolicy(
            table: parameters.text("table") ?? Tables.spans.name,
            project: parameters.text("project"), days: days ?? 1)
        return entity(policy, isForever: isForever)
    }

    /// The write that sets a policy; with `isForever` the one that ends it.
    package static func entity(_ policy: RetentionPolicy, isForever: Bool) -> ColumnBatch {
        var body = Array("{\"table\":\"\(policy.table.name)\",\"days\":\(policy.days)".utf8)
        if let project = policy.project {
            body += ",\"project\":".utf8
            JSONWriter.appendString(project, to: &body)
        }
        body.append(UInt8(ascii: "}"))
        var rows = BatchBuilder(schema: Tables.entities)
        rows.setString(EntityColumn.kind, kind)
        rows.setString(EntityColumn.project, "default")
        rows.setString(
            EntityColumn.name, policy.table.name + (policy.project.map { "/" + $0 } ?? ""))
        if isForever {
            rows.setKind(.tombstone)
        } else {
            body.withUnsafeBytes { rows.setText(EntityColumn.body, $0) }
        }
        rows.endRow()
        return rows.finish()
    }

    /// What is past at an instant, a request per policy. Each write goes by its own time.
    package func requests(workspace: String, now: Int64) -> [EraseRequest] {
        policies.compactMap { policy in
            guard let columns = RetentionPolicy.columns(policy.table) else { return nil }
            let firstDay = policy.firstDay(now: now)
            var conditions: [RowCondition] = [
                .before(column: columns.time, firstDay * Self.dayNanoseconds)
            ]
            let others = policies.filter {
                $0.table.number == policy.table.number && $0.project != nil
            }
            var erasure: TableErasure
            if let column = columns.project, let project = policy.project {
                conditions.append(.equals(column: column, project))
                erasure = TableErasure(policy.table, conditions)
            } else {
                if let column = columns.project, !others.isEmpty {
                    conditions.append(.isNone(column: column, of: others.compactMap(\.project)))
                }
                erasure = TableErasure(policy.table, conditions)
                erasure.wholeDaysBefore = others.reduce(firstDay) {
                    min($0, $1.firstDay(now: now))
                }
            }
            erasure.isByIdentity = false
            var request = EraseRequest(workspace: workspace, tables: [erasure])
            request.leavesNoBytes = false
            return request
        }
    }

    /// Erases what is past at an instant; returns when that is done.
    package static func sweep(
        workspace: String, writer: StoreWriter, now: Int64
    ) throws(StoreError) -> EraseReceipt {
        let tables = writer.snapshots.latest.tables(workspace: workspace)
        var receipt = EraseReceipt()
        for request in try RetentionPolicies(tables: tables)
            .requests(workspace: workspace, now: now)
        {
            receipt.add(try writer.erase(request))
        }
        return receipt
    }

    /// Rows of `table`, `project`, `days`.
    package func table() -> ResultTable {
        func strings(_ values: [String?]) -> ColumnVector {
            var interner = StringInterner()
            let codes = values.map { $0.map { interner.intern($0) } ?? StringVector.nullCode }
            return .string(StringVector(codes: codes, dictionary: interner.dictionary()))
        }
        return ResultTable(
            columns: [
                ResultColumn(
                    name: "table", type: .string, values: strings(policies.map(\.table.name))),
                ResultColumn(
                    name: "project", type: .string, values: strings(policies.map(\.project))),
                ResultColumn(
                    name: "days", type: .int64,
                    values: .integer(IntegerVector(values: policies.map(\.days)))),
            ], rowCount: policies.count)
    }
}
