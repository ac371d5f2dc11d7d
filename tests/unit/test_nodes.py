"""Structured text to nodes: values decoded, places kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.decide.nodes import read_json, read_json_lines, read_table, read_yaml
from autopack.model.draft import Node, Span
from autopack.model.parse import BadSyntax, Unreadable


def plain(node: Node) -> object:
    if node.kind == "map":
        return {key: plain(value) for key, value in zip(node.keys, node.children, strict=True)}
    return [plain(part) for part in node.children] if node.kind == "list" else node.text


def place(node: Node) -> tuple[int, int, str]:
    return (node.span.start, node.span.end, node.span.pointer)


def test_json_values_know_their_lines_and_pointers() -> None:
    tree = read_json('{\n  "tasks": [\n    {"id": 1, "title": "a/b \\"c\\""},\n    {"id": 2,\n     "done": true}\n  ]\n}')
    first, second = tree.get("Tasks").children
    assert place(tree) == (1, 7, "")
    assert place(first) == (3, 3, "/tasks/0")
    assert place(second) == (4, 5, "/tasks/1")
    assert place(second.get("done")) == (5, 5, "/tasks/1/done")
    assert (first.get("title").text, first.get("id").kind, second.get("done").text) == ('a/b "c"', "number", "true")


def test_comments_and_a_last_comma_are_passed_over() -> None:
    assert plain(read_json('// tasks\n{"a": [1, 2,], /* old */ "b": null,}\n')) == {"a": ["1", "2"], "b": ""}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1', "line 1: `,` or `}` is missing"),
        ('{"a": 1}\nx', "line 2: something stands behind the end"),
        ('[1\n 2]', "line 2: `,` or `]` is missing"),
        ("{a: 1}", "line 1: a name in quotes is missing"),
        ("[/* x", "line 1: a comment is not closed"),
        ("", "line 1: a value is missing"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_told_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(BadSyntax) as caught:
        read_json(text)
    assert str(caught.value) == problem


def test_json_lines_are_a_list_whose_members_stand_on_their_lines() -> None:
    tree = read_json_lines(['{"id": "a"}', "", '{"id": "b"}'])
    assert [place(row) for row in tree.children] == [(1, 1, "/0"), (3, 3, "/1")]


def test_yaml_scalars_stay_as_written_and_blocks_end_with_their_last_line() -> None:
    tree = read_yaml("version: 1.10\nship: no\nday: 2026-01-02\ntext: |\n  one\n  two\n\nlast: x\n", 3)
    assert plain(tree) == {"version": "1.10", "ship": "no", "day": "2026-01-02", "text": "one\ntwo\n", "last": "x"}
    assert place(tree.get("text"))[0] == 6
    assert place(tree.get("last")) == (10, 10, "/last")


def test_a_table_keeps_cells_with_line_breaks_and_names_that_repeat() -> None:
    tree = read_table(["Summary;Labels;Labels", '"Add', 'login";a;b', "", "Fix;;c"])
    first, second = tree.children
    assert place(first) == (2, 3, "/0")
    assert (first.get("summary").text, [cell.text for cell in first.get_all("labels")]) == ("Add\nlogin", ["a", "b"])
    assert (place(second)[:2], second.get("labels").text) == ((5, 5), "c")


def test_a_row_with_too_many_cells_is_refused_with_its_line() -> None:
    with pytest.raises(BadSyntax, match="line 2: 3 cells, but the first line has 2 names"):
        read_table(["a,b", "1,2,3"])


def test_a_key_that_stands_twice_is_refused() -> None:
    for read, text in ((read_json, '{"a": 1, "a": 2}'), (read_yaml, "a: 1\na: 2\n")):
        with pytest.raises(Unreadable, match="duplicate key 'a'"):
            read(text)


def test_a_pointer_decides_which_value_of_a_line_holds_another() -> None:
    one, two = read_json('{"t": [{"a": "x"}, {"a": "y"}]}').get("t").children
    assert (one.span.holds(one.get("a").span), one.span.holds(two.get("a").span)) == (True, False)
    assert Span(start=1, end=1).holds(two.span)
    assert not Span(start=1, end=9, pointer="/1").holds(Span(start=2, end=2, pointer="/10"))


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_whatever_json_can_write_is_read_back(value: object) -> None:
    def texts(value: object) -> object:
        if isinstance(value, dict):
            return {key: texts(part) for key, part in value.items()}
        if isinstance(value, list):
            return [texts(part) for part in value]
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    assert plain(read_json(json.dumps(value))) == texts(value)
    assert plain(read_json(json.dumps(value, ensure_ascii=False, indent=2))) == texts(value)
