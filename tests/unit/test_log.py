"""What a log line looks like, and what it never shows."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.contextvars import bound_contextvars

from autopack.decide.masking import clean_fact, escape_controls, mask_secrets
from autopack.effects.log import configure_logging, get_logger
from autopack.model.config import Config

FOLDERS = {"state_dir": Path("/state"), "cache_dir": Path("/cache")}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def logged(config: Config, stream: io.StringIO, *, environ: dict[str, str] | None = None, quiet: bool = False) -> str:
    configure_logging(config, environ=environ or {}, stream=stream, quiet=quiet)
    with bound_contextvars(run="r1", phase="api", attempt=2, plugin="autopack-py"):
        get_logger().info("check.finished", argv=("pytest", "-q"), exit_code=0)
    return stream.getvalue()


def test_json_lines_carry_run_phase_attempt_and_plugin():
    line = json.loads(logged(Config(**FOLDERS, log_format="json"), io.StringIO()))
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "check.finished",
        "level": "info",
        "run": "r1",
        "phase": "api",
        "attempt": 2,
        "plugin": "autopack-py",
        "argv": ["pytest", "-q"],
        "exit_code": 0,
    }


def test_text_lines_are_short_and_without_colour_where_there_is_no_terminal():
    line = logged(Config(**FOLDERS), io.StringIO())
    facts = "argv=['pytest', '-q'] attempt=2 exit_code=0 phase=api plugin=autopack-py run=r1"
    assert line.partition(" ")[2] == f"[info     ] check.finished {facts}\n"


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"CI": "true"}, False)])
def test_colour_is_for_terminals_that_want_it(environ, coloured):
    assert ("\x1b[" in logged(Config(**FOLDERS), Terminal(), environ=environ)) is coloured


def test_a_level_hides_what_is_below_it():
    assert logged(Config(**FOLDERS, log_level="error"), io.StringIO()) == ""
    assert logged(Config(**FOLDERS), io.StringIO(), quiet=True) == ""


def test_structlog_is_not_imported_before_the_first_line():
    code = (
        "import sys; from autopack.effects.log import configure_logging, get_logger; log = get_logger();"
        "assert 'structlog' not in sys.modules; log.info('too.small'); log.warning('first.line')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.partition(" ")[2]) == (0, "", "[warning  ] first.line\n")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("curl -H 'Authorization: Bearer abcdefgh12345'", "curl -H 'Authorization: Bearer ***'"),
        ("https://user:pw@example.org/x", "https://***@example.org/x"),
        ("OPENAI_API_KEY=sk-abc def", "OPENAI_API_KEY=*** def"),
        ("ghp_abcdefghijklmnopqrstuvwxyz012345", "***"),
        ("AKIAABCDEFGHIJKLMNOP", "***"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- rest", "*** rest"),
        ("-----BEGIN PRIVATE KEY-----\ncut off", "***"),
        ("token budget: 200 tokens: 12", "token budget: 200 tokens: 12"),
        ("https://example.org/a@b", "https://example.org/a@b"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text, masked):
    assert mask_secrets(text) == masked


def test_control_bidirectional_and_zero_width_characters_are_escaped():
    assert escape_controls("a\x1b[31m\n\u202eb\u200b") == "a\\x1b[31m\\x0a\\u202eb\\u200b"
    assert escape_controls("a\n\tb", keep="\n\t") == "a\n\tb"


def test_facts_under_secret_names_are_masked_and_counts_of_tokens_are_not():
    assert clean_fact("api_key", "x") == "***"
    assert clean_fact("github_token", "x") == "***"
    assert clean_fact("tokens", 1200) == 1200
    assert clean_fact("argv", ("tool", "--api-key", "x", "--verbose")) == ["tool", "--api-key", "***", "--verbose"]
    assert clean_fact("env", {"DB_PASSWORD": "x", "LANG": "C"}) == {"DB_PASSWORD": "***", "LANG": "C"}


def test_long_private_texts_become_digest_and_size():
    assert clean_fact("prompt", "x" * 201) == f"sha256:{_digest('x' * 201)} (201 characters)"
    assert clean_fact("prompt", "x" * 200) == "x" * 200
    assert clean_fact("reason", "x" * 201) == "x" * 201
    assert clean_fact("reason", "x" * 2001) == f"sha256:{_digest('x' * 2001)} (2001 characters)"


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:12]
