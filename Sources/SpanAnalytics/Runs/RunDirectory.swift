// Runs of experiments as entities. A run is three entities, all named by its id and of its project,
// so that each can be changed by a patch, key by key, without reading it first:
//
//   run            {"name","number","status","tags",…,"forked_from_run_id","fork_step"}
//   run_config     the configuration
//   run_log_names  {"log name":"type",…}
//
// Console lines, structured data and what is said of files are writes of the entities `run_log`,
// `run_data` and `run_file`: the raw view has each as its own row, in order of arrival. The bytes of a
// file are entities `run_file_part`, whose names begin with the run's id and a slash.

import SpanColumns
import SpanModel
import SpanQuery

/// The kinds of entities that belong to a run.
package enum RunEntity: String, Sendable, CaseIterable {
    case run
    case config = "run_config"
    case logNames = "run_log_names"
    case log = "run_log"
    case data = "run_data"
    case file = "run_file"
    case filePart = "run_file_part"
}

/// An entity of a run.
package struct RunDocument: Sendable {
    /// The run's id.
    package let run: String
    package let project: String
    /// A JSON object.
    package let body: [UInt8]

    package init(run: String, project: String, body: [UInt8]) {
        self.run = run
        self.project = project
        self.body = body
    }

    /// The text of a member: a string without quotes and escapes, anything else as JSON; nil when it
    /// is absent or null.
    package func text(_ key: String) -> String? {
        var text: [UInt8] = []
        let name = Array(key.utf8)
        let isThere = body.withUnsafeBytes { body in
            name.withUnsafeBytes { JSONObject.appendMemberText(of: body, key: $0, to: &text) }
        }
        return isThere ? String(decoding: text, as: UTF8.self) : nil
    }

    /// The JSON of a member; nil when it is absent.
    package func json(_ key: String) -> [UInt8]? {
        let name = Array(key.utf8)
        return body.withUnsafeBytes { body in
            name.withUnsafeBytes { JSONObject.member(of: body, key: $0).map { Array($0) } }
        }
    }
}

/// Reads runs.
package enum RunDirectory {
    /// The kind of the entity that keeps the highest id of runs that were erased.
    package static let idsKind = "run_ids"
    /// Its name.
    package static let idsName = "highest"

    /// The entities of one kind, of a project or all, of a run or all; by numeric id, then by name.
    package static func documents(
        _ kind: RunEntity, project: String? = nil, run: String? = nil,
        tables: any TableProvider
    ) throws(StoreError) -> [RunDocument] {
        let documents = try read(kind.rawValue, project, run, view: .dedup, tables)
        return documents.sorted {
            (Int64($0.run) ?? .max, $0.run, $0.project) < (
                Int64($1.run) ?? .max, $1.run, $1.project
            )
        }
    }

    /// Every write of an entity of a run, in order of arrival; of a project or all.
    package static func writes(
        _ kind: RunEntity, project: String?, run: String, tables: any TableProvider
    ) throws(StoreError) -> [RunDocument] {
        try read(kind.rawValue, project, run, view: .raw, tables)
    }

    /// The highest number that was ever the id of a run, of an entity or of metrics, erased ones
    /// included; 0 without any.
    package static func highestID(tables: any TableProvider) throws(StoreError) -> Int64 {
        max(try highestErasedID(tables), try highestStoredID(tables))
    }

    /// The highest id of a run that is stored, when nothing else would keep it; else nil.
    package static func unkeptID(tables: any TableProvider) throws(StoreError) -> Int64? {
        let stored = try highestStoredID(tables)
        return stored > (try highestErasedID(tables)) ? stored : nil
    }

    private static func highestErasedID(_ tables: any TableProvider) throws(StoreError) -> Int64 {
        try read(idsKind, nil, idsName, view: .dedup, tables)
            .compactMap { $0.text("highest").flatMap { Int64($0) } }.max() ?? 0
    }

    private static func highestStoredID(_ tables: any TableProvider) throws(StoreError) -> Int64 {
        var highest: Int64 = 0
        for (table, column) in [
            (Tables.entities, EntityColumn.name), (Tables.metrics, MetricColumn.runID),
        ] {
            let isRun: Predicate =
                table.number == Tables.entities.number
                ? .compare(
                    .column(EntityColumn.kind), .equal, .string(RunEntity.run.rawValue))
                : .always
            let plan = Plan(
                table: table, view: .raw, filter: isRun,
                outputs: [Plan.Output("id", .column(column))], aggregates: [])
            var statistics = QueryStatistics()
            let ids = try Executor.run(plan, tables: tables, statistics: &statistics)
            for id in try ids.columns[0].values.strings() {
                highest = max(highest, id.flatMap { Int64($0) } ?? 0)
            }
        }
        return highest
    }

    private static func read(
        _ kind: String, _ project: String?, _ run: String?, view: View,
        _ tables: any TableProvider
    ) throws(StoreError) -> [RunDocument] {
        func equals(_ column: Int, _ text: String?) -> Predicate {
            text.map { .compare(.column(column), .equal, .string($0)) } ?? .always
        }
        let plan = Plan(
            table: Tables.entities, view: view,
            filter: .and([
                equals(EntityColumn.kind, kind), equals(EntityColumn.project, project),
                equals(EntityColumn.name, run),
            ]),
            outputs: [
                Plan.Output("run", .column(EntityColumn.name)),
                Plan.Output("project", .column(EntityColumn.project)),
                Plan.Output("body", .column(EntityColumn.body)),
            ])
        var statistics = QueryStatistics()
        let table = try Executor.run(plan, tables: tables, statistics: &statistics)
        let runs = try table.columns[0].values.strings()
        let projects = try table.columns[1].values.strings()
        let bodies = try table.columns[2].values.strings()
        return runs.indices.map { row in
            RunDocument(
                run: runs[row] ?? "", project: projects[row] ?? "",
                body: Array((bodies[row] ?? "{}").utf8))
        }
    }
}
