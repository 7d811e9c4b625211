// `spanbench identity`: what it costs to tell that a new span is new, with very many identities
// known: the runs of an identity index alone, without a store. The runs are of the sizes that merging
// leaves behind; hashes are uniform, so their pairs are made in order and need no sort.

import ArgumentParser
import Glibc
import SpanFormat
import SpanModel
import SpanPlatform

/// `spanbench identity`.
struct IdentityLookups: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity",
        abstract: "Look identities up in the runs of an index and measure.",
        discussion: "Writes about 18 bytes an identity to files in --dir and removes them.")

    @Option(help: ArgumentHelp("Identities in the index.", valueName: "n"))
    var identities = 10_000_000

    @Option(help: ArgumentHelp("New identities that are looked up.", valueName: "n"))
    var lookups = 1_000_000

    @Option(help: ArgumentHelp("Identities looked up together, as a batch has.", valueName: "n"))
    var batch = 1_000

    @Option(help: ArgumentHelp("Where the runs are written.", valueName: "dir"))
    var dir = "."

    @Option(help: "The same seed gives the same identities.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Write the results here.", valueName: "file"))
    var json: String?

    /// The bits of `second` that a look-up knows (schemas/run.md).
    private static let mask: UInt64 = 0xffff_ffff_0000_0000

    func validate() throws {
        guard identities > 0, lookups > 0, batch > 0 else {
            throw ValidationError("--identities, --lookups and --batch are above 0")
        }
    }

    func run() throws {
        var random = BenchRandom(seed: seed)
        var report = Report()
        report.add("identities", identities)
        let start = Stopwatch.now()
        let runs = try makeRuns(&random)
        report.add("runs", runs.count)
        report.add("build_seconds", Double(Stopwatch.now() - start) / 1e9)
        let batches = (0..<(lookups + batch - 1) / batch).map { _ in
            (0..<batch).map { _ in RunPair(random.next(), random.next() & Self.mask) }
        }
        // The first pass checks the filters' pages, once for the life of a mapping.
        _ = try lookUp(Array(batches.prefix(1)), runs)
        let searched = try lookUp(batches, runs)
        let begin = Stopwatch.now()
        _ = try lookUp(batches, runs)
        let nanoseconds = Double(Stopwatch.now() - begin)
        report.add("nanoseconds_per_new_identity", nanoseconds / Double(batches.count * batch))
        report.add("searched_share", Double(searched) / Double(batches.count * batch))
        report.add("singles", .object(try measureSingles(batches, runs)))
        try report.write(to: json)
    }

    /// The same, one identity at a time: what a commit of one row pays.
    private func measureSingles(
        _ batches: [[RunPair]], _ runs: [SortedRun]
    ) throws(StoreError) -> Report {
        let pairs = batches.prefix(max(1, 100_000 / batch)).flatMap { $0.map { [$0] } }
        let begin = Stopwatch.now()
        _ = try lookUp(pairs, runs)
        var report = Report()
        report.add(
            "nanoseconds_per_single_identity",
            Double(Stopwatch.now() - begin) / Double(pairs.count))
        return report
    }

    /// Looks batches up as ingest does: filters first, then the runs where those say maybe. Returns
    /// how many identities were searched for.
    private func lookUp(
        _ batches: [[RunPair]], _ runs: [SortedRun]
    ) throws(StoreError) -> Int {
        var searched = 0
        for pairs in batches {
            var marks = [Bool](repeating: false, count: pairs.count)
            for run in runs { try run.mark(pairs, in: &marks) }
            for (pair, isMarked) in zip(pairs, marks) where isMarked {
                searched += 1
                for run in runs where try run.mayContain(pair) {
                    _ = try run.range(first: pair.first)
                }
            }
        }
        return searched
    }

    /// As many runs as an index has at most, each half of the one before.
    private func makeRuns(_ random: inout BenchRandom) throws(StoreError) -> [SortedRun] {
        var runs: [SortedRun] = []
        var left = identities
        for number in 1...Limits.identityRunsMax where left > 0 {
            let count = number == Limits.identityRunsMax ? left : (left + 1) / 2
            left -= count
            runs.append(try makeRun(UInt64(number), count, &random))
        }
        return runs
    }

    private func makeRun(
        _ number: UInt64, _ count: Int, _ random: inout BenchRandom
    ) throws(StoreError) -> SortedRun {
        var pairs: [RunPair] = []
        pairs.reserveCapacity(count)
        // Uniform words in order: each a random step of twice the mean at most behind the last.
        let stepMax = Double(UInt64.max) / Double(count)
        for place in 0..<count {
            let first = (Double(place) + random.unit()) * stepMax
            pairs.append(RunPair(UInt64(min(first, 0x1p64 - 2_048)), random.next()))
        }
        pairs.sort()
        let path = "\(dir)/\(FileNames.identityRun(number))"
        let fileSystem = PosixFileSystem()
        let file = try fileSystem.open(path, .createNew)
        defer { try? fileSystem.unlink(path) }
        try file.write(
            SortedRunWriter.encode(pairs, secondMask: Self.mask, file: number), at: 0)
        return try SortedRun(try fileSystem.mapReadOnly(path), file: number, name: path)
    }
}
