// A trajectory that was stored comes out again, equal as JSON.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanTesting
import SpanWire
import Testing

@Suite struct ATIFExportTests {
    private func stored(_ text: String) throws -> MemoryTables {
        let bytes = Array(text.utf8)
        let decoded = try bytes.withUnsafeBytes {
            try ATIFDecoder.decode($0, workspace: "default", ingestTime: 0)
        }
        return MemoryTables(decoded.body.batches.map { MemoryTable($0, groupSizes: [3, 1]) })
    }

    private func export(_ text: String, _ session: String) throws -> String {
        String(
            decoding: try ATIFExport.trajectory(session: session, tables: try stored(text)),
            as: UTF8.self)
    }

    @Test func aTrajectoryComesBackWithItsMembersAndNumbersAsTheyWere() throws {
        let compact = ATIFSamples.small.split(separator: "\n")
            .map { String($0.drop { $0 == " " }) }.joined()
        #expect(try export(ATIFSamples.small, "s-small") == compact + "\n")
    }

    @Test func subagentsComeBackInTheirOrder() throws {
        let once = try export(ATIFSamples.nested, "s-nested")
        #expect(once.contains(#""extra":{"k":[1,2.50,null]}"#))
        #expect(once.contains(#""notes":"n \u00e9""#))
        let names = once.split(separator: #""name":""#).dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(names == ["boss", "idle", "worker"])
        // What is exported is a trajectory, and it exports as itself.
        #expect(try export(once, "s-nested") == once)
    }

    @Test func aSessionWithoutATrajectoryIsNamed() throws {
        #expect(throws: StoreError.unknown(what: "ATIF session", name: "other")) {
            try export(ATIFSamples.small, "other")
        }
    }
}
