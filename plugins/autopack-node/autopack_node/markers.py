"""What takes a test out of the count, as regular expressions for one line of a file; a group is the marker's own name."""

from __future__ import annotations

_NAMES = r"(?:describe|context|suite|it|test|specify|bench|fixture)"
# Not in a line that is a comment.
_CODE = r"^(?!\s*(?://|\*)).*"

MARKERS = (
    # `it.skip`, `test.concurrent.only`, `describe.skipIf(…)`, `Deno.test.ignore`: skipped, unfinished, failing or focused.
    rf"{_CODE}(?<![\w.'\"`])(?:Deno\.)?{_NAMES}(?:\.(?:concurrent|sequential|each|extend|serial))?"
    r"\.(?:skip|skipIf|runIf|only|todo|fails|failing|ignore|todoIf|if|fixme)\b",
    # Jasmine's, Jest's and Mocha's short names.
    r"(?<![\w.'\"`$])(?:xit|xtest|xdescribe|xcontext|xspecify|fdescribe|ftest|fcontext)\s*(?:\(|\.)",
    # What has a name that models have too takes a text first.
    r"(?<![\w.'\"`$])fit\s*\(\s*['\"`]",
    # Options of a test in Node and Deno, and calls in a body.
    r"[{,]\s*(?:skip|todo|only|ignore)\s*:\s*+(?!false\b)",
    rf"{_CODE}(?<![\w.'\"`])(?:t|this|ctx|context)\.(?:skip|todo)\(",
    r"(?<![\w.'\"`])pending\(",
    # Options on a command line or in a configuration.
    r"--(?:passWithNoTests|pass-with-no-tests|permit-no-files|testNamePattern|testPathIgnorePatterns|test-name-pattern|"
    r"test-skip-pattern|test-only|exclude|forbid-only=false|no-forbid-only|only|grep|fgrep|invert|onlyChanged|changed)\b",
    r"^\s*['\"]?(?:testPathIgnorePatterns|testMatch|testRegex|testNamePattern|modulePathIgnorePatterns|passWithNoTests|"
    r"allowOnly|runner|testRunner|dangerouslyIgnoreUnhandledErrors)['\"]?\s*:",
    r"^\s*['\"]?(?:exclude|ignore|spec)['\"]?\s*:\s*\[",
    r"\bprocess\.exit(?:Code)?\s*(?:\(\s*0?\s*\)|=\s*0)",
    r"\bjest\.retryTimes\(",
)
