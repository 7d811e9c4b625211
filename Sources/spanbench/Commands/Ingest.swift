// `spanbench ingest`: generated records into a running daemon, measured.

import ArgumentParser
import Glibc
import SpanClient
import SpanModel
import SpanPlatform

/// Which daemon is measured.
struct DaemonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The daemon's Unix socket.", valueName: "path"))
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "The daemon's store, to measure its processor time, memory and disk.",
            valueName: "dir"))
    var dataDir: String?

    /// The socket to use.
    var socketPath: String {
        socket ?? DefaultPaths.socket(dataDirectory: dataDir ?? DefaultPaths.dataDirectory)
    }

    func probe() throws(StoreError) -> DaemonProbe? {
        try dataDir.map { path throws(StoreError) in
            try DaemonProbe(directory: DefaultPaths.absolute(path))
        }
    }
}

/// `spanbench ingest`.
struct Ingest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send generated records to a daemon and measure.",
        discussion: """
            Every acknowledgement is of durable data. Example of one-row inserts: \
            spanbench ingest --data-dir store --batch 1 --clients 32 --count 20000
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var daemon: DaemonOptions

    @Option(help: "otlp (spans only) or ndjson.")
    var form: BodyForm = .ndjson

    @Option(help: "Connections that send at the same time.")
    var clients = 4

    @Flag(help: "Compact at the end and measure that too.")
    var compact = false

    @Option(help: ArgumentHelp("Write the results here.", valueName: "file"))
    var json: String?

    func validate() throws {
        if form == .csv { throw ValidationError("csv is not a form of requests") }
        if form == .otlp, data.kind != .spans { throw ValidationError("otlp is for spans") }
        if !(1...256).contains(clients) { throw ValidationError("--clients is from 1 to 256") }
    }

    func run() throws {
        let probe = try daemon.probe()
        var report = configurationReport
        if let dataDir = daemon.dataDir {
            report.add("disk_sync", .object(try DiskSync.measure(in: dataDir).report))
        }
        let before = probe?.processorSeconds ?? .nan
        let run = IngestRun(
            socket: daemon.socketPath, target: form.target(data.kind),
            contentType: form.contentType, clientCount: clients, probe: probe)
        var source = data.source(form)
        let figures = try run.run(&source) { Progress.say("sent \($0) rows") }
        report.add("ingest", .object(figures.report))
        if compact { report.add("compact_seconds", try compactStore()) }
        if let probe {
            report.add("processor_seconds", probe.processorSeconds - before)
            report.add("daemon", .object(probe.report))
            report.add(
                "store_bytes_per_row", Double(probe.diskBytes().store) / Double(figures.rowCount))
        }
        try report.write(to: json)
    }

    private var configurationReport: Report {
        var report = Report()
        report.add("kind", data.kind.rawValue)
        report.add("form", form.rawValue)
        report.add("count", data.count)
        report.add("seed", Int(clamping: data.seed))
        report.add("batch_rows", data.batch)
        report.add("clients", clients)
        return report
    }

    private func compactStore() throws(StoreError) -> Double {
        let start = Stopwatch.now()
        let client = HTTPClient(.unix(path: daemon.socketPath), timeoutSeconds: 3_600)
        let reply = try client.send("POST", "/api/v1/compact")
        guard reply.isSuccess else {
            throw .invalidArgument(name: "compact", reason: "status \(reply.status)")
        }
        return Stopwatch.seconds(since: start)
    }
}
