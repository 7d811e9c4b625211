// Which store a command speaks to, and how: through the daemon's socket, or with --data-dir and no
// daemon in this process, read-only.

import ArgumentParser
import SpanClient
import SpanModel
import SpanPlatform

/// The options that choose a store.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The daemon's Unix socket.", valueName: "path"))
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "A store's directory; read in this process when no daemon holds it.",
            valueName: "dir"))
    var dataDir: String?

    @Option(help: ArgumentHelp("The workspace (default: default).", valueName: "name"))
    var workspace: String?

    /// The workspace to ask.
    var workspaceName: String {
        workspace ?? DefaultPaths.environment("SPAND_WORKSPACE") ?? "default"
    }

    /// The socket to use when a daemon is asked.
    var socketPath: String {
        let directory =
            dataDir ?? DefaultPaths.environment("SPAND_DATA_DIR") ?? DefaultPaths.dataDirectory
        return socket ?? DefaultPaths.environment("SPAND_SOCKET")
            ?? DefaultPaths.socket(dataDirectory: directory)
    }

    /// A client of the daemon. `timeoutSeconds` 0 waits for ever.
    func client(timeoutSeconds: Int = 120) -> DaemonClient {
        DaemonClient(
            path: socketPath, workspace: workspaceName, timeoutSeconds: timeoutSeconds)
    }
}

extension StoreOptions {
    /// Has the daemon do something that takes as long as it takes, and prints the answer.
    func command(
        _ name: String, _ parameters: [String: String], _ output: FormatOptions
    ) throws {
        let client = client(timeoutSeconds: 0)
        var parameters = parameters
        parameters["format"] = output.effective.wireName
        let reply = try client.post(
            "/api/v1/\(name)" + QueryString.encode(parameters), contentType: "application/json",
            body: [])
        try Terminal.write(try client.checked(reply).body)
    }
}

/// The daemon, as commands ask it.
struct DaemonClient {
    let path: String
    private let workspace: String
    private let http: HTTPClient

    init(path: String, workspace: String, timeoutSeconds: Int) {
        self.path = path
        self.workspace = workspace
        http = HTTPClient(.unix(path: path), timeoutSeconds: timeoutSeconds)
    }

    /// Asks with GET.
    func get(
        _ target: String, sink: HTTPClient.Sink? = nil
    ) throws(CommandFailure) -> HTTPReply {
        try checked(send("GET", target, headers: [], body: nil, sink: sink))
    }

    /// Sends a body; the answer may be of any status.
    func post(
        _ target: String, contentType: String, contentEncoding: String? = nil, body: [UInt8],
        sink: HTTPClient.Sink? = nil
    ) throws(CommandFailure) -> HTTPReply {
        var headers = [(name: "Content-Type", value: contentType)]
        if let contentEncoding { headers.append(("Content-Encoding", contentEncoding)) }
        return try send("POST", target, headers: headers, body: body, sink: sink)
    }

    /// The answer, or its refusal as a failure.
    func checked(_ reply: HTTPReply) throws(CommandFailure) -> HTTPReply {
        guard reply.isSuccess else { throw CommandFailure(reply, place: path) }
        return reply
    }

    private func send(
        _ method: String, _ target: String, headers: [(name: String, value: String)],
        body: [UInt8]?, sink: HTTPClient.Sink?
    ) throws(CommandFailure) -> HTTPReply {
        do throws(StoreError) {
            return try http.send(
                method, target, headers: headers + [("X-Workspace", workspace)], body: body,
                sink: sink)
        } catch {
            throw CommandFailure(error, place: path)
        }
    }
}
