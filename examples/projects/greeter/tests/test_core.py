import unittest

from greeter import greet


class GreetTest(unittest.TestCase):
    def test_a_name_is_greeted(self):
        self.assertEqual(greet("Ada"), "Hello, Ada!")

    def test_blanks_around_a_name_are_left_out(self):
        self.assertEqual(greet("  Ada "), "Hello, Ada!")

    def test_an_empty_name_is_refused(self):
        with self.assertRaises(ValueError):
            greet("   ")


if __name__ == "__main__":
    unittest.main()
