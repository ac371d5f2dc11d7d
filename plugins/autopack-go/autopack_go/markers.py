"""What takes a Go test out of the count, as regular expressions for one line of a file.

A group is the marker's own name, where an expression also has to look at what stands before it.
"""

from __future__ import annotations

MARKERS = (
    # Calls in a test's body; a comment, or code quoted in a text, is none.
    r"^(?:[^/\"`]|/(?!/))*\b\w+\.(Skip|Skipf|SkipNow)\(",
    # Constraints that keep a file out of the build, however they are written.
    r"^\s*//go:build\b",
    r"^\s*// \+build\b",
    # `go test` passes over names that go on with a small letter.
    r"^func Test[a-z]\w*\(\w+ \*testing\.T\)",
    # Options, on a command line or in a variable.
    r"\bgo test\b[^#]*\s-{1,2}(?:test\.)?(?:skip|run|short|list|vet|tags)\b",
    r"\bGOFLAGS\b[^#]*\s?-{1,2}(?:test\.)?(?:skip|run|short|list|vet|tags)\b",
    # Who has the main function of the test program decides what runs, and how it ends.
    r"^func TestMain\(",
    r"^[^#/]*\bos\.Exit\(0\)",
    r"^[^#/]*\bflag\.Set\(\"test\.",
)
