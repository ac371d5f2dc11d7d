import unittest

from inventory import OutOfStock, Stock
from inventory.report import render_report


class StockTest(unittest.TestCase):
    def setUp(self):
        self.stock = Stock()
        self.stock.add("bolt", 10)

    def test_amounts_add_up(self):
        self.stock.add("bolt", 5)
        self.assertEqual(self.stock.amount("bolt"), 15)

    def test_taking_lowers_the_amount(self):
        self.stock.take("bolt", 4)
        self.assertEqual(self.stock.amount("bolt"), 6)

    def test_more_than_there_is_cannot_be_taken(self):
        with self.assertRaises(OutOfStock):
            self.stock.take("bolt", 11)

    def test_an_unknown_article_has_no_stock(self):
        self.assertEqual(self.stock.amount("nut"), 0)

    def test_the_report_has_a_line_an_article(self):
        self.stock.add("nut", 3)
        self.assertEqual(render_report(self.stock), "   10 bolt\n    3 nut")


if __name__ == "__main__":
    unittest.main()
