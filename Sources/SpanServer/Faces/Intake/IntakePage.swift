// Query parameters of Intake's lists, and the body of a page: `{"data":[…],"pagination":{…}}`.

import SpanModel

/// The page that a request asks for.
struct IntakePage {
    let number: Int
    let size: Int

    /// From `page` (1) and `page_size` (100, at most 1000). Throws `invalidRecord` for others, which
    /// clients of Intake see as 422.
    init(_ parameters: [String: String]) throws(RequestFailure) {
        number = try Self.integer("page", parameters, default: 1, max: 1_000_000_000)
        size = try Self.integer("page_size", parameters, default: 100, max: 1_000)
    }

    private static func integer(
        _ name: String, _ parameters: [String: String], default standard: Int, max: Int
    ) throws(RequestFailure) -> Int {
        guard let text = parameters[name] else { return standard }
        guard let value = Int(text), (1...max).contains(value) else {
            throw RequestFailure(.invalidRecord, "\(name): must be an integer from 1 to \(max)")
        }
        return value
    }

    /// The items of the page; none behind the end.
    func items<Item>(of all: [Item]) -> ArraySlice<Item> {
        let start = min(all.count, (number - 1) * size)
        return all[start..<min(all.count, start + size)]
    }

    /// The body of the page, which has `data` of `total` items.
    func body(_ data: [[UInt8]], total: Int, sort: String? = nil) -> [UInt8] {
        var pagination = IntakeObject()
        pagination.add("page", Int64(number))
        pagination.add("page_size", Int64(size))
        pagination.add("current_page_size", Int64(data.count))
        pagination.add("total_pages", Int64((total + size - 1) / size))
        pagination.add("total_results", Int64(total))
        var body = IntakeObject()
        body.add("data", json: IntakeObject.list(data))
        body.add("pagination", json: pagination.json)
        if let sort { body.add("sort", sort) }
        return body.json
    }
}

/// Names of a list's parameters.
enum IntakeParameters {
    /// Throws `invalidArgument` for a parameter that the list does not take.
    static func check(
        _ request: RouteRequest, _ known: Set<String>, isFilter: (String) -> Bool
    ) throws(RequestFailure) {
        for name in request.parameters.keys.sorted() where !known.contains(name) {
            guard name.hasPrefix("filter["), isFilter(name) else {
                throw RequestFailure(.invalidArgument, "Unknown query parameter '\(name)'.")
            }
        }
    }
}
