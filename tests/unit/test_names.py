"""Names for folders and refs: always valid, and never the same for two texts."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.decide.names import digest_text, is_safe_id, make_safe_id, make_slug


@pytest.mark.parametrize("text", ["a", "run-1", "2026-11-24", "github.com-me-app", "a_b.c", "x" * 64])
def test_a_safe_text_stays_as_it_is(text):
    assert (is_safe_id(text), make_safe_id(text)) == (True, text)


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "..", ".hidden", "a..b", "a.", "a.lock", "-rf", "_x", "A", "a/b", "a b", "a\n", "a\0", "a~1", "a^", "a:b", "a?",
        "a*", "a[", "a\\b", "@", "a@{0}", "é", "x" * 65, "\ud800",
    ],
)  # fmt: skip
def test_an_unsafe_text_gets_a_safe_name(text):
    assert not is_safe_id(text)
    assert is_safe_id(make_safe_id(text))


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Add a Cache!", "add-a-cache"), ("Größe", "groe"), ("ﬁle №1", "file-no1"), ("日本", "x"), ("", "x"), ("--a--", "a")],
)
def test_a_slug_keeps_the_readable_part(text, slug):
    assert make_slug(text, 32) == slug


def test_a_name_is_the_slug_and_eight_digits_of_the_digest():
    assert make_safe_id("Add a Cache!") == f"add-a-cache--{digest_text('Add a Cache!', 8)}"


def test_a_text_cannot_pass_itself_off_as_the_name_of_another():
    name = make_safe_id("Add a Cache!")
    assert make_safe_id(name) != name


_TEXTS = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="aA-._/ 0", max_size=8),
    st.text(max_size=8).map(make_safe_id),
    st.from_regex(r"[a-z]{1,3}--[0-9a-f]{8}", fullmatch=True),
)


@settings(max_examples=200)
@given(st.lists(_TEXTS, max_size=20, unique=True))
def test_names_are_valid_and_unique_for_any_texts(texts):
    names = [make_safe_id(text) for text in texts]
    assert len(set(names)) == len(texts)
    for name in names:
        assert 1 <= len(name) <= 64
        assert re.fullmatch(r"[a-z0-9](?:[a-z0-9_-]|\.(?!\.|\Z))*", name)
        assert not name.endswith(".lock")


def test_git_takes_such_names_in_a_ref():
    texts = ["", ".", "a.lock", "a..b", "@{", "-rf", "é\n", "x" * 300, "a.b_c-d", "HEAD"]
    for text in texts:
        ref = f"refs/autopack/fence/{make_safe_id(text)}"
        assert subprocess.run(["git", "check-ref-format", ref], check=False).returncode == 0
