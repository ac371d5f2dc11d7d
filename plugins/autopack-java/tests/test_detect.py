"""Which toolchains stand in a folder, and what they are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import pytest
from autopack_java import narrow_tests

from autopack.model.toolchain import Command, Toolchain

Detect = Callable[[Mapping[str, str | bytes]], tuple[Toolchain, ...]]
TEST = "class ATest {\n    @Test\n    void works() {}\n}\n"
NO_TEST = ["-Dtest=*#fetchesOnly", "-DfailIfNoTests=false", "-Dsurefire.failIfNoSpecifiedTests=false"]
WRAPPER = {
    "mvnw": "#!/bin/sh\n",
    ".mvn/wrapper/maven-wrapper.properties": "distributionUrl=https://x.invalid/apache-maven-3.9.9-bin.zip\n",
}
GRADLE_WRAPPER = {
    "gradlew": "#!/bin/sh\n",
    "gradle/wrapper/gradle-wrapper.jar": "PK",
    "gradle/wrapper/gradle-wrapper.properties": "",
}


def pom(name: str, more: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0">\n'
        f"  <groupId>demo</groupId><artifactId>{name}</artifactId><version>1</version>\n{more}</project>\n"
    )


def modules(*names: str) -> str:
    return f"<modules>{''.join(f'<module>{name}</module>' for name in names)}</modules>\n"


def words(*commands: Command) -> list[str]:
    return [" ".join(command.argv) for command in commands]


def commands(tool: Toolchain) -> dict[str, list[str]]:
    return {name: words(*getattr(tool, name)) for name in ("prepare", "install", "build", "test", "smoke")}


def test_maven_is_installed_built_tested_and_checked(detect: Detect) -> None:
    (tool,) = detect({"pom.xml": pom("app"), "src/main/java/d/A.java": "", "src/test/java/d/ATest.java": TEST})
    assert (tool.name, tool.package_manager, tool.key, tool.confidence) == ("java", "maven", "java@.", 0.9)
    assert tool.evidence == ("pom.xml", "src/test/java/d/ATest.java: tests")
    assert commands(tool) == {
        "prepare": [],
        "install": [" ".join(["mvn -B -ntp --fail-never package", *NO_TEST])],
        "build": ["mvn -B -ntp -DskipTests package"],
        "test": ["mvn -B -ntp test"],
        "smoke": ["mvn -B -ntp test-compile"],
    }
    assert tool.env == (
        (
            "MAVEN_OPTS",
            "-Dmaven.repo.local={cache}/maven/repository"
            " -Dsurefire.useFile=false -Dsurefire.reportFormat=plain -DtrimStackTrace=true",
        ),
        ("MAVEN_USER_HOME", "{cache}/maven"),
    )
    assert (tool.manifests, tool.scratch) == ((PurePosixPath("pom.xml"),), ("target",))


def test_a_complete_wrapper_is_used_by_a_shell(detect: Detect) -> None:
    (tool,) = detect({"pom.xml": pom("app"), "src/test/java/ATest.java": TEST, **WRAPPER})
    assert words(*tool.test, *tool.smoke) == ["sh ./mvnw -B -ntp test", "sh ./mvnw -B -ntp test-compile"]
    assert tool.confidence == 0.95
    assert PurePosixPath(".mvn/wrapper/maven-wrapper.properties") in tool.manifests


def test_an_old_maven_is_not_given_an_option_that_it_refuses(detect: Detect) -> None:
    old = {**WRAPPER, ".mvn/wrapper/maven-wrapper.properties": "distributionUrl=https://x.invalid/apache-maven-3.5.4-bin.zip\n"}
    (tool,) = detect({"pom.xml": pom("app"), "src/test/java/ATest.java": TEST, **old})
    assert words(*tool.test) == ["sh ./mvnw -B test"]


@pytest.mark.parametrize(
    ("wrapper", "said"),
    [
        ({"mvnw": "#!/bin/sh\n"}, "mvnw: without .mvn/wrapper/maven-wrapper.properties it cannot be used"),
        ({**WRAPPER, "mvnw": "#!/bin/sh\r\nexit 0\r\n"}, "mvnw: has line ends of Windows and cannot be used"),
    ],
)
def test_a_wrapper_that_cannot_work_is_passed_over_and_reported(detect: Detect, wrapper: dict[str, str], said: str) -> None:
    (tool,) = detect({"pom.xml": pom("app"), "src/test/java/ATest.java": TEST, **wrapper})
    assert words(*tool.test) == ["mvn -B -ntp test"]
    assert said in tool.evidence


REACTOR = {
    "pom.xml": pom("top", modules("core", "apps/web", "gone")),
    "core/pom.xml": pom("core"),
    "core/src/main/java/A.java": "",
    "apps/web/pom.xml": pom("web", modules("../shared")),
    "apps/web/src/test/java/WebTest.java": TEST,
    "apps/shared/pom.xml": pom("shared"),
}


def test_modules_are_one_toolchain_at_the_root_that_names_them(detect: Detect) -> None:
    (tool,) = detect(REACTOR)
    assert tool.evidence == (
        "apps/shared/pom.xml", "apps/web/pom.xml", "core/pom.xml", "pom.xml", "pom.xml: the module gone is not there",
        "apps/web/src/test/java/WebTest.java: tests",
    )  # fmt: skip
    assert words(*tool.test) == ["mvn -B -ntp --fail-at-end test"]
    assert tool.scratch == ("target", "apps/shared/target", "apps/web/target", "core/target")


def test_tests_are_narrowed_to_a_module_with_what_it_needs_and_what_needs_it(detect: Detect) -> None:
    (tool,) = detect(REACTOR)
    one = Command(argv=("mvn", "-B", "-ntp", "--fail-at-end", "-pl", "core", "-am", "-amd", "test"))
    assert narrow_tests(toolchain=tool, paths=["core/src/main/java/A.java", "core/pom.xml"]) == one
    assert narrow_tests(toolchain=tool, paths=["core/src/main/java/A.java", "apps/web/x"]) is None
    assert narrow_tests(toolchain=tool, paths=["pom.xml"]) is None
    assert narrow_tests(toolchain=tool, paths=[]) is None


def test_a_pom_that_nobody_names_is_a_toolchain_of_its_own(detect: Detect) -> None:
    files = {
        "pom.xml": pom("top"),
        "src/test/java/ATest.java": TEST,
        "tool/pom.xml": pom("tool"),
        "tool/src/main/java/B.java": "",
    }
    assert [(tool.key, tool.confidence, words(*tool.test)) for tool in detect(files)] == [
        ("java@.", 0.9, ["mvn -B -ntp test"]),
        ("java@tool", 0.85, []),
    ]


def test_an_aggregator_beside_its_modules_owns_them(detect: Detect) -> None:
    files = {"all/pom.xml": pom("all", modules("../core")), "core/pom.xml": pom("core"), "core/src/main/java/A.java": ""}
    assert [tool.key for tool in detect(files)] == ["java@all"]


GRADLE = {
    "settings.gradle.kts": "",
    "app/build.gradle.kts": "",
    "app/src/test/kotlin/ATest.kt": "class ATest {\n    @Test fun works() {}\n}\n",
}


def test_gradle_needs_no_script_at_its_root(detect: Detect) -> None:
    (tool,) = detect(GRADLE)
    assert (tool.name, tool.package_manager, tool.key, tool.confidence) == ("java", "gradle", "java@.", 0.9)
    assert tool.evidence == (
        "app/build.gradle.kts", "settings.gradle.kts", "app/src/test/kotlin/ATest.kt: tests",
        "app/src/test/kotlin/ATest.kt: Kotlin",
    )  # fmt: skip
    assert commands(tool) == {
        "prepare": [],
        "install": ["gradle --no-daemon --console=plain dependencies"],
        "build": ["gradle --no-daemon --console=plain assemble"],
        "test": ["gradle --no-daemon --console=plain test"],
        "smoke": ["gradle --no-daemon --console=plain testClasses"],
    }
    assert tool.env == (("GRADLE_USER_HOME", "{cache}/gradle"),)
    assert tool.scratch == (".gradle", "build", "app/build")
    assert narrow_tests(toolchain=tool, paths=["app/src/main/kotlin/A.kt"]) is None


def test_a_complete_gradle_wrapper_is_used(detect: Detect) -> None:
    (tool,) = detect({**GRADLE, **GRADLE_WRAPPER})
    assert words(*tool.test) == ["sh ./gradlew --no-daemon --console=plain test"]
    (tool,) = detect({**GRADLE, **GRADLE_WRAPPER, "gradlew": "#!/bin/sh\r\n"})
    assert words(*tool.test) == ["gradle --no-daemon --console=plain test"]


def test_a_gradle_wrapper_without_its_archive_is_passed_over_and_reported(detect: Detect) -> None:
    (tool,) = detect({**GRADLE, "gradlew": "#!/bin/sh\n"})
    assert words(*tool.test) == ["gradle --no-daemon --console=plain test"]
    assert "gradlew: without gradle-wrapper.jar it cannot be used" in tool.evidence


def test_builds_of_the_build_belong_to_it(detect: Detect) -> None:
    files = {"build.gradle": "", "buildSrc/build.gradle": "", "build-logic/settings.gradle": "", "src/main/java/A.java": ""}
    assert [tool.key for tool in detect(files)] == ["java@."]


def test_android_is_reported(detect: Detect) -> None:
    (tool,) = detect({"settings.gradle": "", "app/build.gradle": "apply plugin: 'com.android.application'\n", "app/src/A.kt": ""})
    assert "app/build.gradle: needs the Android SDK" in tool.evidence


BOTH = {"pom.xml": pom("app"), "build.gradle": "", "src/test/java/ATest.java": TEST}


@pytest.mark.parametrize(
    ("files", "choice", "why"),
    [
        ({".github/workflows/ci.yml": "run: ./mvnw verify\n", **GRADLE_WRAPPER}, "maven", "as the workflows have it"),
        (WRAPPER, "maven", "which has a wrapper"),
        (GRADLE_WRAPPER, "gradle", "which has a wrapper"),
        ({}, "gradle", "for want of another sign"),
    ],
)
def test_of_two_builds_in_one_folder_one_is_the_projects_own(
    detect: Detect, files: dict[str, str], choice: str, why: str
) -> None:
    (tool,) = detect({**BOTH, **files})
    assert tool.package_manager == choice
    assert f"both Maven and Gradle: {choice}, {why}" in tool.evidence


def test_a_module_with_a_second_build_belongs_to_the_first(detect: Detect) -> None:
    files = {"pom.xml": pom("top", modules("core")), "core/pom.xml": pom("core"), "core/build.gradle": "", "core/src/A.java": ""}
    assert [(tool.key, tool.package_manager) for tool in detect(files)] == [("java@.", "maven")]


SIGNS = {
    "a method": ("src/test/java/d/Checks.java", TEST),
    "a parameterised method": (
        "src/test/java/ATest.java",
        "class ATest { @org.junit.jupiter.params.ParameterizedTest void a() {} }\n",
    ),
    "all in one line": ("src/test/java/ATest.java", "import org.junit.*; class ATest { @Test public void a() {} }\n"),
    "an old case": ("src/test/java/Old.java", "public class Old extends junit.framework.TestCase {}\n"),
    "a specification": ("src/test/groovy/ASpec.groovy", "class ASpec extends Specification {}\n"),
    "a style of Kotest": ("src/test/kotlin/A.kt", 'class A : StringSpec({ "a" { } })\n'),
    "another folder of tests": ("src/integrationTest/java/AIT.java", TEST),
}


@pytest.mark.parametrize("name", SIGNS)
def test_a_test_command_comes_from_a_test(detect: Detect, name: str) -> None:
    path, text = SIGNS[name]
    (tool,) = detect({"pom.xml": pom("app"), path: text})
    assert words(*tool.test) == ["mvn -B -ntp test"]
    assert f"{path}: tests" in tool.evidence


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/main/java/A.java", TEST),
        ("src/test/java/TestUtil.java", "/** For @Test.\n * @Test\n */\nclass TestUtil {\n    // @Test\n}\n"),
        ("src/test/resources/ATest.txt", TEST),
        ("tool/src/test/java/ATest.java", TEST),
    ],
)
def test_without_a_test_there_is_no_test_command(detect: Detect, path: str, text: str) -> None:
    tool = detect({"pom.xml": pom("app"), "src/main/java/B.java": "", "tool/pom.xml": pom("tool"), path: text})[0]
    assert (tool.key, tool.test) == ("java@.", ())
    assert "no sign of a test: no test command" in tool.evidence
    assert words(*tool.smoke) == ["mvn -B -ntp test-compile"]


@pytest.mark.parametrize(
    "folder",
    [
        "examples/a",
        "src/test/resources/a",
        "target/x",
        "META-INF/maven/g/a",
        "src/main/resources/archetype-resources",
        "a/b/c/d/e/f",
    ],
)
def test_what_is_shown_built_or_deep_is_no_project(detect: Detect, folder: str) -> None:
    assert detect({f"{folder}/pom.xml": pom("a"), f"{folder}/src/A.java": "", f"{folder}x/build.txt": ""}) == ()
    assert detect({f"{folder}/pom.xml": "", f"{folder}/build.gradle": "", f"{folder}/src/A.java": ""}) == ()


def test_without_sources_it_is_hardly_a_project(detect: Detect) -> None:
    assert [tool.confidence for tool in detect({"pom.xml": pom("app"), "src/go/main_test.go": ""})] == [0.4]


BROKEN = {
    "nothing": "",
    "syntax": "<project",
    "another root": "<settings/>",
    "entities": '<!DOCTYPE p [<!ENTITY a "b">]><project>&a;</project>',
    "NUL": "<project>\0</project>",
    "bytes": b"\xff\xfe<\0p",
    "size": pom("a") + " " * 20_000_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pom_is_reported_and_nothing_raises(detect: Detect, name: str) -> None:
    (tool,) = detect({"pom.xml": BROKEN[name], "src/test/java/ATest.java": TEST})
    assert (tool.confidence, tool.evidence) == (0.5, ("pom.xml", "pom.xml: cannot be read", "src/test/java/ATest.java: tests"))


def test_strange_modules_do_not_raise(detect: Detect) -> None:
    names = ("", "..", "../..", "/", "${module}", ".", "a/../a", "pom.xml", "\u00e4")
    (tool,) = detect({"pom.xml": pom("app", modules(*names)), "a/pom.xml": pom("a", modules("..")), "src/A.java": ""})
    assert tool.manifests == (PurePosixPath("a/pom.xml"), PurePosixPath("pom.xml"))


def test_a_byte_order_mark_and_carriage_returns_do_not_matter(detect: Detect) -> None:
    text = pom("app", modules("core")).replace("\n", "\r\n").encode("utf-8-sig")
    (tool,) = detect({"pom.xml": text, "core/pom.xml": pom("core"), "core/src/A.java": ""})
    assert (tool.confidence, len(tool.manifests)) == (0.9, 2)


def test_dependencies_say_what_is_brought_and_which_code_brings_it(detect: Detect) -> None:
    more = (
        "<properties><junit.version>5.10.2</junit.version><unused>1</unused></properties>"
        "<dependencies><dependency><groupId>j</groupId><artifactId>junit</artifactId><version>${junit.version}</version>"
        "<scope>test</scope></dependency></dependencies>"
        "<repositories><repository><id>r</id><url>https://x.invalid</url></repository></repositories>"
        "<build><plugins><plugin><artifactId>exec</artifactId><configuration><a>1</a></configuration></plugin></plugins></build>"
    )
    core = "<dependencies><dependency><groupId>demo</groupId><artifactId>app</artifactId></dependency></dependencies>"
    (tool,) = detect(
        {"pom.xml": pom("app", modules("core") + more), "core/pom.xml": pom("core", core), "core/A.java": "", **WRAPPER}
    )
    assert tool.dependencies == (
        "dependency j:junit:${junit.version}:test",
        "junit.version = 5.10.2",
        "maven-wrapper.properties ee3918746ff3",
        "mvnw a8076d3d28d2",
        "plugin exec 3d81c70f1c2e",
        "repository id=r url=https://x.invalid",
    )


def test_what_declares_nothing_is_known_to_declare_nothing(detect: Detect) -> None:
    assert detect({"pom.xml": pom("app"), "A.java": ""})[0].dependencies == ("nothing but Maven's own plugins",)


MARKED = [
    "    @Disabled", '@Disabled("later") @Test', "@org.junit.Ignore", "@DisabledOnOs(OS.LINUX)", "@Test(enabled = false)",
    "        assumeTrue(false);", "        Assumptions.abort();", "throw new SkipException(x);", "<skipTests>true</skipTests>",
    "<testFailureIgnore>true</testFailureIgnore>", "    ignoreFailures = true", "xtest(\"a\") {", "-DskipTests",
    "<excludedGroups>slow</excludedGroups>",
]  # fmt: skip
UNMARKED = [
    "@Test", "@Enabled", "// assumeTrue(x)", "button.setDisabled(true);", "<skipTests>false</skipTests>",
    "RUN mvn -DskipTests package",
    "test(\"a\") {", "boolean ignore = true;",
]  # fmt: skip


def test_markers_find_what_takes_a_test_out_of_the_count_and_nothing_else(detect: Detect) -> None:
    (tool,) = detect({"pom.xml": pom("app")})

    def found(line: str) -> bool:
        return any(re.search(regex, line) for regex in tool.test_markers)

    assert [line for line in MARKED if not found(line)] == []
    assert [line for line in UNMARKED if found(line)] == []
