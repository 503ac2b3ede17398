"""Places of triples: the file and the line, however a value is written."""

from __future__ import annotations

from pathlib import Path

import mini_repository as mini
import pytest
import rdflib
from command_line import Amcc

from amcc_kg.explain.places import statements
from amcc_kg.repository import files
from amcc_kg.terms import prefixes

ROOT = Path(__file__).parent.parent.parent


def test_positions_of_statements_in_turtle() -> None:
    text = """@prefix : <http://example.org/> . # a comment with <iri> and "text"
@base <http://example.org/> .
:a :p :b ,
      :c ; # more
   :q "a \\"b\\" . ;" , '''long
text''' , 3 , true .
<d> a [ :p ( :x "y" ) ; :q :z ] .
[] :p :e .
"""
    found = [(tuple(str(term) if term else "" for term in triple), line) for triple, line in statements(text)]
    ex = "http://example.org/"
    assert ((f"<{ex}a>", f"<{ex}p>", f"<{ex}c>"), 4) in found
    assert (("", f"<{ex}q>", f"<{ex}z>"), 7) in found
    assert ((f"<{ex}d>", f"<{prefixes.RDF}type>", ""), 7) in found
    assert (("", f"<{ex}p>", f"<{ex}e>"), 8) in found
    assert len([1 for (s, _, _), _ in found if s == f"<{ex}a>"]) == 6


def test_positions_are_those_of_every_triple_of_the_repository() -> None:
    for file in files.find(ROOT).graph_files:
        graph = rdflib.Graph().parse(file.path, format="turtle")
        places = list(statements(file.path.read_text(encoding="utf-8")))
        whole = [t for t in graph if not any(isinstance(term, rdflib.BNode) for term in t)]
        written = {tuple(map(str, triple)) for triple, _ in places if None not in triple}
        assert len(written) == len(whole), file.path


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        ('"1"^^xsd:boolean', '"true"^^xsd:boolean'),
        ('"false"^^xsd:boolean', '"0"^^xsd:boolean'),
        ('"1.0"^^xsd:double', '"1"^^xsd:double'),
        ("1.50e1", '"15"^^xsd:double'),
        ('"01"^^xsd:integer', "1"),
        ('"1"^^xsd:nonNegativeInteger', "1"),
        ("+7.10", '"7.1"^^xsd:decimal'),
        (
            '"2020-05-01T10:00:00+00:00"^^xsd:dateTime',
            '"2020-05-01T10:00:00Z"^^xsd:dateTime',
        ),
        ('"P12M"^^xsd:duration', '"P1Y"^^xsd:duration'),
        ('"fête"@FR', '"fête"@fr'),
        ('"01"', '"01"'),
    ],
)
def test_a_value_is_found_on_its_line_however_it_is_written(
    tmp_path: Path, cache: Path, value: str, asked: str
) -> None:
    made = mini.build(tmp_path / "fair")
    name = "data/documents/fair/s02.ttl"
    lines = (made.root / name).read_text().splitlines()
    decoys = ["<event/fair-2> amcc:noted 99 , true ."]
    written = [*lines, *decoys, f"<event/fair-2> amcc:noted {value} ."]
    (made.root / name).write_text("\n".join(written) + "\n")
    done = Amcc(made.root, cache)("explain", "event:fair-2", "amcc:noted", asked)
    assert done.returncode == 0, done
    assert f"  {name}:{len(written)}\n" in done.stdout


def test_a_text_that_looks_like_a_number_is_no_number(tmp_path: Path, cache: Path) -> None:
    made = mini.build(tmp_path / "fair")
    path = made.root / "data/documents/fair/s02.ttl"
    path.write_text(path.read_text() + '<event/fair-2> amcc:noted "1" ,\n    "01" ,\n    1 .\n')
    end = len(path.read_text().splitlines())
    for asked, line in (('"1"', end - 2), ('"01"', end - 1), ("1", end)):
        shown = Amcc(made.root, cache)("explain", "event:fair-2", "amcc:noted", asked).stdout
        assert [text.strip() for text in shown.splitlines() if "s02.ttl" in text] == [
            f"data/documents/fair/s02.ttl:{line}"
        ]
