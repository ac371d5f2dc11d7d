"""What takes a Go test out of the count, as regular expressions for one line of a file.

A group is the marker's own name, where an expression also has to look at what stands before it.
"""

from __future__ import annotations

_PLATFORMS = "linux|windows|darwin|freebsd|openbsd|netbsd|unix|js|wasm|android|ios|amd64|arm64|386|arm|cgo|go1"

# Not among them: `os.Exit(0)`, which `go test` itself turns into a failure since 1.16.
MARKERS = (
    # Calls in a test's body; a comment, or code quoted in a text, is none.
    r"^(?:[^/\"`]|/(?!/))*\b\w+\.(Skip|Skipf|SkipNow)\(",
    # Constraints that keep a file out of the build; what first names a platform is how platform files are written.
    rf"^\s*//go:build\s+(?=\S)(?!!?\(?(?:{_PLATFORMS})\b)",
    rf"^\s*// \+build\s+(?=\S)(?!!?(?:{_PLATFORMS})\b)",
    # `go test` passes over names that go on with a small letter.
    r"^func Test[a-z]\w*\(\w+ \*testing\.T\)",
    # Options, on a command line or in a variable.
    r"\bgo test\b[^#]*\s-{1,2}(?:test\.)?(?:skip|run|short|list|vet|tags)\b",
    r"\bGOFLAGS\b[^#]*\s?-{1,2}(?:test\.)?(?:skip|run|short|list|vet|tags)\b",
    # Who has the main function of the test program decides what runs, and how it ends.
    r"^func TestMain\(",
    r"^[^#/]*\bflag\.Set\(\"test\.",
)
