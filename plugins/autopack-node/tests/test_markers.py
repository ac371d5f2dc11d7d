"""What takes a test out of the count is seen, and what only looks like it is not."""

from __future__ import annotations

import re

import pytest
from autopack_node.markers import MARKERS

TAKES_OUT = (
    "it.skip('x', () => {})",
    "  test.only('a', () => {})",
    "describe.skip('x', () => {",
    "it.todo('x')",
    "describe.skipIf(ci)('a', () => {",
    "test.concurrent.skip('x', () => {",
    "it.skip.each([1])('x', () => {",
    "test.failing('x', () => {",
    "xit('a', () => {",
    "fit('x', () => {",
    "fdescribe('x', () => {",
    "test('a', { skip: true }, () => {})",
    "test('a', {todo: 'later'}, () => {})",
    "  t.skip('why');",
    "  this.skip();",
    "Deno.test.ignore('x', () => {})",
    "Deno.test({ name: 'x', ignore: true, fn() {} })",
    "    testPathIgnorePatterns: ['x'],",
    "    exclude: ['src/x.test.ts'],",
    '    "test": "jest --passWithNoTests"',
    "process.exit(0)",
)
COUNTS = (
    "it('skips blanks', () => {",
    "test('it.skip works', () => {",
    "// it.skip('x', () => {})",
    "stream.skip(1)",
    "query.only('id')",
    "model.fit(x)",
    "function fit(a) {",
    "const options = { only: false }",
    "process.exit(1)",
    "expect(rows.each(x)).toBe(1)",
)


def finds(line: str) -> bool:
    return any(re.search(marker, line) for marker in MARKERS)


@pytest.mark.parametrize("line", TAKES_OUT)
def test_what_takes_a_test_out_is_a_marker(line: str) -> None:
    assert finds(line)


@pytest.mark.parametrize("line", COUNTS)
def test_what_leaves_the_count_as_it_is_is_none(line: str) -> None:
    assert not finds(line)
