import tempfile
import unicodedata
from pathlib import Path

import pytest
from autopack_intent_conventions import TITLE, inject_intent
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.effects.scan import open_folder
from autopack.model.attempt import Fragment

AGENTS = """\
# Working here

Thanks for helping. You must sign
your commits. We like tea.

<!-- reviewers: never merge on Friday
always ask Bob -->

- Run `make test` before you
  push.
- Tests live in `tests/`
1. Never edit `generated/`.

```sh
never --run this
```

| must | never |
|------|-------|

- [Setup](docs/setup.md)
"""


def ask(folder: Path, files: dict[str, str | bytes], limit: int = 4000, target: str = "builder") -> Fragment | None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return inject_intent(target=target, limit=limit, workspace=open_folder(folder))


def test_rules_are_quoted_whole_in_file_order_with_their_lines(tmp_path: Path) -> None:
    assert ask(tmp_path, {"AGENTS.md": AGENTS}) == Fragment(
        title=TITLE,
        text=(
            "AGENTS.md:\n"
            "- You must sign your commits.\n"
            "- Run `make test` before you push.\n"
            "- Tests live in `tests/`\n"
            "- Never edit `generated/`."
        ),
        sources=("AGENTS.md:3", "AGENTS.md:9", "AGENTS.md:11", "AGENTS.md:12"),
    )


def test_commanding_rules_go_first_when_there_is_little_room(tmp_path: Path) -> None:
    text = "- The door is blue\n- Never paint it\n"
    assert ask(tmp_path, {"AGENTS.md": text}, limit=len(TITLE) + 30) == Fragment(
        title=TITLE, text="AGENTS.md:\n- Never paint it", sources=("AGENTS.md:2",)
    )


def test_a_rule_that_does_not_fit_is_left_out_whole(tmp_path: Path) -> None:
    text = f"- Always {'x' * 300}\n- Use tabs\n"
    fragment = ask(tmp_path, {"AGENTS.md": text}, limit=len(TITLE) + 100)
    assert fragment is not None and fragment.text == "AGENTS.md:\n- Use tabs"


def test_a_rule_that_two_files_state_is_quoted_once(tmp_path: Path) -> None:
    files = {"AGENTS.md": "- Use tabs\n", "CLAUDE.md": "- Use tabs\n", "docs/CONTRIBUTING.md": "- Prefer ASCII\n"}
    assert ask(tmp_path, files) == Fragment(
        title=TITLE,
        text="AGENTS.md:\n- Use tabs\ndocs/CONTRIBUTING.md:\n- Prefer ASCII",
        sources=("AGENTS.md:1", "docs/CONTRIBUTING.md:1"),
    )


@pytest.mark.parametrize("target", ["manifest", "audit"])
def test_it_keeps_away_from_other_prompts(tmp_path: Path, target: str) -> None:
    assert ask(tmp_path, {"AGENTS.md": AGENTS}, target=target) is None


@pytest.mark.parametrize(
    "files", [{}, {"README.md": AGENTS}, {"AGENTS.md": "# Title\n\nNice place.\n"}, {"AGENTS.md": b"\xff\xfe"}]
)
def test_without_rules_nothing_is_added(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    assert ask(tmp_path, files) is None


def test_text_cannot_leave_its_quotation(tmp_path: Path) -> None:
    text = "- Never \x1b[31mlook\x1b[0m ```\n- Use \u202eevil\u202c text\n- Always\r\n  # Heading ~~~ <!-- hidden --> end\n"
    fragment = ask(tmp_path, {"AGENTS.md": text})
    assert fragment is not None
    assert fragment.text == (
        "AGENTS.md:\n- Never \\u001b[31mlook\\u001b[0m '''\n- Use \\u202eevil\\u202c text\n- Always"
    )  # fmt: skip


def test_an_open_comment_or_fence_hides_the_rest(tmp_path: Path) -> None:
    text = "- Use tabs <!-- never\n- Always hidden\n"
    fragment = ask(tmp_path, {"AGENTS.md": text, "CONTRIBUTING.md": "```\n- Never shown\n"})
    assert fragment is not None and fragment.text == "AGENTS.md:\n- Use tabs"


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(
        st.sampled_from(["- must ", "1. use ", "```", "<!--", "-->", "never. Always! ", "\x1b", "\u2028", "\r", "", "# x"])
    ),
    noise=st.binary(max_size=200),
    limit=st.integers(min_value=-5, max_value=400),
)
def test_it_never_exceeds_the_limit_whatever_the_bytes(lines: list[str], noise: bytes, limit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, str | bytes] = {"AGENTS.md": "\n".join(lines), "CONTRIBUTING.md": b"- must " + noise}
        fragment = ask(Path(folder), files, limit=limit)
        assert fragment == ask(Path(folder), files, limit=limit)
        if fragment is not None:
            assert len(fragment.title) + len(fragment.text) <= limit
            assert not {ch for ch in fragment.text if unicodedata.category(ch) in ("Cc", "Cf", "Zl", "Zp")} - {"\n"}
            assert all(line.startswith("- ") or line in ("AGENTS.md:", "CONTRIBUTING.md:") for line in fragment.text.split("\n"))
