"""Words of a task to files: terms, signals, what is emitted and why."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

import pytest

from autopack.decide.postings import ROW_SHIFT, IndexedFile, PastCommit
from autopack.decide.ranking import RankedFile, Ranker, Ranking
from autopack.decide.terms import (
    cut_windows,
    find_terms,
    is_candidate,
    may_state_paths,
    read_query,
    read_source,
    split_name,
    stem_word,
)


class Texts:
    """An index over texts in memory."""

    def __init__(self, texts: Mapping[str, str], commits: Sequence[PastCommit] = ()) -> None:
        self.files: Sequence[IndexedFile] = [
            IndexedFile(path=path, windows=len(cut_windows(texts[path]))) for path in sorted(texts)
        ]
        self.commits = commits
        self._rows: dict[str, list[int]] = {}
        for number, path in enumerate(sorted(texts)):
            for place, window in enumerate(cut_windows(texts[path])):
                for term in find_terms(window):
                    self._rows.setdefault(term, []).append(number << ROW_SHIFT | place)

    def count_rows(self, terms: Iterable[str]) -> Mapping[str, int]:
        return {term: len(self._rows.get(term, ())) for term in terms}

    def find_rows(self, terms: Iterable[str]) -> Mapping[str, Sequence[int]]:
        return {term: self._rows.get(term, []) for term in terms}


def chosen(texts: Mapping[str, str], task: str, commits: Sequence[PastCommit] = ()) -> list[str]:
    return [row.path for row in Ranker(Texts(texts, commits)).rank(read_query(task)).chosen]


def first(texts: Mapping[str, str], task: str, commits: Sequence[PastCommit] = ()) -> str:
    return chosen(texts, task, commits)[0]


def test_a_stem_is_shared_by_the_forms_of_a_word() -> None:
    words = ("parse", "parser", "parsing", "parsed", "query", "queries", "log", "logging", "class", "classes", "process")
    assert [stem_word(word) for word in words] == [
        "pars", "pars", "pars", "pars", "quer", "quer", "log", "log", "class", "class", "process",
    ]  # fmt: skip


def test_a_name_is_found_by_its_parts_and_as_a_whole() -> None:
    assert {name: split_name(name) for name in ("max_workers", "maxWorkers", "HTTPServer", "file", "the", "v2")} == {
        "max_workers": ("max", "work", "=maxworkers"),
        "maxWorkers": ("max", "work", "=maxworkers"),
        "HTTPServer": ("http", "serv", "=httpserver"),
        "file": ("fil",),
        "the": (),
        "v2": ("=v2",),
    }


def test_the_terms_of_a_window_say_what_it_uses_and_what_it_defines() -> None:
    assert find_terms("def open_pool(size):\n    ...\n") == {"open", "pool", "=openpool", "siz", "@open", "@pool", "@=openpool"}


def test_a_task_weighs_its_title_names_and_repeats() -> None:
    query = read_query(
        "Limit the pool\n\nThe `size` of max workers is a pool matter.\n\nSigned-off-by: Pool Limit <a@example.org>\n"
    )
    weights = {term: round(weight, 2) for term, weight in query.terms.items()}
    assert weights == {"limit": 2.0, "mat": 1.0, "max": 1.0, "pool": 3.39, "siz": 1.5, "work": 1.0}
    assert (query.exact, query.joined) == (("=size",), ("=maxworkers", "=poolmatter"))


def test_a_task_names_paths_with_a_folder_or_a_suffix() -> None:
    query = read_query("See `src/app.py`, tests/api/, Makefile and README.md (https://example.org/a/b.html), e.g. either/or.")
    assert query.mentions == ("README.md", "e.g", "either/or", "src/app.py", "tests/api")


def test_only_a_text_with_markup_or_names_like_paths_may_state_paths() -> None:
    texts = ("Limit the pool\n\nIt grows.", "Edit a.py", "Edit `Makefile`", "Files:\n- Makefile", "1. Edit it", '{"path": "x"}')
    assert [may_state_paths(text, read_query(text)) for text in texts] == [False, True, True, True, True, True]


BODY = "value = 1\n" * 30
TEXTS = {
    "src/pool.py": "class WorkerPool:\n    def open_pool(self, max_workers):\n        return max_workers\n",
    "src/http.py": "def fetch(url):\n    return url\n" + BODY,
    "src/log.py": "def write_log(text):\n    return text\n" + BODY,
    "tests/test_pool.py": "from src.pool import WorkerPool\n\ndef test_pool():\n    assert WorkerPool()\n",
    "docs/guide.md": "# Guide\n\nStart the program.\n",
}


def test_the_file_that_defines_what_the_task_is_about_comes_first_with_its_reasons() -> None:
    ranking = Ranker(Texts(TEXTS)).rank(read_query("Limit the number of max workers in the pool"))
    assert ranking == Ranking(
        chosen=(
            RankedFile(
                path="src/pool.py",
                score=3.7,
                confidence=0.67,
                reasons=("its path says 'pool'", "holds 'max', 'pool', 'workers', most of it in lines 1 to 40"),
            ),
            RankedFile(
                path="tests/test_pool.py",
                score=2.31,
                confidence=0.53,
                reasons=("its path says 'pool'", "holds 'pool', 'workers', most of it in lines 1 to 40"),
            ),
        ),
        nearby=(),
    )


def test_what_a_file_defines_under_the_name_of_the_task_is_a_reason() -> None:
    ranking = Ranker(Texts(TEXTS)).rank(read_query("Rework open pool"))
    assert ranking.chosen[0].reasons[-1] == "defines 'open pool'"


def test_words_that_fit_nothing_give_nothing() -> None:
    assert Ranker(Texts(TEXTS)).rank(read_query("Zebra quagga okapi")) == Ranking(chosen=(), nearby=())
    assert Ranker(Texts(TEXTS)).rank(read_query("")) == Ranking(chosen=(), nearby=())
    assert Ranker(Texts({})).rank(read_query("Limit the pool")) == Ranking(chosen=(), nearby=())


def test_a_word_that_every_file_has_proposes_nothing_beside_one_that_few_have() -> None:
    texts = {f"shop/part_{number}.py": "" for number in range(300)} | {"shop/pool.py": ""}
    ranking = Ranker(Texts(texts)).rank(read_query("Drain the pool of the shop"))
    assert [row.path for row in (*ranking.chosen, *ranking.nearby)] == ["shop/pool.py"]
    assert Ranker(Texts(texts)).rank(read_query("Paint the shop")).chosen


def test_one_ranker_says_the_same_of_every_task_as_a_new_one() -> None:
    index, tasks = Texts(TEXTS), ["Rework open pool", "Limit the number of max workers in the pool", "Rework open pool", "docs/"]
    ranker = Ranker(index)
    assert [ranker.rank(read_query(task)) for task in tasks] == [Ranker(index).rank(read_query(task)) for task in tasks]


def test_a_term_is_looked_up_once_for_all_tasks() -> None:
    asked: list[str] = []

    class Counting(Texts):
        def find_rows(self, terms: Iterable[str]) -> Mapping[str, Sequence[int]]:
            asked.extend(terms)
            return super().find_rows(terms)

    ranker = Ranker(Counting(TEXTS))
    for task in ("Drain the pool", "Drain the pool again", "Pool"):
        ranker.rank(read_query(task))
    assert len(asked) == len(set(asked))


def test_words_that_fit_nothing_choose_nothing_even_where_files_change_often() -> None:
    commits = [PastCommit(id="c1", terms=("pool",), files=("src/log.py",))]
    ranking = Ranker(Texts(TEXTS, commits)).rank(read_query("Make it work"))
    assert (ranking.chosen, [(row.path, row.reasons) for row in ranking.nearby]) == ((), [("src/log.py", ("changed recently",))])


def test_a_named_path_beats_words() -> None:
    assert first(TEXTS, "Pool workers: rewrite src/log.py") == "src/log.py"
    assert first(TEXTS, "Pool: rewrite log.py") == "src/log.py"


def test_a_commit_with_a_similar_message_brings_the_files_it_changed() -> None:
    commits = [
        PastCommit(id="c2", terms=("zebra", "strip"), files=("src/http.py",)),
        PastCommit(id="c1", terms=("guide",), files=("docs/guide.md",)),
    ]
    ranking = Ranker(Texts(TEXTS, commits)).rank(read_query("Paint the zebra stripes"))
    best = ranking.chosen[0]
    assert (best.path, best.reasons) == ("src/http.py", ("a commit with similar words changed it: c2",))


def test_a_commit_that_changed_everything_says_nothing() -> None:
    everything = PastCommit(id="c1", terms=("zebra",), files=tuple(f"src/{n}.py" for n in range(31)))
    assert chosen({f"src/{n}.py": "" for n in range(31)}, "Paint the zebra", [everything]) == []


def test_a_fixture_comes_after_the_source_it_is_a_copy_of() -> None:
    texts = {"testdata/pool.py": TEXTS["src/pool.py"], "zoo/pool.py": TEXTS["src/pool.py"], "x.py": BODY}
    assert first(texts, "Limit the pool of workers") == "zoo/pool.py"


def test_equal_files_stand_in_the_order_of_their_paths_and_at_most_thirty_are_chosen() -> None:
    texts = {f"src/f{number:02}.py": "pool = 1\n" for number in range(60)} | {"other.py": BODY}
    ranking = Ranker(Texts(texts)).rank(read_query("Limit the pool"))
    paths = [row.path for row in (*ranking.chosen, *ranking.nearby)]
    assert (len(ranking.chosen), len(ranking.nearby), paths) == (30, 20, sorted(texts)[1:51])


def test_confidence_stays_within_what_a_guess_may_claim() -> None:
    ranking = Ranker(Texts(TEXTS)).rank(read_query("Limit `WorkerPool` max_workers in src/pool.py: def open_pool"))
    sure = [row.confidence for row in (*ranking.chosen, *ranking.nearby)]
    assert (max(sure), min(sure) >= 0.3) == (0.75, True)


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml", "web/.env.local", "uv.lock", "web/package-lock.json", "go.sum", "node_modules/x/a.js",
        "dist/app.js", "app.min.js", "api/v1/api.pb.go", "logo.png", "../up.py", "a\nb.py", ".autopack/config.yaml",
    ],
)  # fmt: skip
def test_protected_locked_and_generated_files_are_never_proposed(path: str) -> None:
    assert not is_candidate(path)


def test_what_people_write_may_be_proposed() -> None:
    assert [is_candidate(path) for path in ("src/app.py", "Makefile", "go.mod", "package.json", "docs/größe.md")] == [True] * 5


def test_binary_large_and_generated_contents_are_no_source() -> None:
    made = b"// Code generated by protoc. DO NOT EDIT.\npackage x\n"
    assert [read_source(content) for content in (b"a\0b", b"x" * 400_001, made)] == [None, None, None]
    assert read_source(b"caf\xe9 = 1\n") == "caf\N{REPLACEMENT CHARACTER} = 1\n"


@pytest.mark.parametrize(
    "unit", ["a ", "aB", "pub ", "(", "--a", "`a", "a/", "a.b", "const\t", "A", "x" * 300 + "=", "\n", "ab-"]
)
def test_no_text_takes_long(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    started = time.process_time()
    query = read_query(text)
    for window in cut_windows(text):
        find_terms(window)
    Ranker(Texts(TEXTS)).rank(query)
    assert time.process_time() - started < 5
