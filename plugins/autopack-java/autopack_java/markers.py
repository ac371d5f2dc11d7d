"""What takes a Java or Kotlin test out of the count, as regular expressions for one line of a file.

A group is the marker's own name, where an expression also has to look at what stands before it.
"""

from __future__ import annotations

MARKERS = (
    r"^\s*@[\w.]*\b(Disabled\w*|Ignore|IgnoreIf|EnabledIf\w*|EnabledOn\w+|PendingFeature)\b",
    r"@Test\([^)]*\benabled\s*=\s*false\b",
    # Calls in a test's body; a comment is none.
    r"^[^/*]*\b(assumeTrue|assumeFalse|assumeThat|assumingThat|abort)\(",
    r"^[^/*]*\bthrow\s+new\s+[\w.]*\b(SkipException|TestAbortedException|AssumptionViolatedException)\b",
    r"^\s*(x(?:test|it|describe|context|should|given|scenario))\(",
    # Settings of a build.
    r"<(skipTests|skipITs|maven\.test\.skip|testFailureIgnore|maven\.test\.failure\.ignore|skip)>\s*true\b",
    r"<(excludedGroups|excludesFile)>",
    r"^-D(skipTests|maven\.test\.skip|maven\.test\.failure\.ignore)\b",
    r"^\s*(ignoreFailures|failOnNoDiscoveredTests|failOnNoMatchingTests)\s*(?:=|\s)\s*(?:true|false)\b",
    r"^\s*(excludeTags|excludeEngines|excludeTestsMatching)\b",
)
