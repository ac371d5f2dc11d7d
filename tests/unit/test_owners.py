"""Which phase holds the first line of an item: the innermost question of every plan, asked once an item."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autopack.decide.owners import OwnerTable
from autopack.model.draft import GroupValue, Span

SPANS = st.builds(
    lambda start, lines, pointer: Span(start=start, end=start + lines, pointer=pointer),
    st.integers(1, 8),
    st.integers(0, 4),
    st.sampled_from(["", "/a", "/a/0", "/a/0/b", "/a/1", "/a/10"]),
)
GROUPS = st.lists(
    st.builds(lambda extent, parts: GroupValue(title="x", extent=extent, parts=tuple(parts)), SPANS, st.lists(SPANS, max_size=2)),
    min_size=1,
    max_size=5,
)


@given(groups=GROUPS, sought=SPANS)
def test_the_table_finds_what_looking_at_every_group_finds(groups: list[GroupValue], sought: Span) -> None:
    first = Span(start=sought.start, end=sought.start, pointer=sought.pointer)
    holding = [index for index, group in enumerate(groups) if group.holds(first)]
    later = [index for index, group in enumerate(groups) if group.extent.start > sought.start]

    table = OwnerTable(groups)

    assert (table.holding(sought), table.find(sought)) == (set(holding), [*holding, *later, len(groups) - 1][0])
