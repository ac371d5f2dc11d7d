"""Items to phases of a size that can be reviewed."""

from __future__ import annotations

from autopack.decide.packing import Piece, pack_items
from autopack.model.draft import GroupValue, ItemState, Span


def piece(number: int, *paths: str, state: ItemState = "todo") -> Piece:
    item = GroupValue(title=f"item {number}", extent=Span(start=number * 10, end=number * 10 + 4), state=state)
    return Piece(item=item, paths=frozenset(paths))


def lines(packs: tuple[GroupValue, ...]) -> list[tuple[int, int]]:
    return [(pack.extent.start, pack.extent.end) for pack in packs]


def test_eight_items_are_one_phase_and_need_no_pack() -> None:
    assert pack_items([piece(n) for n in range(1, 9)]) == ()


def test_the_ninth_item_begins_a_second_phase_and_no_line_is_left_between() -> None:
    packs = pack_items([piece(n) for n in range(1, 12)])
    assert lines(packs) == [(10, 89), (90, 114)]
    assert [pack.title for pack in packs] == ["item 1 and 7 more", "item 9 and 2 more"]


def test_many_files_fill_a_phase_before_many_items_do() -> None:
    packs = pack_items([piece(n, *(f"src/{n}_{m}.py" for m in range(5))) for n in range(1, 4)])
    assert lines(packs) == [(10, 29), (30, 34)]


def test_what_only_tests_stays_with_what_it_tests() -> None:
    packs = pack_items([*(piece(n) for n in range(1, 9)), piece(9, "tests/test_x.py"), piece(10)])
    assert lines(packs) == [(10, 99), (100, 104)]


def test_finished_items_fill_nothing() -> None:
    assert pack_items([*(piece(n, state="done") for n in range(1, 30)), piece(30)]) == ()


def test_items_on_one_line_are_never_cut_apart() -> None:
    assert (
        pack_items([Piece(item=GroupValue(title=f"i{n}", extent=Span(start=1, end=1, pointer=f"/{n}"))) for n in range(20)]) == ()
    )
