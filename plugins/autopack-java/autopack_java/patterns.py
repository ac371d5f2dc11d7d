"""The lines by which Maven, Gradle, javac and the test runners say what is wrong.  A lower rank is a more telling cause."""

from __future__ import annotations

from autopack.model.failure import Pattern

PATTERNS = (
    Pattern(
        kind="java:wrong-version",
        regex=r"(?:error: )?(?:invalid (?:target|source) release: |release version )(?P<want>[\d.]+)(?: not supported)?$",
        example="Fatal error compiling: error: release version 21 not supported",
        rank=6,
    ),
    Pattern(
        kind="java:old-release",
        regex=r"(?:Source|Target) option (?P<want>\d+) is no longer supported",
        example="[ERROR] Source option 5 is no longer supported. Use 7 or later.",
        rank=8,
    ),
    Pattern(
        kind="java:newer-class-file",
        regex=r"Unsupported class file major version (?P<have>\d+)",
        example="> Unsupported class file major version 61",
        rank=8,
    ),
    Pattern(
        kind="maven:offline",
        regex=r"in offline mode and the artifact (?P<artifact>\S+) has not been downloaded"
        r"|Unknown host |Could not transfer artifact (?P<other>\S+) from/to ",
        example=(
            "[ERROR] Non-resolvable parent POM for demo:demo:1: Could not transfer artifact zz:pp:pom:3 from/to central"
            " (https://example.invalid/maven2): transfer failed: Unknown host example.invalid: Temporary failure"
        ),
        rank=9,
    ),
    Pattern(
        kind="maven:no-artifact",
        regex=r"Could not find artifact (?P<artifact>\S+)"
        r"|(?<!\S)(?P<other>\S{1,200}) was not found in \S+ during a previous attempt",
        example=(
            "[ERROR] Failed to execute goal on project demo: Could not resolve dependencies for project demo:demo:jar:1:"
            " Could not find artifact org.nope:nope-xyz:jar:1 in central (https://example.invalid/maven2) -> [Help 1]"
        ),
        rank=10,
    ),
    Pattern(
        kind="maven:no-pom",
        regex=r"requires a project to execute but there is no POM in this directory",
        example="[ERROR] The goal you specified requires a project to execute but there is no POM in this directory (/w).",
        rank=10,
    ),
    Pattern(
        kind="maven:no-module",
        regex=r"Child module (?P<module>\S+) of \S+ does not exist",
        example="[ERROR]     Child module /project/gone of /project/pom.xml does not exist",
        rank=10,
    ),
    Pattern(
        kind="maven:no-parent",
        regex=r"Non-resolvable parent POM for (?P<project>\S+):",
        example="[FATAL] Non-resolvable parent POM for demo:demo:1: Could not find the parent",
        rank=11,
    ),
    Pattern(
        kind="maven:bad-pom",
        regex=r"Non-(?:readable|parseable) POM (?P<path>\S+):",
        example="[ERROR]     Non-readable POM /project/pom.xml: no more data available - expected end tag </project>",
        rank=10,
    ),
    Pattern(
        kind="maven:wrapper-incomplete",
        regex=r"Could not find or load main class org\.apache\.maven\.wrapper",
        example="Error: Could not find or load main class org.apache.maven.wrapper.MavenWrapperMain",
        rank=8,
    ),
    Pattern(
        kind="gradle:wrapper-incomplete",
        regex=r"Unable to access jarfile \S*gradle-wrapper\.jar",
        example="Error: Unable to access jarfile /project/gradle/wrapper/gradle-wrapper.jar",
        rank=8,
    ),
    Pattern(
        kind="gradle:no-artifact",
        regex=r"^> Could not find (?P<artifact>[^:\s]+:[^:\s]+:\S+?)\.$",
        example="> Could not find org.nope:xx:1.",
        rank=10,
    ),
    Pattern(
        kind="gradle:offline",
        regex=r"^\s*> (?:Could not resolve (?P<artifact>[^:\s]+:[^:\s]+:\S+?)\.$|No cached version of \S+ available for offline)",
        example="> Could not resolve org.nope:xx:1.",
        rank=11,
    ),
    Pattern(
        kind="gradle:no-task",
        regex=r"^Task '(?P<task>[^']+)' not found in ",
        example="Task 'frobnicate' not found in root project 'g'.",
        rank=10,
    ),
    Pattern(
        kind="gradle:read-only-home",
        regex=r"\.lock \(Read-only file system\)",
        example="> java.io.FileNotFoundException: /project/caches/4.4.1/fileHashes/fileHashes.lock (Read-only file system)",
        rank=9,
    ),
    Pattern(
        kind="java:no-package",
        regex=r"\.(?:java|kt|groovy):\S+ (?:error: )?package (?P<package>[\w.]+) does not exist",
        example="[ERROR] /project/src/main/java/demo/Calc.java:[1,28] package org.zz does not exist",
        rank=15,
    ),
    Pattern(
        kind="java:no-symbol",
        regex=r"\.java:\S+ (?:error: )?cannot find symbol",
        example="[ERROR] /project/src/main/java/demo/Calc.java:[1,65] cannot find symbol",
        rank=18,
    ),
    Pattern(
        kind="java:compile-error",
        regex=r"^(?:\[ERROR\] )?(?P<path>/\S+\.java):(?:\[\d+,\d+\]|\d+: error:) (?P<message>.+)",
        example="[ERROR] /project/src/main/java/demo/Calc.java:[1,71] reached end of file while parsing",
        rank=20,
    ),
    Pattern(
        kind="java:compilation-failed",
        regex=r"COMPILATION ERROR|Compilation failed; see the compiler error output",
        example="[ERROR] COMPILATION ERROR : ",
        rank=45,
    ),
    Pattern(
        kind="java:test-process-ended",
        regex=r"The forked VM terminated without properly saying goodbye",
        example="[ERROR] The forked VM terminated without properly saying goodbye. VM crash or System.exit called?",
        rank=14,
    ),
    Pattern(
        kind="maven:no-tests",
        regex=r"^(?:\[INFO\] )?No tests to run\.",
        example="[INFO] No tests to run.",
        rank=30,
    ),
    Pattern(
        kind="java:assertion",
        regex=r"^\s*(?:java\.lang\.AssertionError|junit\.framework\.\w+|org\.\w+\.\w*Assertion\w*|org\.opentest4j\.\w+)\b",
        example="org.opentest4j.AssertionFailedError: why not ==> expected: <4> but was: <3>",
        rank=40,
    ),
    Pattern(
        kind="java:exception",
        regex=r"^\s*(?:Exception in thread \"[^\"]*\" )?(?P<error>(?:java|javax|jakarta|kotlin)\.[\w.]+(?:Error|Exception))\b",
        example="java.lang.IllegalStateException: broken",
        rank=55,
    ),
)
