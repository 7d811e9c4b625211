// swift-tools-version: 6.2
// The layers of ARCHITECTURE.md, lowest first. `scripts/check` proves that each target imports
// only what its row names.
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["SpanTesting"], swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "spand",
    products: [
        .executable(name: "spand", targets: ["spand"]),
        .executable(name: "spanq", targets: ["spanq"]),
        .executable(name: "spanbench", targets: ["spanbench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // Layer 0: C.
        .target(name: "CPlatform"),
        .systemLibrary(
            name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // Layer 1: vocabulary and system calls.
        layer("SpanModel", []),
        layer("SpanPlatform", ["CPlatform", "SpanModel"]),
        // Layer 2: columns.
        layer("SpanColumns", ["SpanModel", "SpanPlatform", "CLZ4", "CZstd"]),
        layer("SpanSketch", ["SpanModel"]),
        // Layer 3: formats.
        layer("SpanFormat", ["SpanColumns", "SpanSketch", "SpanPlatform"]),
        // Layer 4: storage, queries and wire, which do not know each other.
        layer("SpanStorage", ["SpanFormat", "SpanPlatform"]),
        layer("SpanQuery", ["SpanFormat", "SpanSketch"]),
        layer("SpanWire", ["SpanColumns"]),
        // Layer 5: the named questions.
        layer("SpanAnalytics", ["SpanQuery", "SpanStorage"]),
        // Layer 6: the server and its client.
        layer(
            "SpanServer",
            [
                "SpanAnalytics", "SpanWire", "SpanPlatform", "CPlatform", "CZlib", "CZstd",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
            ]),
        layer("SpanClient", ["SpanModel", "SpanPlatform"]),
        // Layer 7: the programs.
        program(
            "spand",
            [
                "SpanServer", "SpanStorage", "SpanPlatform", "CPlatform",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        program(
            "spanq",
            [
                "SpanClient", "SpanAnalytics", "SpanStorage", "SpanWire", "SpanPlatform",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        program(
            "spanbench",
            [
                "SpanClient", "SpanWire", "SpanFormat", "SpanColumns", "SpanPlatform", "SpanModel",
                "CPlatform",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ]),
        // Tests.
        layer("SpanTesting", ["SpanAnalytics", "SpanWire"]),
        tests("SpanModelTests", ["SpanModel"]),
        tests("SpanPlatformTests", ["SpanPlatform"]),
        tests("SpanColumnsTests", ["SpanColumns"]),
        tests("SpanSketchTests", ["SpanSketch"]),
        tests("SpanFormatTests", ["SpanFormat"]),
        tests("SpanStorageTests", ["SpanStorage"]),
        tests("SpanQueryTests", ["SpanQuery"]),
        tests("SpanWireTests", ["SpanWire"]),
        tests("SpanAnalyticsTests", ["SpanAnalytics"]),
        tests(
            "SpanServerTests",
            [
                "SpanServer", "SpanClient", "SpanPlatform", "CZlib", "CZstd", "spand", "spanq",
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests("SpanClientTests", ["SpanClient", "SpanPlatform"]),
    ],
    swiftLanguageModes: [.v6]
)
