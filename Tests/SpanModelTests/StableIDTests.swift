// SHA-256 against the vectors of FIPS 180-4, and the identifiers made with it.

import SpanModel
import Testing

@Suite struct StableIDTests {
    private func hex(_ text: String) -> String {
        SHA256.digest(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            .joined()
    }

    @Test func digestsOfTheStandard() {
        #expect(
            hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(
            hex(String(repeating: "a", count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func partsAreKeptApart() {
        #expect(StableID.make("p", ["ab", "c"]) != StableID.make("p", ["a", "bc"]))
        // Computed with Python's hashlib.
        #expect(
            StableID.make("session", ["default", "0af7651916cd43dd8448eb211c80319c"])
                == "session-5e1d3f6a37666560eb941377fea0f6af")
    }
}
