// Where the store and its socket are when nobody says otherwise (contract §1): the XDG base
// directories of a user, /var/lib for root. The daemon and its clients must agree on this.

import Glibc

/// Default paths of this user.
package enum DefaultPaths {
    /// An environment variable's value; nil when it is unset or empty.
    package static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// `$XDG_STATE_HOME/spand` or `~/.local/state/spand`; `/var/lib/spand` for root.
    package static var dataDirectory: String {
        if geteuid() == 0 { return "/var/lib/spand" }
        if let state = environment("XDG_STATE_HOME") { return state + "/spand" }
        return (environment("HOME") ?? "") + "/.local/state/spand"
    }

    /// `$XDG_RUNTIME_DIR/spand/spand.sock`, else `<data directory>/spand.sock`.
    package static func socket(dataDirectory: String) -> String {
        if let runtime = environment("XDG_RUNTIME_DIR") { return runtime + "/spand/spand.sock" }
        return dataDirectory + "/spand.sock"
    }

    /// The path, made absolute by the working directory.
    package static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }
}
