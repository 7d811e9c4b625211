// Which pages and blocks of texts a query has read, for `--explain`. Thread-safe; a lock per column and
// morsel, and one per block.

import SpanColumns
import SpanModel
import Synchronization

/// Notes the columns that were read of each row group, and the blocks of their texts.
final class PageLog: Sendable {
    /// By row group, a bit for each column.
    private let columns: Mutex<[UInt64]>
    private let blocks = Mutex((count: 0, bytes: 0))

    init(groupCount: Int) { columns = Mutex(Array(repeating: 0, count: groupCount)) }

    /// Notes a column, of which the first 64 are told apart.
    func note(_ column: Int, of group: Int) {
        columns.withLock { $0[group] |= 1 << UInt64(min(column, 63)) }
    }

    /// The same texts, whose blocks are noted when they are read; those in memory are not.
    func noting(_ blocks: any TextBlockSource) -> any TextBlockSource {
        blocks is MemoryTextBlocks ? blocks : NotedTextBlocks(base: blocks, log: self)
    }

    fileprivate func note(_ block: TextBlock) {
        blocks.withLock {
            $0.count += 1
            $0.bytes += block.bytes.count
        }
    }

    /// Blocks of texts, each as often as it was read, and their bytes as stored.
    var texts: (count: Int, bytes: Int) { blocks.withLock { $0 } }

    /// Pages and their bytes; columns in memory have none.
    func total(_ groups: [any RowGroup]) -> (pages: Int, bytes: Int) {
        var total = (pages: 0, bytes: 0)
        for (group, columns) in zip(groups, columns.withLock { $0 }) where columns != 0 {
            for column in 0..<64 where columns >> UInt64(column) & 1 != 0 {
                guard let bytes = group.pageBytes(column) else { continue }
                total.pages += 1
                total.bytes += bytes
            }
        }
        return total
    }
}

private struct NotedTextBlocks: TextBlockSource {
    let base: any TextBlockSource
    let log: PageLog

    var count: Int { base.count }
    var identity: TextBlockIdentity? { base.identity }

    func block(_ number: UInt32) throws(StoreError) -> TextBlock {
        let block = try base.block(number)
        log.note(block)
        return block
    }
}
