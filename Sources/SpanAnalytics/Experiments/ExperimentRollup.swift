// What an experiment's runs have in common: how many, which models and agents, and how cost, latency
// and each score are spread over them. A run counts once per score, by its session's mean.

import SpanColumns
import SpanModel

/// The runs of one experiment, summed up.
package struct ExperimentRollup: Sendable {
    package private(set) var runCount = 0
    package private(set) var errorCount = 0
    package private(set) var testCaseCount = 0
    package private(set) var firstStart: Int64?
    package private(set) var lastStart: Int64?
    /// Distinct, sorted.
    package private(set) var models: [String] = []
    package private(set) var agents: [String] = []
    /// Dollars a run; nil when no run has a cost.
    package private(set) var cost: Distribution?
    /// Milliseconds a run; nil when no run has ended.
    package private(set) var latency: Distribution?
    /// By the score's name, in the order of names.
    package private(set) var scores: [(name: String, distribution: Distribution)] = []

    /// Of an experiment without runs.
    package init() {}

    private init(
        _ runs: [ExperimentRun], usage: [String: SessionUsage],
        scores means: [String: [String: Double]]
    ) {
        runCount = runs.count
        errorCount = runs.count { $0.status == "error" }
        testCaseCount = Set(runs.compactMap(\.testCase)).count
        firstStart = runs.first?.start
        lastStart = runs.last?.start
        let spent = runs.compactMap { usage[$0.session] }
        models = Set(spent.flatMap(\.models)).sorted()
        agents = Set(spent.flatMap(\.agents)).sorted()
        cost = Distribution(picodollars: spent.compactMap(\.cost))
        latency = Distribution(runs.compactMap(\.latencyMilliseconds))
        var values: [String: [Double]] = [:]
        for run in runs {
            for (name, mean) in means[run.session] ?? [:] { values[name, default: []].append(mean) }
        }
        scores = values.sorted { $0.key < $1.key }.compactMap { name, values in
            // Sorted, so that the sum does not depend on an order of hashing.
            Distribution(values.sorted()).map { (name, $0) }
        }
    }

    /// The roll-ups of some experiments, or of all that have runs, by name.
    package static func read(
        experiments: [String]? = nil, from: Int64? = nil, to: Int64? = nil,
        _ questions: inout ExperimentRuns
    ) throws(StoreError) -> [String: ExperimentRollup] {
        let runs = try questions.read(experiments: experiments, from: from, to: to)
        let sessions = Set(runs.map(\.session)).sorted()
        let usage = try questions.usage(of: sessions)
        let scores = try questions.scores(of: sessions)
        return Dictionary(grouping: runs, by: \.experiment).mapValues {
            ExperimentRollup($0, usage: usage, scores: scores)
        }
    }

    /// `{"name":{"count":…},…}`.
    package var scoresJSON: [UInt8] {
        var json: [UInt8] = [UInt8(ascii: "{")]
        for (index, score) in scores.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(score.name, to: &json)
            json.append(UInt8(ascii: ":"))
            json += score.distribution.json
        }
        json.append(UInt8(ascii: "}"))
        return json
    }
}
