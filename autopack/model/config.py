"""Every setting, once: the schema, the documents, the names of environment variables and `config show` come from here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["text", "path", "flag", "integer", "number", "names"]

# What the repository's own file may do with a setting: nothing, anything, go below the default, return to the default
# (which is then the strictest value), leave some out, or add some.
RepoRule = Literal["never", "any", "lower", "default", "narrow", "add"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One key of the configuration.

    `default` has the type the value has in `Config`.  `None` as default means that the setting may stay unset.
    Numbers are finite and above zero.
    """

    key: str
    kind: Kind
    default: Any
    repo_rule: RepoRule
    help: str
    choices: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        """Its name in `Config`."""
        return self.key.replace(".", "_")

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "AUTOPACK_" + self.attribute.upper()

    @property
    def option(self) -> str:
        """The command-line option that sets it, where a command has one."""
        return "--" + self.attribute.replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A power that is off until it is proven.  `test` is the deterministic test that proves it, from the repository root."""

    name: str
    summary: str
    test: str


FEATURES = (
    Feature(
        name="missing_dependency",
        summary="Install a declared dependency that a check reports missing into the run's own environment; "
        "keep it only if it helps.",
        test="tests/e2e/test_mitigation.py",
    ),
    Feature(
        name="plan_llm",
        summary="Let a plugin ask a model which option of an open question a plan means; calls and tokens a plan are limited.",
        test="plugins/autopack-plan-llm/tests/test_end_to_end.py",
    ),
)


def _setting(
    key: str, kind: Kind, default: Any, repo_rule: RepoRule, help: str, *, choices: tuple[str, ...] = (), filled: bool = False
) -> Any:
    """A field of `Config` that carries its setting; `filled` = loading puts something in place of an unset value."""
    setting = Setting(key=key, kind=kind, default=default, repo_rule=repo_rule, help=help, choices=choices)
    return field(metadata={"setting": setting}) if filled else field(default=default, metadata={"setting": setting})


def _feature(name: str) -> Any:
    summary = next(feature.summary for feature in FEATURES if feature.name == name)
    return _setting(f"experimental.{name}", "flag", False, "default", summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings in effect.  `origins` says for each key where its value comes from, `warnings` what was not obeyed."""

    builder: str = _setting(
        "builder", "text", "payload", "never",
        "What writes the code: `payload`, `command:PROGRAM ARGS...`, or another builder that a plugin offers.",
    )  # fmt: skip
    project: str | None = _setting(
        "project", "text", None, "any",
        "The project's name; unset, it is made from the remote, else from the folder and the root commit.",
    )  # fmt: skip
    allow_weak_sandbox: bool = _setting(
        "allow_weak_sandbox", "flag", False, "default",
        "Let code that an agent wrote run although this machine cannot contain it fully.",
    )  # fmt: skip
    sandbox: Literal["auto", "bwrap+landlock", "bwrap", "landlock", "none"] = _setting(
        "sandbox", "text", "auto", "never",
        "What contains the commands of a run; `auto` takes the strongest that works on this machine.",
        choices=("auto", "bwrap+landlock", "bwrap", "landlock", "none"),
    )  # fmt: skip
    setup: str | None = _setting(
        "setup", "text", None, "never",
        "A command that makes a fresh worktree ready, run in the sandbox before a builder or a check works there.",
    )  # fmt: skip
    plugins_only: tuple[str, ...] | None = _setting(
        "plugins.only", "names", None, "narrow",
        "Use these plugins and no others; unset, every installed one. Name those you count on in `require` too.",
    )  # fmt: skip
    require: tuple[str, ...] = _setting(
        "require", "names", (), "add",
        "Plugins that must load; without one of them nothing runs, and the exit code is 6.",
    )  # fmt: skip
    budget_max_files: int = _setting("budget.max_files", "integer", 200, "lower", "How many files a phase may change at most.")
    budget_max_tokens: int = _setting(
        "budget.max_tokens", "integer", 200_000, "lower", "How many tokens a phase may cost at most."
    )
    budget_max_minutes: float = _setting("budget.max_minutes", "number", 30.0, "lower", "How long a phase may take at most.")
    budget_max_attempts: int = _setting("budget.max_attempts", "integer", 3, "lower", "How often a phase may be tried at most.")
    checks_timeout_s: float = _setting(
        "checks.timeout_s", "number", 600.0, "lower", "How many seconds a check may take at most, whatever its kind."
    )
    timeouts_install_s: float = _setting(
        "timeouts.install_s",
        "number",
        1200.0,
        "lower",
        "How many seconds each command that makes an environment may take at most.",
    )
    timeouts_build_s: float = _setting(
        "timeouts.build_s", "number", 1800.0, "lower",
        "How many seconds a build may take at most; never more than `checks.timeout_s`.",
    )  # fmt: skip
    timeouts_test_s: float = _setting(
        "timeouts.test_s", "number", 1800.0, "lower",
        "How many seconds a test command may take at most; never more than `checks.timeout_s`.",
    )  # fmt: skip
    timeouts_smoke_s: float = _setting(
        "timeouts.smoke_s", "number", 1800.0, "lower",
        "How many seconds a smoke check, which only sees whether all code can be read, may take at most; "
        "never more than `checks.timeout_s`.",
    )  # fmt: skip
    memory: bool = _setting("memory", "flag", True, "any", "Remember plans and how sure each decision was, in the state folder.")
    env_pass: tuple[str, ...] = _setting(
        "env.pass", "names", (), "never",
        "Names of environment variables that reach the commands of a run; all others are left out.",
    )  # fmt: skip
    log_format: Literal["text", "json"] = _setting(
        "log.format",
        "text",
        "text",
        "never",
        "How log lines look: short text, or one JSON object a line.",
        choices=("text", "json"),
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        "log.level", "text", "info", "never", "The least important log lines to show.",
        choices=("debug", "info", "warning", "error"),
    )  # fmt: skip
    state_dir: Path = _setting(  # noqa: RUF009  a dataclass field, behind a name
        "state_dir", "path", None, "never",
        "The folder for worktrees, environments and memory; unset, the user's state folder.", filled=True,
    )  # fmt: skip
    cache_dir: Path = _setting(  # noqa: RUF009  a dataclass field, behind a name
        "cache_dir", "path", None, "never",
        "The folder for what can be fetched or computed again; unset, the user's cache folder.", filled=True,
    )  # fmt: skip
    experimental_missing_dependency: bool = _feature("missing_dependency")
    experimental_plan_llm: bool = _feature("plan_llm")
    origins: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def value(self, setting: Setting) -> Any:
        """The value of one setting."""
        return getattr(self, setting.attribute)

    def limit_s(self, kind: str) -> float:
        """How many seconds a check of this kind may take."""
        return min(self.checks_timeout_s, getattr(self, f"timeouts_{kind}_s", self.checks_timeout_s))

    def is_enabled(self, feature: str) -> bool:
        """Whether the experimental feature of that name is on; a name that this version does not know is off."""
        return any(known.name == feature and getattr(self, f"experimental_{feature}") for known in FEATURES)


SETTINGS: tuple[Setting, ...] = tuple(f.metadata["setting"] for f in dataclasses.fields(Config) if "setting" in f.metadata)
