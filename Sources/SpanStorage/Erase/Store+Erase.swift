// Erasing from the writer's side: planning, and replacing every affected segment of every table in one
// manifest edit, so that a crash leaves all rows or none. The edit also lets the log go on in a new
// file: everything before it is sealed. Then what the manifest no longer names is removed; what cannot
// be is tried again by the next erasure, and goes at the next start at the latest.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

extension Store {
    /// The erasure of a request, as of now; memtables should be empty. `checkpoint` throws when the
    /// work must be given up.
    package func planErase(
        _ request: EraseRequest, checkpoint: @escaping Checkpoint = {}
    ) throws(StoreError) -> EraseJob {
        if let failure { throw failure }
        let tables = workspaces.first { $0.name == request.workspace }?.tables ?? []
        var parts: [EraseJob.Part] = []
        for table in tables {
            let number = table.schema.number
            let erasure = request.tables.first { $0.table.number == number }
            let takesPart =
                erasure != nil || request.dependents?.table.number == number
                || request.dependents?.target.number == number
            guard takesPart else { continue }
            let isWhole: (SegmentHandle) -> Bool = { segment in
                guard let day = erasure?.wholeDaysBefore, table.schema.isSplitByDay else {
                    return false
                }
                return segment.entry.level > 0 && segment.entry.day < day
            }
            parts.append(
                EraseJob.Part(
                    table: table.place, erasure: erasure,
                    segments: table.index.segments.filter { !isWhole($0) },
                    dropped: table.index.segments.filter(isWhole)))
        }
        return EraseJob(
            request: request, parts: parts, sequence: nextSequence - 1, files: files,
            identitySeed: manifest.storeID, checkpoint: checkpoint)
    }

    /// Replaces what a job has read by what it has written, after sealing what came meanwhile. Nil,
    /// and nothing has changed, when that may hold rows of the request, or states made of them: then
    /// the job must be planned anew.
    package func install(
        _ job: EraseJob, _ result: EraseJob.Result
    ) throws(StoreError) -> EraseReceipt? {
        do {
            if try isTouched(result) {
                result.discard(files)
                return nil
            }
            try sealMemtables()
            try list(job, result)
        } catch {
            if failure == nil { result.discard(files) }
            throw error
        }
        var receipt = result.receipt
        for segment in result.tables.flatMap(\.dropped) { segment.retire() }
        unremoved += result.tables.flatMap(\.inputs).map { $0.withdraw() }
        publish()
        if job.request.leavesNoBytes {
            receipt.lines.append(try beginLog())
            receipt.lines.append(try removeSetAside())
        }
        try removeErased()
        try? files.headroom.restore()
        return receipt
    }

    /// Erases on the caller's thread, while nothing else is written.
    package func erase(_ request: EraseRequest) throws(StoreError) -> EraseReceipt {
        try sealMemtables()
        let job = try planErase(request)
        guard let receipt = try install(job, try job.run()) else {
            preconditionFailure("sealed memtables hold rows")
        }
        return receipt
    }

    /// Whether memtables hold rows that a job would have found, had they been sealed.
    private func isTouched(_ result: EraseJob.Result) throws(StoreError) -> Bool {
        for written in result.tables {
            guard let table = table(written.table) else { continue }
            let chunks = [table.frozen, table.memtable].compactMap { $0 }.flatMap {
                $0.writes.chunks + $0.merged.chunks
            }
            let groups = RewriteInput(schema: table.schema, containers: chunks).groups
            for test in written.tests
            where try test.marks(groups).contains(where: { $0 != nil }) {
                return true
            }
        }
        return false
    }

    /// Makes the one edit.
    private func list(_ job: EraseJob, _ result: EraseJob.Result) throws(StoreError) {
        var edited = manifest
        if job.request.leavesNoBytes {
            edited.walLowWater = try files.headroom.spending { () throws(StoreError) in
                try wal.prepareRenewal()
            }
        }
        let before = result.tables.map { table($0.table)?.index.segments ?? [] }
        for written in result.tables {
            guard let table = table(written.table) else { continue }
            for output in written.outputs { output.applyKills(after: job.sequence) }
            let dead = Set(written.dead.map(\.file))
            table.index.segments =
                table.index.segments.filter { !dead.contains($0.file) } + written.segments
            edited.segments.removeAll { dead.contains($0.file) }
            edited.segments += written.segments.map(\.entry)
            edited.identityRuns += written.outputs.compactMap(\.run).map(\.entry)
        }
        do {
            try install(&edited)
        } catch {
            for (written, segments) in zip(result.tables, before) {
                table(written.table)?.index.segments = segments
            }
            throw error
        }
        for written in result.tables {
            table(written.table)?.index.runs += written.outputs.compactMap(\.run)
        }
    }

    // MARK: Bytes

    /// Goes on in the log's new file and removes those before it.
    private func beginLog() throws(StoreError) -> EraseReceipt.Line {
        var line = EraseReceipt.Line(place: "wal")
        line.files = try wal.renew(at: manifest.walLowWater)
        line.bytesBefore = UInt64(line.files) * wal.fileBytes
        line.bytesAfter = wal.fileBytes
        return line
    }

    /// Removes what recoveries have set aside: rows in it cannot be found. Reports hold none.
    private func removeSetAside() throws(StoreError) -> EraseReceipt.Line {
        var line = EraseReceipt.Line(place: "quarantine")
        line.bytesAfter = 0
        guard try fileSystem.list(directory).contains(FileNames.quarantine) else { return line }
        let folder = files.path(FileNames.quarantine)
        for name in try fileSystem.list(folder) where FileNames.isSetAside(name) {
            let path = folder + "/" + name
            line.files += 1
            line.bytesBefore += try fileSystem.size(path) ?? 0
            unremoved.append(path)
        }
        return line
    }

    /// Removes files that hold erased rows, durably.
    private func removeErased() throws(StoreError) {
        var folders: Set<String> = []
        while let path = unremoved.last {
            if try fileSystem.size(path) != nil { try fileSystem.unlink(path) }
            unremoved.removeLast()
            folders.insert(files.parent(of: path))
        }
        for folder in folders.sorted() { try fileSystem.syncDirectory(folder) }
    }
}
