// A run of integers without nulls, self-delimiting: the body of integer and string pages and a
// part of most others. Constant sections are their header alone.
// Format: schemas/encodings.md, "Integer section".

import SpanModel

/// Writes integer sections.
enum IntegerSection {
    static let headerBytes = 16

    /// Appends the cheapest section for `values`.
    static func append(
        _ values: [Int64], allowsDelta: Bool = true, to out: inout [UInt8]
    ) {
        values.withUnsafeBufferPointer { values in
            guard !values.isEmpty else {
                appendHeader(.constant, width: 0, unit: .one, base: 0, to: &out)
                return
            }
            let plan = IntegerPlan(values, IntegerStatistics(values), allowsDelta: allowsDelta)
            append(values, plan, to: &out)
        }
    }

    /// Appends `values` as `plan` says.
    static func append(
        _ values: UnsafeBufferPointer<Int64>, _ plan: IntegerPlan, to out: inout [UInt8]
    ) {
        let start = out.count
        appendHeader(
            plan.encoding, width: plan.width, unit: plan.unit, base: plan.base, to: &out)
        switch plan.encoding {
        case .runLength: RunLengthEncoding.append(values, plan, to: &out)
        case .packed:
            PackedLanes.append(
                values, base: plan.base, unit: plan.unit.value, width: plan.width, to: &out)
        case .delta: DeltaEncoding.append(values, plan, to: &out)
        case .aligned: out.append(contentsOf: plan.aligned)
        default: break
        }
        out.patch(out.count - start - headerBytes, at: start + 4)
    }

    private static func appendHeader(
        _ encoding: PageEncoding, width: Int, unit: IntegerUnit, base: Int64,
        to out: inout [UInt8]
    ) {
        out.append(encoding.rawValue)
        out.append(UInt8(width))
        out.append(unit.code)
        out.append(0)
        out.put(UInt32(0))
        out.put(base)
    }
}
