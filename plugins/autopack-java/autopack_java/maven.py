"""Maven builds: what their poms declare, and the commands."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from autopack.model.toolchain import Command
from autopack.model.workspace import Workspace
from autopack_java.places import digest
from autopack_java.xml import parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

POM = "pom.xml"
_MOST_POM_CHARS = 1_000_000
_MOST_POMS = 200
_WRAPPER = ".mvn/wrapper/maven-wrapper.properties"
_SETTINGS = (".mvn/maven.config", ".mvn/jvm.config", ".mvn/extensions.xml", _WRAPPER)
_DISTRIBUTION = re.compile(r"apache-maven-(\d{1,4})\.(\d{1,4})\.(\d{1,4})")
_REFERENCE = re.compile(r"\$\{([^}]{1,200})\}")
# Without `no transfer progress` a download fills the output.  Older versions refuse an option that they do not know.
_QUIET_SINCE = (3, 6, 1)
# No test has this name.  Its run brings what the runner fetches for itself only when it starts, which no other goal does
# (measured: `dependency:go-offline` misses it, and fails where one module needs another).
_NO_TEST = ("-Dtest=*#fetchesOnly", "-DfailIfNoTests=false", "-Dsurefire.failIfNoSpecifiedTests=false")

ENV = (
    # Every version and wrapper takes these, and what the project sets goes before them.
    # The runner then names each test on the console, where otherwise only files in the tree do.
    (
        "MAVEN_OPTS",
        "-Dmaven.repo.local={cache}/maven/repository"
        " -Dsurefire.useFile=false -Dsurefire.reportFormat=plain -DtrimStackTrace=true",
    ),
    ("MAVEN_USER_HOME", "{cache}/maven"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MavenBuild:
    """A pom and the modules that it names, itself first; `problems` are what Maven will not take."""

    root: PurePosixPath
    poms: Mapping[PurePosixPath, Element | None]
    settings: tuple[PurePosixPath, ...]
    problems: tuple[str, ...]

    @property
    def modules(self) -> tuple[PurePosixPath, ...]:
        return tuple(path.parent for path in self.poms if path.parent != self.root)

    @property
    def manifests(self) -> tuple[PurePosixPath, ...]:
        return tuple(sorted({*self.poms, *self.settings}))

    @property
    def is_readable(self) -> bool:
        return self.poms[self.root / POM] is not None


def find_maven(workspace: Workspace) -> dict[PurePosixPath, MavenBuild]:
    """Every build by its folder, without those that are modules of another."""
    builds: dict[PurePosixPath, MavenBuild] = {}
    taken: set[PurePosixPath] = set()
    for path in workspace.named(POM)[:_MOST_POMS]:
        if path not in taken:
            build = _read_build(workspace, path.parent)
            builds[path.parent] = build
            taken |= build.poms.keys()
            # A module may stand above or beside its aggregator, and so have been found before it.
            for module in build.modules:
                builds.pop(module, None)
    return builds


def _read_build(workspace: Workspace, root: PurePosixPath) -> MavenBuild:
    poms: dict[PurePosixPath, Element | None] = {}
    problems = []
    queue = [root / POM]
    for path in queue:  # grows while it is walked
        if path in poms or len(poms) >= _MOST_POMS:
            continue
        poms[path] = _read_pom(workspace, path)
        if poms[path] is None:
            problems.append(f"{path}: cannot be read")
        for module in _modules(poms[path]):
            found = _module_pom(workspace, path.parent, module)
            if found is None:
                problems.append(f"{path}: the module {module} is not there")
            else:
                queue.append(found)
    settings = tuple(root / name for name in _SETTINGS if workspace.exists(root / name))
    return MavenBuild(root=root, poms=poms, settings=settings, problems=tuple(problems))


def _read_pom(workspace: Workspace, path: PurePosixPath) -> Element | None:
    pom = parse_xml(workspace.read_text(path) or "", _MOST_POM_CHARS)
    return pom if pom is not None and pom.tag == "project" else None


def _modules(pom: Element | None) -> Iterator[str]:
    """Modules of the build, those of its profiles too: which of these is active is not known here."""
    for element in pom.iter("module") if pom is not None else ():
        if element.text and element.text.strip() and "${" not in element.text:
            yield element.text.strip()


def _module_pom(workspace: Workspace, folder: PurePosixPath, module: str) -> PurePosixPath | None:
    path = PurePosixPath(posixpath.normpath(f"{folder}/{module}"))
    if path.is_absolute() or ".." in path.parts:
        return None
    return next((one for one in (path / POM, path) if one.suffix == ".xml" and workspace.read_text(one) is not None), None)


# -- commands -------------------------------------------------------------------------------------------------------------


def maven_commands(workspace: Workspace, build: MavenBuild) -> tuple[dict[str, Command], str]:
    """Install, build, test and smoke commands by name, and what to say of a wrapper that cannot be used."""
    program, version, note = _program(workspace, build.root)
    flags = ("-B", "-ntp") if version is None or version >= _QUIET_SINCE else ("-B",)
    # The modules that do not need a failed one are tested all the same.
    thorough = ("--fail-at-end",) if build.modules else ()
    steps = {
        # It need not succeed: the base may be what the plan repairs.  What it could not bring fails the check by its name.
        "install": ("--fail-never", "package", *_NO_TEST),
        "build": ("-DskipTests", "package"),
        "test": (*thorough, "test"),
        # `validate` looks at poms only, and passes with a dependency that does not exist.
        "smoke": ("test-compile",),
    }
    return {name: Command(argv=(*program, *flags, *words), cwd=build.root) for name, words in steps.items()}, note


def _program(workspace: Workspace, root: PurePosixPath) -> tuple[tuple[str, ...], tuple[int, ...] | None, str]:
    """The wrapper if it is complete, started by a shell since it may not be executable; else the machine's own Maven."""
    script = workspace.read_text(root / "mvnw")
    if script is None:
        return ("mvn",), None, ""
    settings = workspace.read_text(root / _WRAPPER)
    if settings is None:
        return ("mvn",), None, f"{root / 'mvnw'}: without {_WRAPPER} it cannot be used"
    if "\r\n" in script:
        return ("mvn",), None, f"{root / 'mvnw'}: has line ends of Windows and cannot be used"
    found = _DISTRIBUTION.search(settings)
    return ("sh", "./mvnw"), tuple(map(int, found.groups())) if found else None, ""


# -- what an install brings -----------------------------------------------------------------------------------------------


def maven_dependencies(workspace: Workspace, build: MavenBuild) -> tuple[str, ...]:
    """All that decides what is brought, from where, and which code an install runs."""
    rows = set()
    properties: dict[str, str] = {}
    own = {pom.findtext("artifactId") for pom in build.poms.values() if pom is not None}
    for path, pom in build.poms.items():
        if pom is None:
            rows.add(f"{path} {digest(workspace.read_text(path))}")
            continue
        for element in pom.iter():
            if element.tag in ("dependency", "parent", "extension"):
                if element.findtext("artifactId") not in own:
                    rows.add(f"{element.tag} {_coordinates(element)}")
            elif element.tag == "plugin":
                rows.add(f"plugin {_coordinates(element)} {digest(_flatten(element))}")
            elif element.tag in ("repository", "pluginRepository"):
                rows.add(f"{element.tag} {_flatten(element)}")
            elif element.tag == "properties":
                properties |= {child.tag: (child.text or "").strip() for child in element}
    used = {name for row in rows for name in _REFERENCE.findall(row)}
    rows |= {f"{name} = {properties[name]}" for name in used & properties.keys()}
    for path in (*build.settings, build.root / "mvnw"):
        if workspace.exists(path):
            rows.add(f"{path.name} {digest(workspace.read_text(path))}")
    return tuple(sorted(rows)) or ("nothing but Maven's own plugins",)


def _coordinates(element: Element) -> str:
    names = ("groupId", "artifactId", "version", "type", "classifier", "scope")
    return ":".join(text for name in names if (text := (element.findtext(name) or "").strip()))


def _flatten(element: Element) -> str:
    return " ".join(f"{one.tag}={text}" for one in element.iter() if (text := (one.text or "").strip()))
