import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import wordcount


class CountTest(unittest.TestCase):
    def test_words_are_counted_without_case(self):
        self.assertEqual(wordcount.count_words("One two, one!"), {"one": 2, "two": 1})

    def test_the_most_frequent_word_comes_first(self):
        self.assertEqual(wordcount.top_words({"a": 1, "b": 3, "c": 1}, 2), [("b", 3), ("a", 1)])


class MainTest(unittest.TestCase):
    def test_one_file_is_counted(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "a.txt")
            path.write_text("tea and tea", encoding="utf-8")
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                wordcount.main([str(path)])
        self.assertEqual(output.getvalue(), "     2 tea\n     1 and\n")


if __name__ == "__main__":
    unittest.main()
