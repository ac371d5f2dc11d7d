"""Counts words in text files."""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

WORD = re.compile(r"[a-zA-Z]+")


def count_words(text):
    """How often each word occurs, in lower case."""
    return Counter(word.lower() for word in WORD.findall(text))


def top_words(counts, limit):
    """The most frequent words, best first; words that occur equally often are in alphabetical order."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def main(argv=None):
    parser = argparse.ArgumentParser(description="Count the words of text files.")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--top", type=int, default=10, help="how many words to show")
    options = parser.parse_args(argv)

    counts = Counter()
    for path in options.files:
        counts = count_words(path.read_text(encoding="utf-8"))
    for word, count in top_words(counts, options.top):
        print(f"{count:6} {word}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
