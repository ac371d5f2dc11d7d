"""Which host versions a plugin's metadata allows."""

import pytest

from autopack.decide.versions import allows, judge_requirements, read_release


@pytest.mark.parametrize(
    ("specifier", "version", "fits"),
    [
        ("", "0.1.0", True),
        (">=0.1,<1", "0.1.0", True),
        (">=0.1,<1", "0.99.7", True),
        (">=0.1,<1", "1.0", False),
        ("<0.2", "0.3", False),
        (">0.1", "0.1.0", False),
        ("<=0.1", "0.1.0", True),
        ("==0.1", "0.1.0", True),
        ("!=0.1.0", "0.1", False),
        ("==0.1.*", "0.1.9", True),
        ("!=0.1.*", "0.1.9", False),
        ("~=0.1.2", "0.1.9", True),
        ("~=0.1.2", "0.2", False),
        ("~=0.1", "0.9", True),
        (">=0.2", "0.2.0.dev3", True),
        ("<0.2", "0.2rc1", False),
        (">=0.10", "0.9", False),
        ("==0.1", "0.1.0+local.1", True),
    ],
)
def test_a_specifier_holds_the_versions_it_names(specifier: str, version: str, fits: bool) -> None:
    assert allows(specifier, version) == (fits, True)


@pytest.mark.parametrize(
    ("specifier", "version"), [("===0.1", "0.1"), (">=new", "0.1"), (">=0.1.*", "0.1"), (">=0.1", "latest"), ("0.1", "0.1")]
)
def test_what_cannot_be_read_is_said_to_be_unreadable(specifier: str, version: str) -> None:
    assert allows(specifier, version) == (False, False)


def test_zeros_at_the_end_change_nothing() -> None:
    assert read_release("1") == read_release("1.0.0") != read_release("1.0.1")


UNSAID = "it does not say which autopack versions it fits; declare a dependency such as `autopack>=0.1,<1`"


@pytest.mark.parametrize(
    ("requirements", "judged"),
    [
        (["autopack>=0.1,<1"], (None, None)),
        (["pluggy>=1", "Autopack (>=0.1, <1)"], (None, None)),
        (["autopack[all]>=0.1"], (None, None)),
        (["autopack<0.2"], ("needs autopack <0.2, this is 0.3", None)),
        (["autopack>=0.1", "autopack<0.2"], ("needs autopack <0.2, this is 0.3", None)),
        (["autopack<0.2; extra == 'old'", "autopack>=0.1"], (None, None)),
        (["autopack"], (None, UNSAID)),
        (["autopack-py<0.2"], (None, UNSAID)),
        ([], (None, UNSAID)),
        (["autopack===0.1"], (None, "what it says of the autopack versions it fits cannot be read: '===0.1'")),
        (
            ["autopack<0.2; python_version < '3.12'"],
            (None, "what it says of the autopack versions it fits cannot be read: '<0.2'"),
        ),
        (
            ["autopack @ https://example.org/autopack.whl"],
            (None, "what it says of the autopack versions it fits cannot be read: '@https://example.org/autopack.whl'"),
        ),
    ],
)
def test_requirements_are_judged_for_the_host_alone(requirements: list[str], judged: tuple[str | None, str | None]) -> None:
    assert judge_requirements(requirements, "0.3") == judged
