"""Known secret values disappear from text and data, in every spelling; nothing else does."""

from __future__ import annotations

import base64
import html
import io
import json
import shlex
import textwrap
import time
import urllib.parse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autopack.decide.limits import EVENT_BYTES, PROMPT_BYTES, RECORD_BYTES, cut_at_line, cut_data, cut_text
from autopack.decide.masking import NO_MASK, Mask, credential_values, hide_private, secret_values
from autopack.effects.journal import Journal, read_journal
from autopack.effects.log import configure_logging, get_logger
from autopack.effects.store import Record
from autopack.model.config import Config
from autopack.model.report import PluginUse
from autopack.model.run import RunRequest
from autopack.model.toolchain import CommandResult

SECRET = "Tr0ub4dor&3 /'ü\"<x>+y"
PLAIN = "hunter2hunter"
MASK = Mask.of([SECRET, PLAIN])


def spellings(secret: str) -> dict[str, str]:
    raw = secret.encode()
    return {
        "itself": secret,
        "hex": raw.hex(),
        "upper hex": raw.hex().upper(),
        "url": urllib.parse.quote(secret),
        "url without slash": urllib.parse.quote(secret, safe=""),
        "form": urllib.parse.quote_plus(secret),
        "json": json.dumps(secret),
        "json utf-8": json.dumps(secret, ensure_ascii=False),
        "repr": repr(secret),
        "shell": shlex.quote(secret),
        "xml": html.escape(secret),
    }


@pytest.mark.parametrize("secret", [SECRET, PLAIN])
@pytest.mark.parametrize("form", spellings(SECRET))
def test_a_secret_is_masked_in_every_spelling(form, secret):
    text = f"before {spellings(secret)[form]} after"
    masked = MASK.text(text)
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "***" in masked
    assert len(masked) < len("before '***' after") + 3


@pytest.mark.parametrize("secret", [SECRET, PLAIN])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "abcd"])
@pytest.mark.parametrize("after", ["", "\n", "xy", "xyz"])
def test_a_secret_is_masked_in_base64_wherever_it_stands(secret, encode, before, after):
    masked = MASK.text(encode(f"{before}{secret}{after}".encode()).decode())
    rest = masked.replace("***", "")
    assert "***" in masked
    assert len(rest) <= len(before) * 2 + len(after) * 2 + 6


def test_a_secret_is_masked_in_base64_that_is_broken_into_lines():
    coded = base64.b64encode(b"x" * 50 + SECRET.encode() + b"y" * 50).decode()
    for width in range(20, 80):
        masked = MASK.text("\n".join(textwrap.wrap(coded, width)))
        assert "***" in masked
        assert base64.b64encode(SECRET.encode()).decode()[4:-4] not in masked.replace("\n", "")


def test_a_secret_of_many_lines_is_masked_line_by_line():
    key = "-----BEGIN KEY-----\nMIIEowIBAAKCAQEA7Zk3\nvQ9rTb7LmX2cYw8NpD4s\nend\n"
    assert Mask.of([key]).text("log: vQ9rTb7LmX2cYw8NpD4s\nMIIEowIBAAKCAQEA7Zk3") == "log: ***\n***"


def test_a_secret_inside_another_leaves_nothing_of_the_longer_one():
    assert Mask.of(["hunter", "hunter2hunter"]).text("hunter2hunter hunter") == "*** ***"


def test_other_text_and_short_values_stay():
    text = "hunter 2 hunter\n" + base64.b64encode(b"something else").decode()
    assert MASK.text(text) == text
    assert Mask.of(["abc", "", "12345"]) == NO_MASK


def test_data_keeps_closed_words_and_ids_and_loses_secrets():
    result = CommandResult(argv=("echo", PLAIN), exit_code=0, stdout=f"a {PLAIN}\n", files=((f"{PLAIN}.xml", PLAIN),))
    assert MASK.value(result) == CommandResult(argv=("echo", "***"), exit_code=0, stdout="a ***\n", files=(("***.xml", "***"),))
    assert Mask.of(["committed"]).value({"state": "committed", "phase": "committed", "reason": "committed"}) == {
        "state": "committed",
        "phase": "committed",
        "reason": "***",
    }


def test_long_text_is_masked_quickly():
    mask = Mask.of([f"secret-value-{n:04}" for n in range(50)])
    text = "some line of output without any secret\n" * 25_000
    started = time.monotonic()
    assert mask.text(text) == text
    assert time.monotonic() - started < 1


def test_secret_values_are_those_of_secret_names():
    environ = {
        "GITHUB_TOKEN": "value-1",
        "PGPASSWORD": "value-2",
        "OPENAI_API_KEY": "value-3",
        "SECRET_KEY_BASE": "value-4",
        "STRIPE_SECRET_LIVE": "value-5",
        "MYSQL_PWD": "value-6",
        "DATABASE_URL": "postgres://app:value-7@db/shop",
        "api_key": "value-8",
    }
    harmless = {
        "PWD": "/work/shop",
        "OLDPWD": "/work/other",
        "TOKENIZERS_PARALLELISM": "parallel",
        "MAX_TOKENS": "100000",
        "GOOGLE_APPLICATION_CREDENTIALS": "/home/me/key.json",
        "AWS_SHARED_CREDENTIALS_FILE": "credentials",
        "SSH_AUTH_SOCK": "/run/agent",
        "TOKEN_URL": "https://example.org/token",
        "DB_PASSWORD": "short",
        "HOME": "/home/me",
        "KEYBOARD": "qwerty",
    }
    assert secret_values({**environ, **harmless}) == tuple(f"value-{n}" for n in range(1, 9))


def test_credential_values_are_the_random_words_of_a_file():
    text = '{"token": "Zk3vQ9rTb7LmX2cY", "registry": "registry.example.org", "user": "somebody-there"}\nkey = 4f9a0c1d7e2b\n'
    assert credential_values(text) == ("4f9a0c1d7e2b", "Zk3vQ9rTb7LmX2cY")


def request() -> RunRequest:
    return RunRequest(
        run_id="r1",
        project_id="shop",
        base_commit="c",
        base_tree="t",
        builder=f"command:agent --key {PLAIN}",
        allow_weak_sandbox=False,
        started_at="2026-01-01T00:00:00+00:00",
        author="A <a@example.org>",
        committer="A <a@example.org>",
        plan_digest="d",
        plugins=(PluginUse(name="p", version=PLAIN),),
        warnings=(PLAIN,),
    )


def test_a_record_masks_and_caps_what_is_written_and_can_be_read_again(tmp_path: Path):
    record = Record(run_id="r1", folder=tmp_path, mask=MASK)
    record.write("request.json", request())
    record.write_text("prompt.md", f"use {PLAIN}\n" + "x" * PROMPT_BYTES)
    found = record.request()
    assert (found.run_id, found.builder, found.warnings) == ("r1", "command:agent --key ***", ("***",))
    prompt = (tmp_path / "prompt.md").read_text()
    assert prompt.startswith("use ***\n")
    assert prompt.endswith(" bytes left out]\n")
    assert len(prompt) <= PROMPT_BYTES


def test_a_record_that_is_too_large_is_cut_and_stays_json(tmp_path: Path):
    record = Record(run_id="r1", folder=tmp_path)
    row = CommandResult(argv=("x",), exit_code=0, stdout="y" * 100_000)
    record.write("checks.json", (row,) * 200)
    assert (tmp_path / "checks.json").stat().st_size <= RECORD_BYTES * 1.1
    rows = record.read("checks.json", tuple[CommandResult, ...])  # type: ignore[arg-type]
    assert rows is not None
    assert len(rows) == 200
    assert "bytes left out]" in rows[0].stdout


def test_an_event_masks_caps_and_hides_private_words(tmp_path: Path):
    seen = []
    journal = Journal(tmp_path / "e.jsonl", "r1", now=lambda: datetime(2026, 1, 1, tzinfo=UTC), observe=seen.append, mask=MASK)
    journal.append("a.b", phase=PLAIN, reason=f"said {PLAIN}", argv=("x", PLAIN), prompt="p" * 201, answer="short")
    journal.append("c.d", changed=["path/of/a/file.py"] * 20_000)
    journal.close()
    first, second = read_journal(tmp_path / "e.jsonl")
    assert [event.facts for event in seen] == [first.facts, second.facts]
    assert first.facts == {
        "phase": PLAIN,
        "reason": "said ***",
        "argv": ["x", "***"],
        "prompt": hide_private("prompt", "p" * 201),
        "answer": "short",
    }
    assert first.facts["prompt"].endswith(" (201 characters)")
    assert second.facts["left_out_bytes"] > 300_000
    assert max(map(len, (tmp_path / "e.jsonl").read_bytes().split(b"\n"))) < EVENT_BYTES + 500


def test_log_lines_are_masked():
    stream = io.StringIO()
    config = Config(state_dir=Path("/state"), cache_dir=Path("/cache"), log_format="json")
    configure_logging(config, environ={"MY_TOKEN": PLAIN}, stream=stream)
    get_logger().warning("x.said", reason=f"a {PLAIN} b", argv=["echo", base64.b64encode(PLAIN.encode()).decode()])
    configure_logging(config, environ={})
    line = json.loads(stream.getvalue())
    assert line["reason"] == "a *** b"
    assert line["argv"][1].startswith("***")


@pytest.mark.parametrize("limit", [40, 41, 42, 43, 44, 100])
def test_a_cut_text_says_how_much_is_missing_and_breaks_no_character(limit):
    text = "ü€😀" * 100
    cut = cut_text(text, limit)
    kept, _, note = cut.partition("\n[")
    assert text.startswith(kept)
    assert note == f"{len(text.encode()) - len(kept.encode())} bytes left out]\n"
    assert len(cut.encode()) <= limit
    assert cut_text("short", 5) == "short"


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("a\nbb\n", 5, "a\nbb\n"),
        ("a\nbb\n", 4, "a\n"),
        ("a\nbb", 3, "a\n"),
        ("a\nbé\n", 4, "a\n"),
        ("éé", 3, "é"),
        ("a€", 3, "a"),
        ("€", 2, ""),
        ("", 0, ""),
    ],
)
def test_a_text_cut_at_a_line_ends_with_a_whole_line_or_a_whole_character(text, limit, kept):
    assert cut_at_line(text, limit) == kept


def test_cut_data_keeps_keys_and_what_is_short():
    data = {"state": "failed", "output": "x" * 50_000, "rows": [{"n": n} for n in range(3)]}
    cut, left_out = cut_data(data, 10_000)
    assert {**cut, "output": ""} == {**data, "output": ""}
    assert left_out == 50_000 - len(cut["output"]) - 2
    assert cut_data(data, 100_000) == (data, 0)
