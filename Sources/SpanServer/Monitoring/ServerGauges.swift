// Numbers of the process that are read when somebody asks.

import Glibc
import SpanPlatform

/// Reads the server's gauges.
enum ServerGauges {
    static func read(registry: ConnectionRegistry, budget: BodyBudget) -> [StoreGauge] {
        var gauges = [
            StoreGauge(
                name: "spand_connections", help: "Open connections.",
                value: Double(registry.count)),
            StoreGauge(
                name: "spand_connections_over_limit",
                help: "Connections closed or refused at the limit since the start.",
                value: Double(registry.closedAtLimitCount)),
            StoreGauge(
                name: "spand_ingest_budget_bytes", help: "Bytes that request bodies may hold.",
                value: Double(budget.capacityBytes)),
            StoreGauge(
                name: "spand_ingest_budget_used_bytes", help: "Bytes that request bodies hold.",
                value: Double(budget.reservedBytes)),
        ]
        if let bytes = residentBytes() {
            gauges.append(
                StoreGauge(
                    name: "process_resident_memory_bytes", help: "Resident memory.",
                    value: Double(bytes)))
        }
        return gauges
    }

    /// Resident bytes of this process, from /proc/self/statm.
    private static func residentBytes() -> Int? {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let fields = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
