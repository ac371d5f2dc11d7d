"""Two libraries as their authors published them: their whole suites, before and after a real change."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.testing.fixtures import run_git

pytestmark = [pytest.mark.network, pytest.mark.slow]

AGE = '''\
# Tell the age of a signature

`TimestampSigner` can refuse what is too old, but nobody can ask how old something is without doing the arithmetic again.

- [ ] Add `TimestampSigner.age` in `src/itsdangerous/timed.py`
- [ ] Test it in `tests/test_itsdangerous/test_age.py`
- [ ] Mention it in `CHANGES.rst`

`src/itsdangerous/timed.py`:

```python
<<<<<<< SEARCH
    def sign(self, value: str | bytes) -> bytes:
        """Signs the given string and also attaches time information."""
=======
    def age(self, signed_value: str | bytes) -> int:
        """Return how many seconds ago the value was signed. Raises
        :exc:`.BadSignature` like :meth:`unsign`.
        """
        _, signed_at = self.unsign(signed_value, return_timestamp=True)
        return self.get_timestamp() - int(signed_at.timestamp())

    def sign(self, value: str | bytes) -> bytes:
        """Signs the given string and also attaches time information."""
>>>>>>> REPLACE
```

```python:tests/test_itsdangerous/test_age.py
import pytest
from freezegun import freeze_time

from itsdangerous.exc import BadSignature
from itsdangerous.timed import TimestampSigner


def test_age_is_counted_from_the_signature():
    signer = TimestampSigner("secret-key")

    with freeze_time("2011-06-24") as clock:
        signed = signer.sign("value")
        clock.tick(90)
        assert signer.age(signed) == 90


def test_age_of_a_forgery_is_refused():
    with pytest.raises(BadSignature):
        TimestampSigner("secret-key").age(TimestampSigner("other-key").sign("value"))
```

CHANGES.rst
```
<<<<<<< SEARCH
Version 2.2.0
-------------
=======
Unreleased
----------

-   Add ``TimestampSigner.age``.


Version 2.2.0
-------------
>>>>>>> REPLACE
```
'''

NTH_FROM_END = '''\
# nth_from_end

There is `nth` and `nth_or_last`, but nothing that counts from the end and works on iterators.

1. Add it to `more_itertools/more.py`, and its types to `more_itertools/more.pyi`
2. Test it in `tests/test_from_end.py`

```diff
diff --git a/more_itertools/more.py b/more_itertools/more.py
--- a/more_itertools/more.py
+++ b/more_itertools/more.py
@@ -104,6 +104,7 @@ __all__ = [
     'map_reduce',
     'mark_ends',
     'minmax',
+    'nth_from_end',
     'nth_or_last',
     'nth_permutation',
     'nth_prime',
@@ -279,6 +280,23 @@ def last(iterable, default=_marker):
         return default


+def nth_from_end(iterable, n, default=None):
+    """Return the item *n* places before the last one of *iterable*,
+    or *default* if there are too few.
+
+        >>> nth_from_end('abcd', 1)
+        'c'
+        >>> nth_from_end('abcd', 9, 'none')
+        'none'
+
+    At most *n* + 1 items are kept in memory.
+    """
+    if n < 0:
+        raise ValueError('n must be non-negative')
+    tail = deque(iterable, maxlen=n + 1)
+    return tail[0] if len(tail) > n else default
+
+
 def nth_or_last(iterable, n, default=_marker):
     """Return the nth or the last item of *iterable*,
     or *default* if *iterable* is empty.
diff --git a/more_itertools/more.pyi b/more_itertools/more.pyi
--- a/more_itertools/more.pyi
+++ b/more_itertools/more.pyi
@@ -86,6 +86,7 @@ __all__ = [
     'map_reduce',
     'mark_ends',
     'minmax',
+    'nth_from_end',
     'nth_or_last',
     'nth_permutation',
     'nth_prime',
@@ -182,6 +183,10 @@ def last(iterable: Iterable[_T]) -> _T: ...
 @overload
 def last(iterable: Iterable[_T], default: _U) -> _T | _U: ...
 @overload
+def nth_from_end(iterable: Iterable[_T], n: int) -> _T | None: ...
+@overload
+def nth_from_end(iterable: Iterable[_T], n: int, default: _U) -> _T | _U: ...
+@overload
 def nth_or_last(iterable: Iterable[_T], n: int) -> _T: ...
 @overload
 def nth_or_last(iterable: Iterable[_T], n: int, default: _U) -> _T | _U: ...
```

```python:tests/test_from_end.py
from unittest import TestCase

import more_itertools as mi


class NthFromEndTests(TestCase):
    def test_counts_from_the_last_item(self):
        self.assertEqual([mi.nth_from_end(iter('abc'), n) for n in range(3)], ['c', 'b', 'a'])

    def test_too_few_items_give_the_default(self):
        self.assertEqual(mi.nth_from_end([], 0, 'none'), 'none')
        self.assertIsNone(mi.nth_from_end('abc', 3))

    def test_a_negative_place_is_refused(self):
        with self.assertRaises(ValueError):
            mi.nth_from_end('abc', -1)
```
'''


@pytest.fixture
def fetch(cache: Path, tmp_path: Path) -> Callable[[str, str, str], Path]:
    """A published source tree as a git repository: `fetch("itsdangerous==2.2.0", "itsdangerous-2.2.0", sha256)`."""

    def get(requirement: str, folder: str, digest: str) -> Path:
        archive = cache / f"{folder}.tar.gz"
        _download(requirement, cache, tmp_path / "pip")
        assert hashlib.sha256(archive.read_bytes()).hexdigest() == digest
        with tarfile.open(archive) as content:
            content.extractall(tmp_path, filter="data")
        repo = tmp_path / folder
        run_git(repo, "init", "--quiet", "--initial-branch=main")
        run_git(repo, "add", "--all")
        run_git(repo, "commit", "--quiet", "--message=As published")
        return repo

    return get


def _download(requirement: str, folder: Path, environment: Path) -> None:
    """Ask the package index, with a pip of our own: the environment that runs the tests may have none.

    It is asked for what is cached too, since the project's own requirements come from there as well.
    """
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    name = requirement.partition("==")[0]
    pip = [environment / "bin" / "python", "-m", "pip", "download", "--quiet", "--retries=1"]
    argv = [*pip, "--no-deps", f"--no-binary={name}", f"--dest={folder}", requirement]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        pytest.skip(f"network: {name} cannot be had from the package index")


@pytest.mark.parametrize(
    ("requirement", "folder", "digest", "plan", "check", "changed", "added"),
    [
        (
            "itsdangerous==2.2.0",
            "itsdangerous-2.2.0",
            "e0050c0b7da1eea53ffaf149c0cfbb5c6e2e2b69c4bef22c81fa6eb73e5f6173",
            AGE,
            "python -m pytest",
            ["CHANGES.rst", "src/itsdangerous/timed.py", "tests/test_itsdangerous/test_age.py"],
            2,
        ),
        (
            "more-itertools==10.7.0",
            "more_itertools-10.7.0",
            "9fddd5403be01a94b204faadcff459ec3568cf110265d3c54323e1e866ad29d3",
            NTH_FROM_END,
            "python -m unittest discover -v -s tests -t .",
            ["more_itertools/more.py", "more_itertools/more.pyi", "tests/test_from_end.py"],
            4,  # the suite collects the example in the docstring too
        ),
    ],
    ids=["itsdangerous", "more-itertools"],
)
def test_a_change_to_a_published_library_is_proved_by_its_whole_suite(
    requirement: str,
    folder: str,
    digest: str,
    plan: str,
    check: str,
    changed: list[str],
    added: int,
    fetch: Callable[[str, str, str], Path],
    cache: Path,
    run_autopack: Callable[..., subprocess.CompletedProcess[str]],
    look_at_checkout: Callable[[Path], dict[str, str]],
    find_leftovers: Callable[[Path], list[str]],
    tmp_path: Path,
) -> None:
    repo = fetch(requirement, folder, digest)
    before = look_at_checkout(repo)
    (tmp_path / "plan.md").write_text(plan)
    env = {"AUTOPACK_CACHE_DIR": str(cache / "autopack")}

    done = run_autopack("run", tmp_path / "plan.md", "--run-id", "real", "--json", cwd=repo, env=env, timeout_s=1500)

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    [phase] = report["phases"]
    assert (phase["state"], phase["proved_by"]) == ("committed", "tests")
    row, smoke = phase["checks"]
    assert (row["check"]["id"], row["state"], row["excused"], row["report"]["failed"]) == (check, "passed", [], [])
    assert (smoke["check"]["kind"], smoke["outcome"]) == ("smoke", "passed")
    [baseline] = [line for line in report["baseline"] if line.startswith(f"{check}: ")]
    ran = re.fullmatch(rf"{re.escape(check)}: (\d+) tests ran", baseline)
    assert ran, baseline
    assert row["report"]["ran"] == int(ran[1]) + added
    assert run_git(repo, "rev-list", "main..autopack/real").splitlines() == [phase["commit"]]
    assert run_git(repo, "diff", "--name-only", "main..autopack/real").splitlines() == changed
    assert look_at_checkout(repo) == before
    assert find_leftovers(repo) == []
