"""Which value wins, what the repository may say, and what a configuration file must not contain."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autopack.decide.settings import read_words
from autopack.effects.config import LIMIT_BYTES, MAX_DEPTH, load_config
from autopack.errors import WrongUse
from autopack.model.config import FEATURES, SETTINGS, Config


@pytest.fixture
def user_dir(tmp_path):
    folder = tmp_path / "user"
    folder.mkdir()
    return folder


@pytest.fixture
def repo(tmp_path):
    folder = tmp_path / "repo"
    (folder / ".git").mkdir(parents=True)
    (folder / ".autopack").mkdir()
    return folder


def write_user(user_dir: Path, text: str) -> None:
    (user_dir / "config.yaml").write_text(text)


def write_repo(repo: Path, text: str) -> None:
    (repo / ".autopack" / "config.yaml").write_text(text)


def refusal(text: str, user_dir: Path) -> tuple[str, str]:
    write_user(user_dir, text)
    with pytest.raises(WrongUse) as caught:
        load_config(None, flags={}, environ={}, user_dir=user_dir)
    return caught.value.message.removeprefix(str(user_dir) + "/"), caught.value.hint


def test_every_field_of_the_configuration_is_a_setting_and_every_feature_has_one():
    fields = {field.name for field in dataclasses.fields(Config)} - {"origins", "warnings"}
    assert {setting.attribute for setting in SETTINGS} == fields
    features = {setting.key for setting in SETTINGS if setting.key.startswith("experimental.")}
    assert features == {f"experimental.{feature.name}" for feature in FEATURES}
    assert all(setting.default is False for setting in SETTINGS if setting.key in features)


def test_without_any_file_every_value_is_the_default(user_dir, tmp_path):
    folders = {"AUTOPACK_STATE_DIR": str(tmp_path / "state"), "AUTOPACK_CACHE_DIR": str(tmp_path / "cache")}
    config = load_config(None, flags={}, environ=folders, user_dir=user_dir)
    origins = {setting.key: "default" for setting in SETTINGS}
    origins |= {"state_dir": "environment AUTOPACK_STATE_DIR", "cache_dir": "environment AUTOPACK_CACHE_DIR"}
    assert config == Config(state_dir=tmp_path / "state", cache_dir=tmp_path / "cache", origins=origins)


def test_a_flag_beats_the_environment_that_beats_the_user_file_that_beats_the_repository(user_dir, repo):
    write_user(user_dir, "project: from-user\n")
    write_repo(repo, "# mine\nproject: from-repository\n")
    environ = {"AUTOPACK_PROJECT": "from-environment"}

    def project(flags, environ, folder):
        config = load_config(repo, flags=flags, environ=environ, user_dir=folder)
        return config.project, config.origins["project"]

    assert project({"project": "from-flag"}, environ, user_dir) == ("from-flag", "flag --project")
    assert project({"project": None}, environ, user_dir) == ("from-environment", "environment AUTOPACK_PROJECT")
    assert project({}, {}, user_dir) == ("from-user", f"user file {user_dir}/config.yaml:1")
    assert project({}, {}, repo) == ("from-repository", "repository .autopack/config.yaml:2")


def test_the_repository_may_tighten(user_dir, repo):
    write_repo(
        repo,
        "allow_weak_sandbox: false\nchecks:\n  timeout_s: 60\nbudget:\n  max_minutes: 10\n  max_attempts: 1\n"
        "plugins:\n  only: [autopack-py]\nrequire: [autopack-py]\n",
    )
    config = load_config(repo, flags={}, environ={}, user_dir=user_dir)
    assert (config.budget_max_minutes, config.budget_max_attempts) == (10.0, 1)
    assert (config.plugins_only, config.require) == (("autopack-py",), ("autopack-py",))
    assert (config.checks_timeout_s, config.allow_weak_sandbox, config.warnings) == (60.0, False, ())


def test_what_loosens_is_ignored_with_a_warning_that_names_the_line(user_dir, repo):
    write_repo(
        repo,
        "builder: command:evil\nallow_weak_sandbox: true\nbudget:\n  max_files: 900\n  max_minutes: 90\nenv:\n  pass: [TOKEN]\n"
        "log:\n  level: error\nstate_dir: /tmp/evil\ncache_dir: /tmp/evil\nexperimental:\n  missing_dependency: yes\n",
    )
    config = load_config(repo, flags={}, environ={}, user_dir=user_dir)
    plain = load_config(None, flags={}, environ={}, user_dir=user_dir)
    assert dataclasses.replace(config, warnings=()) == plain
    assert config.warnings == (
        "repository .autopack/config.yaml:1: the repository may not set 'builder'; ignored",
        "repository .autopack/config.yaml:2: the repository may only set 'allow_weak_sandbox' to false; ignored",
        "repository .autopack/config.yaml:4: the repository may only lower 'budget.max_files', and 900 is above 200; ignored",
        "repository .autopack/config.yaml:5: the repository may only lower 'budget.max_minutes', and 90.0 is above 30.0; ignored",
        "repository .autopack/config.yaml:7: the repository may not set 'env.pass'; ignored",
        "repository .autopack/config.yaml:9: the repository may not set 'log.level'; ignored",
        "repository .autopack/config.yaml:10: the repository may not set 'state_dir'; ignored",
        "repository .autopack/config.yaml:11: the repository may not set 'cache_dir'; ignored",
        "repository .autopack/config.yaml:13: the repository may only set 'experimental.missing_dependency' to false; ignored",
    )


def test_requirements_of_the_person_and_of_the_repository_add_up(user_dir, repo):
    write_user(user_dir, "require: [autopack-py]\n")
    write_repo(repo, "require: [autopack-intent-drift, autopack-py]\n")
    config = load_config(repo, flags={}, environ={}, user_dir=user_dir)
    assert config.require == ("autopack-py", "autopack-intent-drift")
    assert config.origins["require"] == f"user file {user_dir}/config.yaml:1, repository .autopack/config.yaml:1"


def test_the_repository_file_is_found_from_a_folder_below(user_dir, repo):
    write_repo(repo, "project: shop\n")
    (repo / "src" / "deep").mkdir(parents=True)
    assert load_config(repo / "src" / "deep", flags={}, environ={}, user_dir=user_dir).project == "shop"


def test_a_repository_file_that_is_a_symlink_is_refused(user_dir, repo, tmp_path):
    (tmp_path / "secret.yaml").write_text("project: stolen\n")
    (repo / ".autopack" / "config.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(WrongUse, match=r"config\.yaml cannot be read"):
        load_config(repo, flags={}, environ={}, user_dir=user_dir)


def test_an_autopack_folder_that_is_a_symlink_is_refused(user_dir, repo, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "config.yaml").write_text("project: stolen\n")
    (repo / ".autopack").rmdir()
    (repo / ".autopack").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WrongUse, match=r"config\.yaml cannot be read"):
        load_config(repo, flags={}, environ={}, user_dir=user_dir)


def test_an_unknown_key_names_its_line_and_a_key_that_is_close(user_dir):
    assert refusal("project: shop\nbudgt:\n  max_files: 3\n", user_dir) == (
        "config.yaml:2: unknown key 'budgt'",
        "did you mean 'budget'?",
    )
    assert refusal("budget:\n  max_file: 3\n", user_dir) == (
        "config.yaml:2: unknown key 'budget.max_file'",
        "did you mean 'budget.max_files'?",
    )
    assert refusal("zzz: 1\n", user_dir) == ("config.yaml:1: unknown key 'zzz'", "`autopack config show` lists the keys")
    assert refusal("budget.max_files: 3\n", user_dir)[1] == "write 'max_files' as a key below 'budget'"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("budget:\n  max_files: many", "2: 'budget.max_files' must be a whole number of at least 1, not 'many'"),
        ("budget:\n  max_files: '2'", "2: 'budget.max_files' must be a whole number of at least 1, not '2'"),
        ("budget:\n  max_files: 1:30", "2: 'budget.max_files' must be a whole number of at least 1, not '1:30'"),
        ("budget:\n  max_files: [1]", "2: 'budget.max_files' must be a whole number of at least 1, not a list"),
        ("budget:\n  max_files: 0", "2: 'budget.max_files' must be a whole number of at least 1, not '0'"),
        ("budget:\n  max_files:", "2: 'budget.max_files' must be a whole number of at least 1, not nothing"),
        ("budget:\n  max_minutes: .inf", "2: 'budget.max_minutes' must be a finite number above 0, not '.inf'"),
        ("budget:\n  max_minutes: nan", "2: 'budget.max_minutes' must be a finite number above 0, not 'nan'"),
        ("budget: 3", "1: 'budget' must be a mapping of keys to values"),
        ("- builder", "1: the file must be a mapping of keys to values"),
        ("builder: 5", "1: 'builder' must be a text, not '5' (put a text in quotes)"),
        ("builder: {a: b}", "1: 'builder' must be a text, not a mapping"),
        ("require: autopack-py", "1: 'require' must be a list of names, not 'autopack-py'"),
        ("require: [1]", "1: 'require' must be a list of names, not '1' (put a text in quotes)"),
        ("require: {a: b}", "1: 'require' must be a list of names, not a mapping"),
        ("require: [[a]]", "1: 'require' must be a list of names, not a list"),
        ("log:\n  format: [text]", "2: 'log.format' must be 'text' or 'json', not a list"),
        ("log:\n  format: off", "2: 'log.format' must be 'text' or 'json', not 'off'"),
        ("allow_weak_sandbox: maybe", "1: 'allow_weak_sandbox' must be true or false, not 'maybe'"),
    ],
)
def test_a_value_of_the_wrong_type_names_line_expected_and_found(user_dir, text, message):
    assert refusal(text, user_dir)[0] == f"config.yaml:{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("require: &a [x]\nplugins:\n  only: *a\n", "config.yaml:1: anchors and aliases are not allowed"),
        ("builder: !!python/object/apply:os.system [id]\n", "config.yaml:1: tags are not allowed"),
        ("project: a\nproject: b\n", "config.yaml:2: 'project' stands here a second time"),
        ("budget:\n  max_files: 1\n  max_files: 2\n", "config.yaml:3: 'budget.max_files' stands here a second time"),
        ("<<: {project: a}\n", "config.yaml:1: merge keys are not allowed"),
        ("project: a\n---\nproject: b\n", "config.yaml:2: but found another document"),
        ("require: [a\n", "config.yaml:2: did not find expected ',' or ']'"),
        ("require: " + "[" * (MAX_DEPTH + 1), f"config.yaml:1: nested more than {MAX_DEPTH} levels deep"),
        ("require: " + "[" * 60_000, f"config.yaml:1: nested more than {MAX_DEPTH} levels deep"),
        ("#" * (LIMIT_BYTES + 1), f"config.yaml is larger than {LIMIT_BYTES} bytes"),
    ],
)
def test_yaml_that_is_not_plain_is_refused(user_dir, text, message):
    assert refusal(text, user_dir)[0] == message


def test_bytes_that_are_no_text_are_refused(user_dir):
    (user_dir / "config.yaml").write_bytes(b"project: \xff\n")
    with pytest.raises(WrongUse, match="is not UTF-8 text"):
        load_config(None, flags={}, environ={}, user_dir=user_dir)


def test_a_setting_that_may_be_unset_can_be_set_back(user_dir, repo):
    write_user(user_dir, "project: ~\nplugins:\n  only: null\nstate_dir:\n")
    write_repo(repo, "project: shop\n")
    config = load_config(repo, flags={}, environ={}, user_dir=user_dir)
    assert (config.project, config.plugins_only, config.state_dir.name) == (None, None, "autopack")


def test_an_empty_file_and_an_empty_section_say_nothing(user_dir, repo):
    write_user(user_dir, "# only words\n")
    write_repo(repo, "budget:\n")
    config = load_config(repo, flags={}, environ={}, user_dir=user_dir)
    assert set(config.origins.values()) == {"default"}


def test_a_wrong_environment_variable_is_named():
    with pytest.raises(WrongUse) as caught:
        load_config(None, flags={}, environ={"AUTOPACK_BUDGET_MAX_FILES": "-1"})
    assert caught.value.message == (
        "environment AUTOPACK_BUDGET_MAX_FILES: 'budget.max_files' must be a whole number of at least 1, not '-1'"
    )


def test_an_empty_environment_variable_counts_as_not_set(user_dir):
    config = load_config(None, flags={}, environ={"AUTOPACK_BUILDER": ""}, user_dir=user_dir)
    assert (config.builder, config.origins["builder"]) == ("payload", "default")


def test_variables_that_are_no_settings_are_let_be(user_dir):
    others = ("LLM", "FAULT", "REPO", "PROMPT", "TRACEBACK", "ORIGINS", "WARNINGS", "SOMETHING_ELSE")
    environ = {f"AUTOPACK_{name}": "a:1" for name in others}
    plain = load_config(None, flags={}, environ={}, user_dir=user_dir)
    assert load_config(None, flags={}, environ=environ, user_dir=user_dir) == plain


def test_a_feature_is_on_when_its_setting_is_and_an_unknown_one_is_off(user_dir):
    config = load_config(None, flags={}, environ={}, user_dir=user_dir)
    assert [config.is_enabled(feature.name) for feature in FEATURES] == [False] * len(FEATURES)
    write_user(user_dir, "experimental:\n" + "".join(f"  {feature.name}: true\n" for feature in FEATURES))
    config = load_config(None, flags={}, environ={}, user_dir=user_dir)
    assert [config.is_enabled(feature.name) for feature in FEATURES] == [True] * len(FEATURES)
    assert [config.is_enabled(name) for name in ("", "nobody_knows", "experimental.missing_dependency")] == [False] * 3


def test_words_of_the_environment_become_lists_and_flags(user_dir):
    environ = {"AUTOPACK_ENV_PASS": "CI, LANG,,CI", "AUTOPACK_ALLOW_WEAK_SANDBOX": "Yes", "AUTOPACK_BUDGET_MAX_MINUTES": "0.5"}
    config = load_config(None, flags={}, environ=environ, user_dir=user_dir)
    assert (config.env_pass, config.allow_weak_sandbox, config.budget_max_minutes) == (("CI", "LANG"), True, 0.5)


@pytest.mark.parametrize("words", ["1", "true", "yes", "on", "TRUE"])
def test_these_words_mean_true(words):
    setting = next(one for one in SETTINGS if one.key == "allow_weak_sandbox")
    assert read_words(setting, words) is True


@pytest.mark.parametrize("words", ["0", "false", "no", "off", "Off"])
def test_these_words_mean_false(words):
    setting = next(one for one in SETTINGS if one.key == "allow_weak_sandbox")
    assert read_words(setting, words) is False


def test_a_relative_path_is_read_from_the_folder_of_whoever_said_it(user_dir):
    write_user(user_dir, "state_dir: state\n")
    config = load_config(None, flags={"cache_dir": Path("cache")}, environ={}, user_dir=user_dir)
    assert (config.state_dir, config.cache_dir) == (user_dir / "state", Path.cwd() / "cache")


def test_a_user_file_that_cannot_be_read_is_said(user_dir):
    (user_dir / "config.yaml").mkdir()
    with pytest.raises(WrongUse, match=r"config\.yaml cannot be read: Is a directory"):
        load_config(None, flags={}, environ={}, user_dir=user_dir)
