"""How the data is written: one passage a file, few triples, canonical Turtle, identity apart."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest
import rdflib

from amcc_kg.repository import files
from amcc_kg.repository.files import FileKind

ROOT = Path(__file__).parents[2]
FILES = [f for f in files.find(ROOT).graph_files if f.kind is not FileKind.ONTOLOGY]
PASSAGES = [f for f in FILES if f.kind is FileKind.PASSAGE]
ARTICLE = "2018-09-20-amcc-3"
SUBJECT = re.compile(r"^<([^>]*)>$", re.MULTILINE)
PREFIX = re.compile(r"^@prefix (\w+):", re.MULTILINE)
STRING_OR_IRI = re.compile(r'"(?:[^"\\]|\\.)*"|<[^>]*>|^#.*$', re.MULTILINE)


def name(file: files.GraphFile) -> str:
    return str(file.path.relative_to(ROOT / "data"))


def test_the_article_is_the_one_that_was_supplied() -> None:
    text = (ROOT / "seeds" / f"{ARTICLE}.txt").read_bytes()
    assert sha256(text).hexdigest() == "f78aff5c630f392c69c5b3989a895a47a781c2420cd4348b2c6840a6b6f0d785"


def test_each_stretch_of_the_article_in_one_voice_has_its_file() -> None:
    stems = {f.path.stem for f in PASSAGES if f.path.parent.name == ARTICLE}
    divided = {"s02": "ab", "s03": "ab", "s04": "abc", "s05": "ab", "s06": "ab", "s07": "ab", "s09": "ab"}
    stretches = {sentence + mark for sentence, marks in divided.items() for mark in marks}
    assert stems == {"date", "dateline", "s01", "s08", "s10", "s11"} | stretches


@pytest.mark.parametrize("file", PASSAGES, ids=name)
def test_a_passage_states_few_triples_and_says_in_a_comment_what_it_says(file: files.GraphFile) -> None:
    assert 1 <= len(rdflib.Graph().parse(file.path)) <= 25
    assert re.search(r"^# \w", file.path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_file_is_canonical(file: files.GraphFile) -> None:
    text = file.path.read_text(encoding="utf-8")
    assert text.startswith("@base <https://w3id.org/amcc-kg/> .\n")
    bare = STRING_OR_IRI.sub("", text)
    assert set(PREFIX.findall(text)) == set(re.findall(r"(?<![\w@])(\w+):\w", bare)), (
        "prefixes only where used"
    )
    subjects = SUBJECT.findall(text)
    assert subjects == sorted(set(subjects)), "one block a subject, sorted"
    for block in re.split(r"\n\n(?=<)", text)[1:]:
        predicates = [line.split()[0] for line in block.splitlines()[1:]]
        assert predicates == sorted(predicates, key=lambda p: (p != "a", p)), (
            f"one predicate a line, sorted: {block}"
        )


def test_no_blank_nodes_anywhere() -> None:
    for file in FILES:
        graph = rdflib.Graph().parse(file.path)
        assert not [t for t in graph if any(isinstance(term, rdflib.BNode) for term in t)], file.path
