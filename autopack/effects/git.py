"""Git, hardened: the host never lets a repository run code of its own, and never touches the user's checkout.

Every call goes through `git()`.  Measured without the flags below: plain `git status` ran a planted fsmonitor,
`worktree add` a planted post-checkout hook, GitPython's `Repo.index.commit` planted commit hooks.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from autopack.effects.paths import delete_folder_beneath, open_folders, remove_inner_repositories, remove_tree
from autopack.errors import AutopackError, MachineLacks, Refused, WrongUse
from autopack.model.attempt import FileChange

_HARDENED = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false", "core.trustctime=true",
    "core.checkStat=default", "core.fileMode=true", "core.autocrlf=false", "core.safecrlf=false", "protocol.file.allow=never",
    "commit.gpgSign=false", "gc.auto=0", "maintenance.auto=false", "core.preloadIndex=false",
    "core.sparseCheckout=false", "core.splitIndex=false", "core.symlinks=true", "submodule.recurse=false",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_EXTERNAL_DIFF": "",
    "GIT_NO_LAZY_FETCH": "1",
    # Older git knows no GIT_NO_LAZY_FETCH: in a partial clone it would start the repository's own `core.sshCommand`.
    "GIT_ALLOW_PROTOCOL": "",
    # A replaced object would be checked under the id of the one that is committed.
    "GIT_NO_REPLACE_OBJECTS": "1",
}
# Variables that would point git at another repository, index or configuration than the one that is meant.
_MISLEADING = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_PREFIX",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_SYSTEM",
    "GIT_CEILING_DIRECTORIES", "GIT_EXTERNAL_DIFF", "GIT_TRACE", "GIT_DEFAULT_HASH", "GIT_ATTR_SOURCE", "GIT_REPLACE_REF_BASE",
    "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_QUARANTINE_PATH",
)  # fmt: skip

# What takes the power from a program that a configuration names, by section.  Hooks in the configuration came with git 2.54;
# `core.hooksPath` does not reach them.
_DISARMED = {b"filter": ("clean=", "smudge=", "process=", "required=false"), b"hook": ("enabled=false",)}


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
    Raises `GitFailed` on an exit code outside `ok`, `MachineLacks` when there is no git, `WrongUse` when `cwd` is no folder.
    """
    if not os.access(cwd, os.X_OK):
        # GitPython would run git in this process's own folder instead.
        raise WrongUse(f"{cwd} is no folder, or may not be entered")
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
        raise MachineLacks("git was not found", hint="install git 2.31 or newer") from None
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
    config = [*options.pop("config", ()), *(f"safe.directory={entry}" for entry in repo.safe_directories)]
    if repo.excludes:
        config.append(f"core.excludesFile={repo.excludes}")
    cwd = options.pop("cwd", repo.git_dir)
    return git(*args, cwd=cwd, env=env, config=tuple(config), **options)


def run_disarmed(repo: Repository, *args: str, **options: Any) -> bytes:
    """Like `run_git`, for what reads or writes a checkout or moves a ref: no filter and no hook of the configuration runs.

    They are looked up every time: a builder may have written to the configuration since.
    """
    keys = run_git(repo, "config", "--null", "--name-only", "--get-regexp", r"^(filter|hook)\..*\.", ok=(0, 1)).split(b"\0")
    names = sorted({key.rpartition(b".")[0] for key in keys if key})
    # By environment: a filter's name may hold `=`, which `-c` would cut it at.
    pairs = [(os.fsdecode(name), off) for name in names for off in _DISARMED[name.partition(b".")[0]]]
    env = {"GIT_CONFIG_COUNT": str(len(pairs)), **options.pop("env", {})}
    for number, (name, off) in enumerate(pairs):
        key, _, value = off.partition("=")
        env |= {f"GIT_CONFIG_KEY_{number}": f"{name}.{key}", f"GIT_CONFIG_VALUE_{number}": value}
    return run_git(repo, *args, env=env, **options)


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
    # The pattern also finds what stands below a ref of this name.
    for line in _repo_line(repo, "for-each-ref", "--format=%(objectname) %(refname)", ref).splitlines():
        target, _, name = line.partition(" ")
        if name == ref:
            return target
    return None


def current_branch(repo: Repository) -> str | None:
    """The branch that is checked out, `None` on a detached HEAD."""
    return _repo_line(repo, "symbolic-ref", "--quiet", "--short", "HEAD", ok=(0, 1)) or None


def tree_of(repo: Repository, commit: str) -> str:
    return _repo_line(repo, "rev-parse", "--verify", f"{commit}^{{tree}}")


def list_tree(repo: Repository, tree: str) -> tuple[TreeEntry, ...]:
    """Every file of a tree, in git's order; sizes are `None` for links to other repositories and objects that are not here."""
    entries = []
    for line in run_git(repo, "ls-tree", "-r", "-z", "--long", "--full-tree", tree).split(b"\0"):
        if line:
            facts, _, path = line.partition(b"\t")
            mode, _, blob, size = facts.decode().split()
            # `-` for a link to another repository, `BAD` for an object that a partial clone does not have.
            entries.append(
                TreeEntry(mode=mode, blob=blob, path=os.fsdecode(path), size_bytes=int(size) if size.isdigit() else None)
            )
    return tuple(entries)


def list_files(repo: Repository, tree: str) -> dict[str, str]:
    """The blob of every plain file of a tree, by path in git's order; without sizes, for which git opens each object."""
    found = {}
    for line in os.fsdecode(run_git(repo, "ls-tree", "-r", "-z", "--full-tree", tree)).split("\0"):
        facts, _, path = line.partition("\t")
        if facts.startswith(("100644 ", "100755 ")):
            found[path] = facts[len("100644 blob ") :]
    return found


def read_blob(repo: Repository, blob: str) -> bytes:
    return run_git(repo, "cat-file", "blob", blob)


def size_blobs(repo: Repository, blobs: Sequence[str]) -> dict[str, int]:
    """How many bytes each blob has; one that is not here is left out."""
    feed = "".join(f"{blob}\n" for blob in blobs).encode()
    out = run_git(repo, "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", stdin=feed).decode()
    rows = (line.split() for line in out.splitlines())
    return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[1] == "blob"}


def read_objects(repo: Repository, names: Sequence[str]) -> dict[str, bytes]:
    """The contents of many objects by one process, blobs or commits; one that is not here is left out."""
    out = run_git(repo, "cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode())
    found: dict[str, bytes] = {}
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        head = out[at:end].decode().split()
        at = end + 1
        if len(head) == 3:
            size_bytes = int(head[2])
            found[head[0]] = out[at : at + size_bytes]
            at += size_bytes + 1
    return found


def list_ancestors(repo: Repository, commit: str, most: int) -> tuple[str, ...]:
    """The commit and those before it that are no merges, the latest first; none when history is not here."""
    out = run_git(repo, "rev-list", "--no-merges", f"--max-count={most}", commit, ok=(0, 128))
    return tuple(out.decode().split())


def list_changed_paths(repo: Repository, commits: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What each commit changed against its parent; one without a parent, or whose trees are not here, has nothing."""
    feed = "".join(f"{commit}\n" for commit in commits).encode()
    # A partial clone may lack trees: git then ends at the first of them, after what it could tell.
    out = run_git(repo, "diff-tree", "--stdin", "-r", "-z", "--name-only", "--no-renames", stdin=feed, ok=(0, 128))
    found: dict[str, list[str]] = {commit: [] for commit in commits}
    here: list[str] = []
    for field in out.split(b"\0"):
        name = os.fsdecode(field)
        if name in found:
            here = found[name]
        elif name:
            here.append(name)
    return {commit: tuple(paths) for commit, paths in found.items()}


def diff_trees(repo: Repository, old: str, new: str) -> tuple[FileChange, ...]:
    """What changed between two trees; a rename is a deletion and an addition, so both ends are judged."""
    # `ignore = all` in `.gitmodules` would keep a moved submodule out of the answer, and so out of the verdict.
    flags = ("--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
    fields = run_git(repo, "diff-tree", "-r", "-z", *flags, old, new).split(b"\0")
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
    out = run_git(repo, "diff-tree", "-r", "-p", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", *options, old, new)
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

    `index` is a file of ours, so neither the user's index nor the worktree's own is read or written.  Submodules stay as
    they are.  Raises `Refused` when a folder was made a repository, whose files git would not take, a file cannot
    be read, or the worktree is gone.
    """
    if not worktree.is_dir():
        raise Refused("the work folder itself was deleted")
    env = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(worktree)}
    # Git would look into a submodule by `git status` there, with that repository's own filters.
    passed_over = [f":(exclude,literal){path}" for path in _list_links(repo, env)]
    try:
        run_disarmed(repo, "add", "--all", "--", ".", *passed_over, cwd=worktree, env=env)
    except GitFailed as failure:
        if nested := re.search(r"'(.+)' does not have a commit checked out", failure.stderr):
            raise Refused(f"{nested[1]!r} was made a git repository of its own") from None
        if unreadable := re.search(r'open\("(.+)"\): Permission denied', failure.stderr):
            raise Refused(f"{unreadable[1]!r} cannot be read") from None
        if unnamable := re.search(r"invalid path '(.+)'", failure.stderr):
            raise Refused(f"git takes no file named {unnamable[1]!r}") from None
        if failure.code == 128:
            # An attribute that no content fits, a path too long: the builder made it so.
            said = failure.stderr.strip().splitlines() or ["git gave no reason"]
            raise Refused(f"git cannot take the files: {said[-1][:300]}") from None
        raise
    return _repo_line(repo, "write-tree", env=env)


def load_tree(repo: Repository, worktree: Path, index: Path, tree: str) -> None:
    """Make the worktree's files exactly those of the tree: the way back to T₀, and the checkout of T.

    Ignored files go too, and repositories made inside; only the worktree's own `.git` stays.  Submodules are empty folders.
    """
    open_folders(worktree)
    env = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(worktree)}
    run_disarmed(repo, "read-tree", "--reset", "-u", tree, cwd=worktree, env=env)
    run_disarmed(repo, "clean", "-q", "-ffdx", cwd=worktree, env=env)
    remove_inner_repositories(worktree)
    for path in _list_links(repo, env):
        delete_folder_beneath(worktree, PurePosixPath(path))
    run_disarmed(repo, "checkout-index", "--all", "--force", "--quiet", cwd=worktree, env=env)


def _list_links(repo: Repository, env: Mapping[str, str]) -> tuple[str, ...]:
    """Where an index has links to other repositories."""
    entries = run_git(repo, "ls-files", "--stage", "-z", env=env).split(b"\0")
    return tuple(os.fsdecode(entry.partition(b"\t")[2]) for entry in entries if entry.startswith(b"160000 "))


def add_worktree(repo: Repository, folder: Path, commit: str) -> None:
    """A linked worktree with a detached HEAD; the user's branch and index stay as they are."""
    run_disarmed(repo, "worktree", "add", "--quiet", "--detach", "--force", "--no-checkout", str(folder), commit, cwd=repo.top)
    # Not by `worktree add`: it checks out under its new git folder, where `includeIf` may bring in further filters.
    linked = replace(repo, git_dir=Path(os.fsdecode((folder / ".git").read_bytes()).removeprefix("gitdir: ").rstrip("\n")))
    run_disarmed(linked, "read-tree", "--reset", "-u", commit, cwd=folder, env={"GIT_WORK_TREE": str(folder)})


def remove_worktree(repo: Repository, folder: Path) -> None:
    """Forget a worktree that this run added, and delete its folder."""
    order = ("worktree", "remove", "--force", "--force", str(folder))
    try:
        run_disarmed(repo, *order, cwd=repo.top, ok=(0, 128))
    except GitFailed:
        # Closed folders, or ones too deep for a path: without them git can forget the rest.
        remove_tree(folder)
        run_disarmed(repo, *order, cwd=repo.top, ok=(0, 128))


def list_blobs(repo: Repository, tree: str) -> dict[str, tuple[str, str]]:
    """Path → mode and object id of everything in a tree; unlike `list_tree` it need not look at the objects."""
    found: dict[str, tuple[str, str]] = {}
    for line in run_git(repo, "ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0"):
        if line:
            facts, _, path = line.partition(b"\t")
            mode, _, blob = facts.decode().split()
            found[os.fsdecode(path)] = (mode, blob)
    return found


def hash_files(repo: Repository, worktree: Path, index: Path, paths: Sequence[str]) -> dict[str, str]:
    """Path → blob id of each file as git would take it from the folder, line ends and encoding as the attributes say."""
    env = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(worktree)}
    plain = [path for path in paths if "\n" not in path and not path.startswith('"')]
    feed = b"".join(os.fsencode(path) + b"\n" for path in plain)
    found = {}
    if plain:
        answer = run_disarmed(repo, "hash-object", "--stdin-paths", cwd=worktree, env=env, stdin=feed).decode()
        found = dict(zip(plain, answer.split(), strict=True))
    for path in set(paths) - set(plain):
        found[path] = run_disarmed(repo, "hash-object", "--", path, cwd=worktree, env=env).decode().strip()
    return found


def find_ignored(repo: Repository, worktree: Path, index: Path, paths: Sequence[str]) -> frozenset[str]:
    """Those of the paths that git would leave out of a tree."""
    env = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(worktree)}
    # A file may be named like a pathspec, as `:(top)x` is, and `check-ignore` takes no GIT_LITERAL_PATHSPECS.
    feed = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
    out = run_git(repo, "check-ignore", "-z", "--stdin", cwd=worktree, env=env, stdin=feed, ok=(0, 1)) if paths else b""
    return frozenset(os.fsdecode(path[2:]) for path in out.split(b"\0") if path)


def list_flags(repo: Repository, index: Path) -> dict[str, str]:
    """The paths of an index that git is told not to look at, by the letters of `ls-files -v`: `h`, `S` or `s`."""
    if not index.is_file():
        return {}
    out = run_git(repo, "ls-files", "-v", "-z", env={"GIT_INDEX_FILE": str(index)}, ok=(0, 128))
    rows = ((os.fsdecode(row[2:]), chr(row[0])) for row in out.split(b"\0") if row)
    return {path: letter for path, letter in rows if letter in "hSs"}


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
        run_disarmed(repo, "update-ref", "--stdin", stdin=feed.encode())
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


def read_refs(repo: Repository) -> dict[str, str]:
    """Every ref outside this tool's own: name → object id, or `ref: NAME` for a symbolic one."""
    refs = {}
    for line in _repo_line(repo, "for-each-ref", "--format=%(refname) %(objectname) %(symref)").splitlines():
        name, target, *symbolic = line.split(" ")
        if not name.startswith("refs/autopack/"):
            refs[name] = f"ref: {symbolic[0]}" if symbolic and symbolic[0] else target
    return refs


def list_ref_names(repo: Repository, prefix: str) -> tuple[str, ...]:
    """The names of the refs below a prefix."""
    return tuple(_repo_line(repo, "for-each-ref", "--format=%(refname)", prefix).splitlines())


def set_symbolic_ref(repo: Repository, ref: str, target: str) -> None:
    run_disarmed(repo, "symbolic-ref", ref, target)


def remote_url(repo: Repository) -> str | None:
    return _repo_line(repo, "config", "--get", "remote.origin.url", ok=(0, 1)) or None


def root_commit(repo: Repository, commit: str) -> str:
    """The first commit of the history (the least id when there are several)."""
    return min(_repo_line(repo, "rev-list", "--max-parents=0", commit).splitlines())


def is_dirty(repo: Repository) -> bool:
    """Whether the user's checkout holds changes that no commit has; what submodules hold inside does not count."""
    flags = ("--porcelain", "-z", "--untracked-files=normal", "--ignore-submodules=dirty")
    return bool(run_disarmed(repo, "status", *flags, cwd=repo.top, env={"GIT_WORK_TREE": str(repo.top)}).strip(b"\0"))


def list_ignored(repo: Repository, patterns: bytes | None) -> frozenset[str]:
    """The untracked files of the user's checkout that these patterns ignore (`None`: the repository's own)."""
    rules = "--exclude-standard" if patterns is None else "--exclude-from=/dev/stdin"
    flags = ("ls-files", "-z", "--others", "--ignored", rules)
    out = run_disarmed(repo, *flags, cwd=repo.top, env={"GIT_WORK_TREE": str(repo.top)}, stdin=patterns)
    return frozenset(os.fsdecode(path) for path in out.split(b"\0") if path)
