// How many threads can run at the same time.

import Glibc

/// The processors of the machine.
package enum Processors {
    /// Processors that were online at the first look; at least 1.
    package static let count = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}
