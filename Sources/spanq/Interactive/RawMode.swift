// The terminal as a line editor needs it: every key at once, none shown, none with a meaning of its
// own. Order of calls: `init`, read keys, `end`; `deinit` ends it too.

import Glibc

/// Raw mode of the terminal that standard input is.
final class RawMode {
    private var saved = termios()
    private var isOn = false

    /// Begins raw mode; nil when standard input is no terminal.
    init?() {
        guard tcgetattr(0, &saved) == 0 else { return nil }
        var raw = saved
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        raw.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR | ISTRIP)
        withUnsafeMutableBytes(of: &raw.c_cc) { characters in
            characters[Int(VMIN)] = 1
            characters[Int(VTIME)] = 0
        }
        guard tcsetattr(0, TCSADRAIN, &raw) == 0 else { return nil }
        isOn = true
    }

    deinit { end() }

    /// Gives the terminal back as it was.
    func end() {
        guard isOn else { return }
        tcsetattr(0, TCSADRAIN, &saved)
        isOn = false
    }
}
