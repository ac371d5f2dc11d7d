"""Which paths a phase may change.  Lexical: what a path means on disk is the business of `effects.paths`."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from autopack.model.attempt import FileChange
from autopack.model.finding import Finding
from autopack.model.plan import PlanPath

# Files that decide what runs, elsewhere or later: CI, git's and this tool's own configuration, hooks, credentials.
_PROTECTED_FOLDERS = frozenset(
    {".git", ".github", ".gitlab", ".circleci", ".husky", ".autopack", ".autonomous_runs", ".devcontainer"}
)
_PROTECTED_NAMES = frozenset(
    {
        ".gitmodules", ".gitattributes", ".gitlab-ci.yml", ".travis.yml", "azure-pipelines.yml", "jenkinsfile", "codeowners",
        ".pre-commit-config.yaml", ".envrc", ".env", ".npmrc", ".pypirc", ".netrc", ".worktreeinclude",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PathVerdict:
    """`rule` names why a path is not allowed; empty when it is."""

    rule: str
    reason: str

    @property
    def allowed(self) -> bool:
        return not self.rule


_FINE = PathVerdict(rule="", reason="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The paths that may change (a trailing slash covers a folder), and those a person let through although protected."""

    paths: tuple[str, ...]
    granted: tuple[str, ...] = ()


def build_fence(paths: Iterable[PlanPath]) -> Fence:
    """The fence of a phase's scope; a protected path that a person answered counts as granted.

    Only what is protected by name: who lets `src/` change has not thought of `src/.env`.
    """
    rows = tuple(paths)
    granted = (row for row in rows if row.origin == "answered" and is_protected(row.path))
    return Fence(paths=tuple(map(_with_slash, rows)), granted=tuple(map(_with_slash, granted)))


def _with_slash(row: PlanPath) -> str:
    return row.path.rstrip("/") + "/" if row.folder else row.path


def clean_path(path: str) -> str:
    """The path without `.` steps and doubled slashes; a slash at either end stays, `..` too: they mean something."""
    if "//" not in path and not path.startswith("./") and "/./" not in path:
        return path
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(parts) + ("/" if path.endswith("/") and parts else "")


def path_key(path: str) -> str:
    """What two spellings of one file share on file systems that fold case, normalise, or (HFS+) skip invisible characters."""
    path = clean_path(path)
    if path.isascii():
        return path.lower()
    seen = "".join(ch for ch in path if unicodedata.category(ch) != "Cf")
    return unicodedata.normalize("NFC", seen).casefold()


def judge_containment(path: str) -> PathVerdict:
    """Whether a path, as written, stays inside the repository and out of git's own files."""
    # What is printable holds neither; to look at each letter of 100,000 paths takes seconds.
    if not path or (not path.isprintable() and any(unicodedata.category(ch) in ("Cc", "Cs") for ch in path)):
        return PathVerdict(rule="scope.malformed", reason="is empty or holds control characters")
    if path.startswith(("/", "~", "\\")) or (len(path) > 1 and path[1] == ":"):
        return PathVerdict(rule="scope.absolute", reason="is absolute: paths are relative to the repository root")
    parts = path_key(path).replace("\\", "/").split("/")
    if ".." in parts:
        return PathVerdict(rule="scope.climbs-out", reason="climbs out of the repository")
    # Git refuses `.git` in a tree, but also what HFS+ and NTFS read as it; there, a colon begins the name of a stream.
    if any(part.split(":")[0].rstrip(". ") in (".git", "git~1") for part in parts):
        return PathVerdict(rule="scope.git-internals", reason="reaches into git's own files")
    return _FINE


def is_protected(path: str) -> bool:
    """Whether a path decides what runs, elsewhere or later, so that only a person may let it change."""
    parts = path_key(path).rstrip("/").split("/")
    # The last part too: a symlink named `.husky` is that folder.
    return any(part in _PROTECTED_FOLDERS for part in parts) or parts[-1] in _PROTECTED_NAMES or parts[-1].startswith(".env.")


def is_covered(path: str, patterns: Sequence[str]) -> bool:
    """Whether a list of files and folders (trailing slash) holds a path."""
    key = path_key(path)
    return any(key == path_key(entry) or (entry.endswith("/") and key.startswith(path_key(entry))) for entry in patterns)


def judge_path(path: str, fence: Fence) -> PathVerdict:
    """Whether a phase with this fence may change this path."""
    contained = judge_containment(path)
    if not contained.allowed:
        return contained
    if is_protected(path) and not is_covered(path, fence.granted):
        return PathVerdict(rule="scope.protected", reason="is protected: it decides what runs elsewhere")
    if not is_covered(path, fence.paths):
        return PathVerdict(rule="scope.outside", reason="is outside the phase's scope")
    return _FINE


def judge_changes(
    changes: Sequence[FileChange], fence: Fence, base_paths: Iterable[str], links: dict[str, str]
) -> tuple[Finding, ...]:
    """What is wrong with a frozen tree against its base: every change outside the fence, and every way to cheat it.

    `links` are the targets of added or changed symlinks.
    """
    findings = []
    for change in changes:
        verdict = judge_path(change.path, fence)
        if verdict.allowed and change.new_mode == "160000":
            verdict = PathVerdict(rule="scope.nested-repository", reason="is another repository")
        if verdict.allowed and change.new_mode == "120000":
            verdict = _judge_link(change.path, links.get(change.path, "/"), fence)
        if not verdict.allowed:
            findings.append(_finding(change.path, verdict))
    findings += _find_aliases(changes, fence, base_paths)
    return tuple(findings)


def _find_aliases(changes: Sequence[FileChange], fence: Fence, base_paths: Iterable[str]) -> list[Finding]:
    """Changes that make a second spelling of a file or folder, or that reach the one the fence does not name."""
    base = set(base_paths)
    known = base | set(_folders(base))
    added = {change.path for change in changes if change.status == "added"}
    kept = (base - {change.path for change in changes if change.status == "deleted"}) | added
    before, after = _spellings(known), _spellings(kept | set(_folders(kept)))
    findings = []
    for change in changes:
        for part in (*_folders([change.path]), change.path):
            others = (before if part in known else after).get(path_key(part), set()) - {part}
            if others and (part not in known or not _is_named(change.path, fence.paths)):
                reason = f"is another spelling of {min(others)}"
                findings.append(_finding(change.path, PathVerdict(rule="scope.alias", reason=reason)))
                break
    return findings


def _spellings(paths: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in paths:
        found.setdefault(path_key(path), set()).add(path)
    return found


def _folders(paths: Iterable[str]) -> Iterator[str]:
    """Every folder above the paths, outermost first for a single path; may repeat."""
    for path in paths:
        end = path.find("/")
        while end > 0:
            yield path[:end]
            end = path.find("/", end + 1)


def _is_named(path: str, patterns: Sequence[str]) -> bool:
    """Like `is_covered`, letter by letter."""
    return any(path == entry or (entry.endswith("/") and path.startswith(entry)) for entry in patterns)


def _judge_link(path: str, target: str, fence: Fence) -> PathVerdict:
    outside = PathVerdict(rule="scope.link-out", reason=f"is a symlink out of the repository, to {target}")
    folder = path.split("/")[:-1]
    below = False
    for part in target.split("/"):
        if part == "..":
            # After going down, `..` leaves from wherever another symlink led, which no lexical reading can tell.
            if below or not folder:
                return outside
            folder.pop()
        elif part not in ("", "."):
            folder.append(part)
            below = True
    reached = "/".join(folder)
    if target.startswith("/") or not judge_containment(reached).allowed:
        return outside
    if is_protected(reached) and not is_covered(reached, fence.granted):
        return PathVerdict(rule="scope.protected", reason=f"is a symlink to the protected {reached}")
    return _FINE


def _finding(path: str, verdict: PathVerdict) -> Finding:
    # An agent chose the name and a person may paste the hint into a shell.
    allow = f"name it in the plan, or run with `--allow {shlex.quote(path)}`"
    hint = allow if verdict.rule in ("scope.outside", "scope.protected") else ""
    return Finding(rule=verdict.rule, severity="block", message=f"{path} {verdict.reason}", hint=hint, path=path)
