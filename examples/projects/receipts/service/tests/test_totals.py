import json

from shop.totals import Line, message, total


def test_lines_are_added_up():
    assert total([Line("tea", 320), Line("cake", 455)]) == 775


def test_a_discount_is_rounded_down():
    assert total([Line("tea", 333)], discount_percent=10) == 300


def test_the_message_holds_lines_and_total():
    assert json.loads(message([Line("tea", 320)])) == {"lines": [{"name": "tea", "cents": 320}], "total": 320}
