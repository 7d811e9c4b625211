// swift-tools-version: 6.2
// A peer of `spanbench decode`: swift-protobuf over the same request bodies. Apart from the package of
// the store, which does not depend on swift-protobuf. `python -m peers.decode` generates what is in
// Sources/protobuf-peer/Generated, builds and runs it.
import PackageDescription

let package = Package(
    name: "protobuf-peer",
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0")
    ],
    targets: [
        .executableTarget(
            name: "protobuf-peer",
            dependencies: [
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                // Built beside it; makes its sources.
                .product(name: "protoc-gen-swift", package: "swift-protobuf"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
