"""Every labelled tree is told apart as its labels say, by all installed plugins together."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack.plugins import Plugins
from autopack.stages.ground import find_toolchains, open_ground
from benchmarks.plans.corpus import open_bare_context
from benchmarks.toolchains.trees import Tree, find_faults, lay_out, list_trees


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Plugins:
    return open_bare_context(tmp_path_factory.mktemp("home")).plugins


@pytest.mark.parametrize("tree", list_trees(), ids=lambda tree: tree.name)
def test_a_labelled_tree_is_told_apart(tree: Tree, plugins: Plugins, tmp_path: Path) -> None:
    lay_out(tree, tmp_path)

    assert find_faults(tree, find_toolchains(plugins, open_ground(tmp_path).workspace)) == []


def test_the_labels_name_each_tree_once() -> None:
    names = [tree.name for tree in list_trees()]

    assert len(names) == len(set(names)) >= 90
