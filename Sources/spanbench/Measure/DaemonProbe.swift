// What a daemon costs: its processor time and memory from /proc, its bytes on disk from its
// directory. The process is the holder of the store's lock.

import Glibc
import SpanModel
import Synchronization

/// Readings of one daemon.
final class DaemonProbe: Sendable {
    private let processID: Int
    private let directory: String
    private let anonymousPeak = Atomic<Int>(0)

    /// The daemon that holds the store in `directory`. Throws `unknown` when none does.
    init(directory: String) throws(StoreError) {
        self.directory = directory
        let holder = ProcFile.text(directory + "/LOCK") ?? ""
        guard let word = holder.split(whereSeparator: { $0 == " " || $0 == "\n" }).first,
            word.hasPrefix("pid="), let number = Int(word.dropFirst(4)),
            ProcFile.text("/proc/\(number)/stat") != nil
        else { throw .unknown(what: "daemon on store", name: directory) }
        processID = number
    }

    /// User and system seconds used so far.
    var processorSeconds: Double {
        let stat = ProcFile.text("/proc/\(processID)/stat") ?? ""
        // The name in parentheses may hold spaces; utime and stime are fields 14 and 15.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13])
        else { return .nan }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// A line of /proc/PID/status in bytes: VmRSS, VmHWM, RssAnon.
    func memoryBytes(_ line: String) -> Int {
        let status = ProcFile.text("/proc/\(processID)/status") ?? ""
        for text in status.split(separator: "\n") where text.hasPrefix(line + ":") {
            let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
            return words.count > 1 ? (Int(words[1]) ?? 0) * 1_024 : 0
        }
        return 0
    }

    /// Notes the anonymous memory of this moment, for its peak.
    func sampleMemory() {
        let now = memoryBytes("RssAnon")
        if now > anonymousPeak.load(ordering: .relaxed) {
            anonymousPeak.store(now, ordering: .relaxed)
        }
    }

    /// Bytes of the store's files, those of the log apart.
    func diskBytes() -> (store: Int, log: Int) {
        var sizes = (store: 0, log: 0)
        FileTree.forEachFile(directory) { name, size in
            if name.hasPrefix("wal-") { sizes.log += size } else { sizes.store += size }
        }
        return sizes
    }

    /// Memory and disk of this moment.
    var report: Report {
        var report = Report()
        report.add("processor_seconds_total", processorSeconds)
        report.add("resident_bytes", memoryBytes("VmRSS"))
        report.add("resident_peak_bytes", memoryBytes("VmHWM"))
        report.add("anonymous_bytes", memoryBytes("RssAnon"))
        report.add("anonymous_peak_bytes", anonymousPeak.load(ordering: .relaxed))
        let disk = diskBytes()
        report.add("store_bytes", disk.store)
        report.add("log_bytes", disk.log)
        return report
    }
}

/// Small files whose size the kernel does not tell.
enum ProcFile {
    static func text(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while true {
            let byte = getc_unlocked(file)
            if byte < 0 { break }
            bytes.append(UInt8(byte))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Files below a directory.
enum FileTree {
    /// Calls `body` with each regular file's name and allocated bytes.
    static func forEachFile(_ directory: String, _ body: (String, Int) -> Void) {
        guard let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            var info = stat()
            guard lstat("\(directory)/\(name)", &info) == 0 else { continue }
            switch info.st_mode & S_IFMT {
            case S_IFDIR: forEachFile("\(directory)/\(name)", body)
            case S_IFREG: body(name, Int(info.st_blocks) * 512)
            default: continue
            }
        }
    }
}
