// A store answers as the reference does, whatever seals, compactions and restarts lie between.

import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct StoreReferenceTests {
    @Test(arguments: 0..<60)
    func randomOperationsAgreeWithTheReference(seed: Int) throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: UInt64(seed))
        var random = SeededGenerator(seed: UInt64(seed) &+ 1_000)
        for step in 0..<40 {
            let operation = random.next() % 12
            switch operation {
            case 0, 1: try driver.store.seal()
            case 2: try driver.store.compact()
            case 3: try driver.store.compact(isEager: true)
            case 4: try driver.reopen()
            default: try driver.commit(countMax: operation == 5 ? 60 : 6)
            }
            let difference = try driver.difference()
            #expect(difference == nil, "seed \(seed) step \(step) after \(operation)")
            if difference != nil { return }
        }
    }

    @Test func manyOneRowBatchesMergeIntoFewChunks() throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 7)
        for _ in 0..<400 { try driver.commit(countMax: 1) }
        #expect(try driver.difference() == nil)
        try driver.store.seal()
        #expect(driver.store.memtableRows == 0)
        #expect(try driver.difference() == nil)
    }
}
