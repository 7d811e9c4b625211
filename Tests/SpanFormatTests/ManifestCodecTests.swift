// The manifest: golden bytes, round trips, and that damage as well as bytes that check but
// contradict themselves are refused.

import SpanFormat
import SpanModel
import SpanTesting
import Testing

@Suite struct ManifestCodecTests {
    /// The worked example of schemas/manifest.md.
    static var example: Manifest {
        var manifest = Manifest(storeID: 0x1122_3344_5566_7788)
        manifest.edit = 3
        manifest.nextFileNumber = 9
        manifest.nextSequence = 12
        manifest.walLowWater = 120
        manifest.killsFile = 8
        manifest.workspaces = [WorkspaceEntry(number: 1, name: "default")]
        manifest.segments = [
            SegmentEntry(
                file: 5, workspace: 1, table: 1, level: 0, day: 0, liveRows: 2, historyRows: 1,
                sequences: 1...11, times: 100...200, byteCount: 4_096)
        ]
        manifest.identityRuns = [
            IdentityRunEntry(file: 6, workspace: 1, table: 1, entryCount: 2)
        ]
        manifest.idempotencyRuns = [IdempotencyRunEntry(file: 7, entryCount: 1)]
        return manifest
    }

    static func decode(_ bytes: [UInt8]) throws(StoreError) -> Manifest {
        let result: Result<Manifest, StoreError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in
                try ManifestCodec.decode(buffer, file: "MANIFEST")
            }
        }
        return try result.get()
    }

    @Test("The worked example of schemas/manifest.md is what is written and what is read")
    func golden() throws {
        let golden = bytes(hex: GoldenBytes.manifest)
        let encoded = ManifestCodec.encode(Self.example)
        #expect(dump(encoded) == dump(golden))
        #expect(try Self.decode(golden) == Self.example)
    }

    @Test func anyDamageIsNoticed() {
        for damage in damages(of: ManifestCodec.encode(Self.example)) {
            #expect(throws: StoreError.self, "\(damage.name)") { try Self.decode(damage.bytes) }
        }
    }

    @Test func aNewerVersionIsNamedBeforeAnythingElseIsBelieved() {
        var newer = ManifestCodec.encode(Self.example)
        newer[8] = 2
        #expect(throws: StoreError.unsupportedVersion(file: "MANIFEST", found: 2, newest: 1)) {
            try Self.decode(Array(newer[..<12]))
        }
    }

    @Test(arguments: 0..<50)
    func randomManifestsComeBack(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var manifest = Manifest(storeID: random.next())
        manifest.edit = random.next()
        manifest.nextSequence = 1_000_000
        manifest.walLowWater = random.next()
        for number in 0..<random.int(below: 5) {
            manifest.workspaces.append(
                WorkspaceEntry(number: UInt32(number + 1), name: "Ünï-\(number)"))
        }
        func workspace() -> UInt32 { 1 + UInt32(random.int(below: manifest.workspaces.count)) }
        func number() -> UInt64 {
            defer { manifest.nextFileNumber += 1 }
            return manifest.nextFileNumber
        }
        for _ in 0..<(manifest.workspaces.isEmpty ? 0 : random.int(below: 40)) {
            let first = 1 + UInt64(random.int(below: 1_000))
            let time = Int64(truncatingIfNeeded: random.next() >> 1)
            manifest.segments.append(
                SegmentEntry(
                    file: number(), workspace: workspace(),
                    table: UInt8(1 + random.int(below: 4)), level: UInt8(random.int(below: 2)),
                    day: Int64(random.int(below: 100)) - 50, liveRows: UInt32(random.int(below: 9)),
                    historyRows: 1 + UInt32(random.int(below: 9)),
                    sequences: first...first + UInt64(random.int(below: 9)),
                    times: random.oneIn(3) ? nil : -time...time, byteCount: random.next(),
                    quarantine: random.oneIn(4) ? "corruption in …" : ""))
            manifest.identityRuns.append(
                IdentityRunEntry(
                    file: number(), workspace: workspace(), table: 1, entryCount: random.next()))
        }
        for _ in 0..<random.int(below: 9) {
            manifest.idempotencyRuns.append(
                IdempotencyRunEntry(file: number(), entryCount: random.next()))
        }
        if random.oneIn(2) { manifest.killsFile = number() }
        #expect(try Self.decode(ManifestCodec.encode(manifest)) == manifest)
    }

    @Test(
        "Bytes that check but contradict themselves are refused",
        arguments: [
            { $0.nextFileNumber = 0 }, { $0.nextFileNumber = .max }, { $0.nextSequence = 0 },
            { $0.nextSequence = .max }, { $0.nextFileNumber = 8 }, { $0.killsFile = 7 },
            { $0.workspaces = [] }, { $0.workspaces = [WorkspaceEntry(number: 2, name: "a")] },
            { $0.workspaces[0] = WorkspaceEntry(number: 1, name: "") },
            { $0.workspaces.append(WorkspaceEntry(number: 2, name: "default")) },
            { $0.nextSequence = 11 }, { $0.segments.append($0.segments[0]) },
            { $0.segments[0] = segment(table: 9) }, { $0.segments[0] = segment(workspace: 2) },
            { $0.segments[0] = segment(liveRows: 0) },
            { $0.segments[0] = segment(liveRows: .max, historyRows: 1) },
            {
                $0.identityRuns[0] = IdentityRunEntry(
                    file: 6, workspace: 0, table: 1, entryCount: 2)
            },
        ] as [@Sendable (inout Manifest) -> Void])
    func contradictions(break breakRule: @Sendable (inout Manifest) -> Void) {
        var manifest = Self.example
        breakRule(&manifest)
        #expect(throws: StoreError.self) { try Self.decode(ManifestCodec.encode(manifest)) }
    }

    private static func segment(
        workspace: UInt32 = 1, table: UInt8 = 1, liveRows: UInt32 = 2, historyRows: UInt32 = 0
    ) -> SegmentEntry {
        SegmentEntry(
            file: 5, workspace: workspace, table: table, level: 0, day: 0, liveRows: liveRows,
            historyRows: historyRows, sequences: 1...11, times: nil, byteCount: 1)
    }
}
