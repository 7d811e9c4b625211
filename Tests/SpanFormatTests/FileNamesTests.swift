// The grammar of file names: what is made is read back, what no rule reads is never ours to
// remove.

import SpanFormat
import Testing

@Suite struct FileNamesTests {
    @Test(arguments: [0, 1, 0xab, 0x0123_4567_89ab_cdef, UInt64.max])
    func madeNamesAreReadBack(number: UInt64) {
        for name in [
            FileNames.segment(number), FileNames.identityRun(number),
            FileNames.idempotencyRun(number), FileNames.kills(number),
        ] {
            #expect(FileNames.isRemovable(name))
            #expect(FileNames.walIndex(name) == nil)
            #expect(FileNames.workspaceNumber(name) == nil)
        }
        #expect(
            FileNames.number(FileNames.segment(number), prefix: "segment-", suffix: ".seg")
                == number)
        #expect(FileNames.walIndex(FileNames.wal(number)) == number)
        #expect(!FileNames.isRemovable(FileNames.wal(number)))
    }

    @Test func workspaceDirectoriesHave32BitNumbers() {
        #expect(FileNames.workspaceDirectory(1) == "workspace-0000000000000001")
        #expect(FileNames.workspaceNumber(FileNames.workspaceDirectory(.max)) == .max)
        #expect(FileNames.workspaceNumber("workspace-0000000100000000") == nil)
        #expect(!FileNames.isRemovable(FileNames.workspaceDirectory(1)))
    }

    @Test(arguments: [
        "", "LOCK", "MANIFEST", "MANIFEST.tmp.old", "segment-.seg", "segment-1.seg", "notes.txt",
        "segment-00000000000000AB.seg", "segment-00000000000000ab.seg~",
        "Segment-00000000000000ab.seg", "segment-00000000000000ab.run",
        "identity-00000000000000ab.seg", "kills-00000000000000ab.bin.bak",
        "segment-000000000000000ab.seg", "segment-0000000000000a.seg",
        "segment-00000000000000g0.seg",
        "segment-０000000000000000.seg", "../segment-00000000000000ab.seg", "quarantine",
        "wal-00000000000000ab.log", "wal-tail-00000000000000ab.bin",
    ])
    func whatNoRuleReadsIsNotRemoved(name: String) {
        #expect(!FileNames.isRemovable(name))
        #expect(FileNames.workspaceNumber(name) == nil)
    }

    @Test func theTemporaryManifestIsALeftover() {
        #expect(FileNames.isRemovable(FileNames.temporaryManifest))
    }
}
