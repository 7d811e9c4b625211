// Runs a connection's tasks on the event loop that reads its socket. A small request is then read,
// answered and written without waking another thread; each wake-up costs about as much as half an
// fdatasync. Whatever takes long leaves the loop (`Responder`, `Workers`).

import NIOCore

/// An event loop as an executor of tasks.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        loop.execute { job.runSynchronously(on: executor) }
    }
}
