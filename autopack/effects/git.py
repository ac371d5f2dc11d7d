"""Git, hardened: the host never lets a repository run code of its own, and never touches the user's checkout.

Every call goes through `git()`.  Measured without the flags below: plain `git status` ran a planted fsmonitor,
`worktree add` a planted post-checkout hook, GitPython's `Repo.index.commit` planted commit hooks.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autopack.errors import AutopackError, MachineLacks, WrongUse
from autopack.model.attempt import FileChange

_HARDENED = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false", "core.trustctime=true",
    "core.checkStat=default", "core.fileMode=true", "core.autocrlf=false", "core.safecrlf=false", "protocol.file.allow=never",
    "commit.gpgSign=false", "gc.auto=0", "maintenance.auto=false", "core.preloadIndex=false",
    "core.sparseCheckout=false",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_EXTERNAL_DIFF": "",
    "GIT_NO_LAZY_FETCH": "1",
}
# Variables that would point git at another repository, index or configuration than the one that is meant.
_MISLEADING = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_PREFIX",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_SYSTEM",
    "GIT_CEILING_DIRECTORIES", "GIT_EXTERNAL_DIFF", "GIT_TRACE", "GIT_DEFAULT_HASH", "GIT_ATTR_SOURCE", "GIT_REPLACE_REF_BASE",
)  # fmt: skip

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NO_COMMIT = "0" * 40


class GitFailed(AutopackError):
    """Git ended with an error that nothing above expected."""

    exit_code = 70

    def __init__(self, args: tuple[str, ...], code: int, stderr: str) -> None:
        words = " ".join(word for word in args[:4])
        super().__init__(f"git {words} ended with {code}: {stderr.strip()[:500]}")
        self.code = code
        self.stderr = stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Where a repository stands, and what of the user's own configuration hardened calls still need."""

    top: Path
    git_dir: Path
    common_dir: Path
    bare: bool = False
    author: str = ""
    committer: str = ""
    excludes: str | None = None
    safe_directories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    mode: str
    blob: str
    path: str
    size_bytes: int | None = None


def git(
    *args: str,
    cwd: Path,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    config: tuple[str, ...] = (),
    ok: tuple[int, ...] = (0,),
    user_config: bool = False,
) -> bytes:
    """Run git with every hardening flag and return its stdout.

    `user_config` reads the user's own files too; only for questions about configuration, which run nothing.
    Raises `GitFailed` on an exit code outside `ok`, `MachineLacks` when there is no git.
    """
    # GitPython looks for the program at import and would raise; absence is reported below instead.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git as gitpython

    saved = {name: os.environ.pop(name) for name in _MISLEADING if name in os.environ}
    flags = [part for pair in (*_HARDENED, *config) for part in ("-c", pair)]
    environment = {**({} if user_config else _ENVIRONMENT), **(env or {})}
    try:
        with tempfile.TemporaryFile() as feed:
            if stdin:
                feed.write(stdin)
                feed.seek(0)
            outcome: Any = gitpython.Git(cwd).execute(
                ["git", *flags, *args],
                istream=feed,
                env=environment,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
            )
    except gitpython.exc.GitCommandNotFound:
        raise MachineLacks("git was not found", hint="install git 2.30 or newer") from None
    finally:
        os.environ.update(saved)
    code, out, err = outcome
    if code not in ok:
        raise GitFailed(args, code, err if isinstance(err, str) else err.decode("utf-8", "replace"))
    return out if isinstance(out, bytes) else out.encode()


def _line(*args: str, cwd: Path, **options: Any) -> str:
    return git(*args, cwd=cwd, **options).decode("utf-8", "surrogateescape").strip()


def find_repository(folder: Path) -> Repository | None:
    """The repository that holds this folder, with the user's identity and excludes; `None` when there is none."""
    safe = tuple(_line("config", "--get-all", "safe.directory", cwd=folder, ok=(0, 1), user_config=True).splitlines())
    config = tuple(f"safe.directory={entry}" for entry in safe)
    try:
        facts = _line(
            "rev-parse",
            "--path-format=absolute",
            "--is-bare-repository",
            "--git-dir",
            "--git-common-dir",
            cwd=folder,
            config=config,
        ).splitlines()
    except GitFailed as failure:
        if "not a git repository" in failure.stderr:
            return None
        if "dubious ownership" in failure.stderr:
            raise MachineLacks(
                f"git does not trust {folder}: it belongs to another user",
                hint=f"git config --global --add safe.directory {folder}",
            ) from None
        raise
    bare, git_dir, common = facts[0] == "true", Path(facts[1]), Path(facts[2])
    top = git_dir if bare else Path(_line("rev-parse", "--show-toplevel", cwd=folder, config=config))
    author = _line("var", "GIT_AUTHOR_IDENT", cwd=folder, ok=(0, 1, 128), user_config=True)
    committer = _line("var", "GIT_COMMITTER_IDENT", cwd=folder, ok=(0, 1, 128), user_config=True)
    excludes = _line("config", "--type=path", "--get", "core.excludesFile", cwd=folder, ok=(0, 1), user_config=True)
    return Repository(
        top=top,
        git_dir=git_dir,
        common_dir=common,
        bare=bare,
        author=author,
        committer=committer,
        excludes=excludes or None,
        safe_directories=safe,
    )


def locate_repository(folder: Path) -> Repository | None:
    """Where the repository of a folder stands, read from its files alone: for commands that must start fast.

    Knows neither identity nor excludes; `None` when there is no work tree.
    """
    for top in (folder.resolve(), *folder.resolve().parents):
        git_dir = top / ".git"
        if git_dir.is_file():
            pointer = git_dir.read_text(errors="surrogateescape").strip().removeprefix("gitdir: ")
            git_dir = (top / pointer).resolve()
        if (git_dir / "HEAD").is_file():
            common = git_dir / "commondir"
            shared = (git_dir / common.read_text().strip()).resolve() if common.is_file() else git_dir
            return Repository(top=top, git_dir=git_dir, common_dir=shared)
    return None


def run_git(repo: Repository, *args: str, **options: Any) -> bytes:
    """`git()` on this repository's object store, whatever the current folder holds."""
    env = {"GIT_DIR": str(repo.git_dir), **options.pop("env", {})}
    config = [f"safe.directory={entry}" for entry in repo.safe_directories]
    if repo.excludes:
        config.append(f"core.excludesFile={repo.excludes}")
    cwd = options.pop("cwd", repo.git_dir)
    return git(*args, cwd=cwd, env=env, config=tuple(config), **options)


def _repo_line(repo: Repository, *args: str, **options: Any) -> str:
    return run_git(repo, *args, **options).decode("utf-8", "surrogateescape").strip()


def require_repository(folder: Path) -> Repository:
    """Like `find_repository`; `WrongUse` when there is none, it is bare, or it has no commit."""
    repo = find_repository(folder)
    if repo is None:
        raise WrongUse(
            f"{folder} is not in a git repository", hint="`git init`, then commit what is there: a run works on a branch"
        )
    if repo.bare:
        raise WrongUse(f"{folder} is a bare repository", hint="clone it, and run in the clone")
    if resolve(repo, "HEAD") is None:
        raise WrongUse(f"{repo.top} has no commit yet", hint="commit something first: a run starts from a commit")
    return repo


def resolve(repo: Repository, name: str) -> str | None:
    """The commit that a name stands for, `None` when there is none."""
    found = _repo_line(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", ok=(0, 1, 128))
    return found if re.fullmatch(r"[0-9a-f]{40,64}", found) else None


def resolve_ref(repo: Repository, ref: str) -> str | None:
    """The object that a full ref names, `None` when it does not exist."""
    return _repo_line(repo, "for-each-ref", "--format=%(objectname)", ref) or None


def current_branch(repo: Repository) -> str | None:
    """The branch that is checked out, `None` on a detached HEAD."""
    return _repo_line(repo, "symbolic-ref", "--quiet", "--short", "HEAD", ok=(0, 1)) or None


def tree_of(repo: Repository, commit: str) -> str:
    return _repo_line(repo, "rev-parse", "--verify", f"{commit}^{{tree}}")


def list_tree(repo: Repository, tree: str) -> tuple[TreeEntry, ...]:
    """Every file of a tree, in git's order; sizes are `None` for links to other repositories."""
    entries = []
    for line in run_git(repo, "ls-tree", "-r", "-z", "--long", "--full-tree", tree).split(b"\0"):
        if line:
            facts, _, path = line.partition(b"\t")
            mode, _, blob, size = facts.decode().split()
            entries.append(TreeEntry(mode=mode, blob=blob, path=os.fsdecode(path), size_bytes=None if size == "-" else int(size)))
    return tuple(entries)


def read_blob(repo: Repository, blob: str) -> bytes:
    return run_git(repo, "cat-file", "blob", blob)


def diff_trees(repo: Repository, old: str, new: str) -> tuple[FileChange, ...]:
    """What changed between two trees; a rename is a deletion and an addition, so both ends are judged."""
    fields = run_git(repo, "diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", old, new).split(b"\0")
    changes = []
    for facts, path in zip(fields[0::2], fields[1::2], strict=False):
        old_mode, new_mode, old_blob, new_blob, letter = facts.decode().lstrip(":").split()
        changes.append(
            FileChange(
                path=os.fsdecode(path),
                status="added" if letter == "A" else "deleted" if letter == "D" else "modified",
                old_mode=old_mode,
                new_mode=new_mode,
                old_blob=old_blob,
                new_blob=new_blob,
            )
        )
    return tuple(changes)


def diff_text(repo: Repository, old: str, new: str, *options: str) -> str:
    out = run_git(repo, "diff-tree", "-r", "-p", "--no-ext-diff", "--no-textconv", *options, old, new)
    return out.decode("utf-8", "replace")


def find_filters(repo: Repository, tree: str) -> tuple[str, ...]:
    """Attribute files of the tree that name a content filter (LFS and the like): files whose clean and smudge run programs."""
    named = []
    for entry in list_tree(repo, tree):
        if entry.path.rpartition("/")[2] == ".gitattributes" and re.search(rb"\bfilter\s*=", read_blob(repo, entry.blob)):
            named.append(entry.path)
    info = repo.common_dir / "info" / "attributes"
    if info.is_file() and "filter" in info.read_text(errors="replace"):
        named.append("info/attributes")
    return tuple(named)


def freeze_tree(repo: Repository, worktree: Path, index: Path) -> str:
    """Write the worktree's files (ignored ones left out) as a tree object and return its id.

    `index` is a file of ours, so neither the user's index nor the worktree's own is read or written.
    """
    env = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(worktree)}
    run_git(repo, "add", "--all", "--", ".", cwd=worktree, env=env)
    return _repo_line(repo, "write-tree", env=env)


def load_tree(repo: Repository, worktree: Path, index: Path, tree: str) -> None:
    """Make the worktree's files exactly those of the tree: the way back to T₀, and the checkout of T.

    Ignored files go too, except what stands in `.git`.
    """
    env = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(worktree)}
    run_git(repo, "read-tree", "--reset", "-u", tree, cwd=worktree, env=env)
    run_git(repo, "clean", "-q", "-ffdx", cwd=worktree, env=env)
    run_git(repo, "checkout-index", "--all", "--force", "--quiet", cwd=worktree, env=env)


def add_worktree(repo: Repository, folder: Path, commit: str) -> None:
    """A linked worktree with a detached HEAD; the user's branch and index stay as they are."""
    run_git(repo, "worktree", "add", "--quiet", "--detach", "--force", str(folder), commit, cwd=repo.top)


def remove_worktree(repo: Repository, folder: Path) -> None:
    """Forget a worktree that this run added, and delete its folder."""
    run_git(repo, "worktree", "remove", "--force", "--force", str(folder), cwd=repo.top, ok=(0, 128))


def write_blob(repo: Repository, content: bytes) -> str:
    return _repo_line(repo, "hash-object", "-w", "--stdin", stdin=content)


def write_commit(repo: Repository, *, tree: str, parent: str, message: str, author: str, committer: str) -> str:
    """A commit object, the same id for the same arguments; identities are `Name <mail> seconds zone`."""
    text = f"tree {tree}\nparent {parent}\nauthor {author}\ncommitter {committer}\n\n{message}"
    return _repo_line(repo, "hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode("utf-8", "surrogateescape"))


def update_refs(repo: Repository, *orders: str) -> bool:
    """One all-or-nothing reference transaction (`update REF NEW OLD`, `verify REF OLD`, …); whether it went through."""
    feed = "".join(f"{order}\n" for order in ("start", *orders, "prepare", "commit"))
    try:
        run_git(repo, "update-ref", "--stdin", stdin=feed.encode())
    except GitFailed as failure:
        if failure.code == 128:
            return False
        raise
    return True


def list_refs(repo: Repository) -> dict[str, str]:
    """Every ref outside this tool's own, and HEAD: name → object (HEAD → branch name when attached)."""
    refs = {}
    for line in _repo_line(repo, "for-each-ref", "--format=%(refname) %(objectname)").splitlines():
        name, _, target = line.partition(" ")
        if not name.startswith("refs/autopack/"):
            refs[name] = target
    refs["HEAD"] = current_branch(repo) or resolve(repo, "HEAD") or ""
    return refs


def remote_url(repo: Repository) -> str | None:
    return _repo_line(repo, "config", "--get", "remote.origin.url", ok=(0, 1)) or None


def root_commit(repo: Repository, commit: str) -> str:
    """The first commit of the history (the least id when there are several)."""
    return min(_repo_line(repo, "rev-list", "--max-parents=0", commit).splitlines())


def is_dirty(repo: Repository) -> bool:
    """Whether the user's checkout holds changes that no commit has."""
    env = {"GIT_WORK_TREE": str(repo.top)}
    return bool(run_git(repo, "status", "--porcelain", "-z", "--untracked-files=normal", cwd=repo.top, env=env).strip(b"\0"))
