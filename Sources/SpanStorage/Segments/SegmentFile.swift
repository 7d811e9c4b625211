// Writing a rewrite's output as a segment file, synced, its name durable, ready for the manifest.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

/// Writes segment files.
enum SegmentFile {
    /// Writes one output. The handle's entry goes into the manifest; the pairs into an index run.
    static func write(
        _ input: RewriteInput, _ output: RewriteOutput, table: TablePlace,
        layout: WrittenRewrite.Layout, files: StoreFiles, identitySeed: UInt64
    ) throws(StoreError) -> (handle: SegmentHandle, runPairs: [RunPair]) {
        let number = files.takeNumber()
        let path = files.path(FileNames.segment(number), workspace: table.workspace)
        let hasher = IdentityHasher(schema: table.schema, seed: identitySeed)
        let builder = SegmentBuilder(
            input, output, level: layout.level, rollupMaker: files.rollupMaker,
            checkpoint: layout.checkpoint)
        let built = try files.write(path) { sink throws(StoreError) in
            try builder.build(file: number, hasher: hasher) { bytes throws(StoreError) in
                try sink.append(bytes)
            }
        }
        try files.fileSystem.syncDirectory(files.parent(of: path))
        let entry = SegmentEntry(
            file: number, workspace: table.workspace, table: table.schema.number,
            level: layout.level.rawValue,
            day: output.day, liveRows: UInt32(output.live.count),
            historyRows: UInt32(output.history.count),
            sequences: built.sequences, times: built.times, byteCount: built.byteCount)
        return (open(entry, table: table, files: files, identitySeed: identitySeed), built.runPairs)
    }

    /// The handle of a listed segment; its file is mapped at first use.
    static func open(
        _ entry: SegmentEntry, table: TablePlace, files: StoreFiles, identitySeed: UInt64
    ) -> SegmentHandle {
        SegmentHandle(
            entry: entry, schema: table.schema,
            path: files.path(FileNames.segment(entry.file), workspace: table.workspace),
            identitySeed: identitySeed, fileSystem: files.fileSystem, signal: files.damage)
    }
}
