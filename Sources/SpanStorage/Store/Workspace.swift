// A tenant: its number, which names its directory, and its tables.

import SpanModel

/// The writer's state of a workspace.
final class Workspace {
    let number: UInt32
    let name: String
    /// In the order of `Tables.all`.
    let tables: [Table]

    init(number: UInt32, name: String, identitySeed: UInt64) {
        self.number = number
        self.name = name
        tables = Tables.all.map {
            Table(schema: $0, workspace: number, identitySeed: identitySeed)
        }
    }

    /// The table with a number on disk.
    func table(_ number: UInt8) -> Table? { tables.first { $0.schema.number == number } }
}
