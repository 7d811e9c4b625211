// The one table of the daemon's settings: flag, environment variable, config key, default. What
// `spand config show` prints and what `spand serve` uses are the same resolved values.

import SpanModel
import SpanPlatform

/// A setting's names.
enum Setting: String, CaseIterable {
    case dataDir = "data_dir"
    case socket
    case listen
    case grpcListen = "grpc_listen"
    case listenPublic = "listen_public"
    case tokenFile = "token_file"
    case memtableMiB = "memtable_mib"
    case logLevel = "log_level"

    /// The key in the config file.
    var key: String { rawValue }

    /// The environment variable.
    var environment: String { "SPAND_" + key.uppercased() }

    /// The flag.
    var flag: String { "--" + key.map { $0 == "_" ? "-" : String($0) }.joined() }
}

/// Where a value came from; the earlier ones win.
enum Origin: CustomStringConvertible {
    case flag(String)
    case environment(String)
    case file(String, line: Int)
    case standard

    var description: String {
        switch self {
        case .flag(let name): name
        case .environment(let name): name
        case .file(let path, let line): "\(path):\(line)"
        case .standard: "default"
        }
    }
}

/// Effective values and their origins.
struct Settings {
    private(set) var values: [Setting: (value: String, origin: Origin)] = [:]

    /// Resolves all settings. Throws `invalidArgument` for a config file that cannot be read or
    /// has an unknown key.
    init(flags: [Setting: String], configPath: String?) throws(StoreError) {
        let file = try configPath.map { path throws(StoreError) in try ConfigFile(path: path) }
        for setting in Setting.allCases {
            if let value = flags[setting] {
                values[setting] = (value, .flag(setting.flag))
            } else if let value = DefaultPaths.environment(setting.environment) {
                values[setting] = (value, .environment(setting.environment))
            } else if let (value, line) = file?.values[setting], let configPath {
                values[setting] = (value, .file(configPath, line: line))
            }
        }
        addDefaults()
    }

    private mutating func addDefaults() {
        let dataDir = DefaultPaths.absolute(self[.dataDir] ?? DefaultPaths.dataDirectory)
        let standards: [Setting: String] = [
            .dataDir: dataDir,
            .socket: DefaultPaths.socket(dataDirectory: dataDir),
            .listenPublic: "false",
            .memtableMiB: "\(Limits.memtableBytesMax >> 20)",
            .logLevel: "info",
        ]
        for (setting, value) in standards where values[setting] == nil {
            values[setting] = (value, .standard)
        }
        for setting in [Setting.dataDir, .socket] {
            let path = DefaultPaths.absolute(self[setting] ?? "")
            values[setting]?.value = path
        }
    }

    /// The effective value; nil for a setting without a default.
    subscript(setting: Setting) -> String? { values[setting]?.value }

    /// A whole number in `range`; nil for a setting without a value. Throws `invalidArgument` for
    /// anything else.
    func integer(_ setting: Setting, in range: ClosedRange<Int>) throws(StoreError) -> Int? {
        guard let text = self[setting] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .invalidArgument(
                name: setting.key,
                reason: "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// `true` or `false`. Throws `invalidArgument` for another word.
    func flag(_ setting: Setting) throws(StoreError) -> Bool {
        switch self[setting]?.lowercased() {
        case "true", "yes", "1", "on": return true
        case "false", "no", "0", "off", nil: return false
        default:
            throw .invalidArgument(name: setting.key, reason: "must be true or false")
        }
    }
}
