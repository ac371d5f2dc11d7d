"""What the documents promise stands in the code: made pages are current, links lead somewhere, features name their test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autopack.model.config import FEATURES
from autopack.testing.docs import PAGES, find_difference

ROOT = Path(__file__).parents[1]
WRITTEN = sorted(path for pattern in ("*.md", "docs/**/*.md") for path in ROOT.glob(pattern))

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")


@pytest.mark.parametrize("page", PAGES)
def test_a_made_page_says_what_the_code_says(page):
    assert find_difference(ROOT, page) == "", "run `python -m autopack.testing.docs --write`"


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_an_experimental_feature_has_the_test_that_proves_it(feature):
    assert (ROOT / feature.test).is_file()


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page):
    text = _FENCE.sub("", page.read_text("utf-8"))
    targets = [target.partition("#")[0] for target in _LINK.findall(text) if not target.startswith(("http://", "https://", "#"))]
    assert [target for target in targets if not (page.parent / target).exists()] == []
