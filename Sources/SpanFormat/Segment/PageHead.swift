// What directories say of a page beside its place: encoding u8, null count u32, has zone u8, and if 1
// the least and greatest value, i64 each (schemas/segment.md).

import SpanColumns
import SpanModel

/// How a page is encoded, and what is known of its values.
struct PageHead {
    let encoding: PageEncoding
    let zone: ZoneMap

    init(encoding: PageEncoding, zone: ZoneMap) {
        self.encoding = encoding
        self.zone = zone
    }

    /// Reads a head. Throws `corruption`.
    init(_ reader: inout ByteReader) throws(StoreError) {
        let encoding = try reader.pageEncoding()
        var zone = ZoneMap(nullCount: Int(try reader.uint32()))
        if try reader.flag() {
            let least = try reader.int64()
            let greatest = try reader.int64()
            guard least <= greatest else { throw reader.damage("zone is reversed") }
            zone.integers = least...greatest
        }
        self.init(encoding: encoding, zone: zone)
    }

    func append(to out: inout [UInt8]) {
        out.put(encoding.rawValue)
        out.put(UInt32(zone.nullCount))
        out.put(UInt8(zone.integers == nil ? 0 : 1))
        if let integers = zone.integers {
            out.put(integers.lowerBound)
            out.put(integers.upperBound)
        }
    }
}
