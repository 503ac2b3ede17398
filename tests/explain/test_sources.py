"""Places of triples: the file and the line, however a value is written."""

from __future__ import annotations

from pathlib import Path
from random import Random

import mini_repository as mini
import pytest
from command_line import Amcc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store
from turtle_layouts import Writer

from amcc_kg.explain.sources import Sources
from amcc_kg.repository import files
from amcc_kg.repository.files import Repository
from amcc_kg.terms import keys, prefixes
from amcc_kg.terms.lines import LineIndex

ROOT = Path(__file__).parent.parent.parent


def sources(repository: Repository) -> tuple[Sources, Store]:
    store = Store()
    store.load(repository.dataset().serialize(format="nquads").encode(), RdfFormat.N_QUADS)
    return Sources(repository, store), store


def lines(found: Sources, quad: Quad) -> dict[str, set[int]]:
    """The lines where a quad is said to be written, by file."""
    places: dict[str, set[int]] = {}
    assert isinstance(quad.graph_name, NamedNode)
    for place in found.places(quad.triple, quad.graph_name.value):
        file, _, line = place.rpartition(":")
        places.setdefault(file, set()).add(int(line))
    return places


def test_the_line_is_that_of_the_object(tmp_path: Path) -> None:
    made = mini.build(tmp_path / "fair")
    (made.root / "data/documents/fair/s02.ttl").write_text(
        """@prefix : <http://example.org/> . # a comment with <iri> and "text"
@base <http://example.org/> .
:a :p :b ,
      :c ; # more
   :q "a \\"b\\" . ;" , '''long
text''' , 3 , true .
<d> a [ :p ( :x "y" ) ; :q
  :z ] .
[] :p :e .
:b\\-c :p
  :f .
@prefix : <http://example.org/other#> .
:a :p :b .
"""
    )
    found, store = sources(made)
    ex, a, p = "http://example.org/", NamedNode("http://example.org/a"), NamedNode("http://example.org/p")
    graph = NamedNode(f"{mini.DOCUMENT}/s02")
    name = "data/documents/fair/s02.ttl"
    for quad, line in (
        (Quad(a, p, NamedNode(f"{ex}c"), graph), 4),
        (Quad(a, NamedNode(f"{ex}q"), Literal("long\ntext"), graph), 5),
        (Quad(a, NamedNode(f"{ex}q"), Literal(3), graph), 6),
        (Quad(NamedNode(f"{ex}b-c"), p, NamedNode(f"{ex}f"), graph), 11),
        (Quad(NamedNode(f"{ex}other#a"), NamedNode(f"{ex}other#p"), NamedNode(f"{ex}other#b"), graph), 13),
    ):
        assert quad in store, quad
        assert lines(found, quad) == {name: {line}}
    for pattern, line in (
        ((None, NamedNode(f"{ex}q"), NamedNode(f"{ex}z")), 8),
        ((NamedNode(f"{ex}d"), None, None), 7),
        ((None, p, NamedNode(f"{ex}e")), 9),
        ((None, None, Literal("y")), 7),
    ):
        (quad,) = store.quads_for_pattern(*pattern, graph)
        assert lines(found, quad) == {name: {line}}


def test_nodes_without_names_are_told_apart(tmp_path: Path) -> None:
    made = mini.build(tmp_path / "fair")
    path = made.root / "ontology/amcc.ttl"
    kinds = [
        f"amcc:K{n} rdfs:subClassOf\n  [ a owl:Restriction ;\n    owl:onProperty amcc:p ;\n"
        f"    owl:allValuesFrom [ owl:unionOf\n      ( amcc:A\n        amcc:B\n        amcc:C{n} ) ] ] .\n"
        for n in range(3)
    ]
    before = path.read_text().count("\n")
    path.write_text(path.read_text() + "".join(kinds))
    found, store = sources(made)
    graph = NamedNode("https://w3id.org/amcc-kg/graph/amcc")
    places = [
        sorted(lines(found, quad)["ontology/amcc.ttl"])
        for predicate in ("onProperty", "allValuesFrom", "unionOf")
        for quad in store.quads_for_pattern(None, NamedNode(f"{prefixes.OWL}{predicate}"), None, graph)
    ]
    own = sorted(line for (line,) in places if line > before)
    size = kinds[0].count("\n")
    assert own == sorted(before + n * size + offset for n in range(3) for offset in (3, 4, 5))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32).map(Random), st.booleans())
def test_every_triple_of_a_file_gets_the_line_that_it_is_written_in(
    tmp_path: Path, random: Random, trig: bool
) -> None:
    for folder in ("ontology", "data", "queries"):
        (tmp_path / folder).mkdir(exist_ok=True)
    name = f"data/x.{'trig' if trig else 'ttl'}"
    path = tmp_path / name
    writer = Writer(random, trig, base=path.as_uri())
    text = writer.document()
    path.write_bytes(text.encode())
    try:
        found, store = sources(Repository(tmp_path))
        index = LineIndex(text)
        register = "https://w3id.org/amcc-kg/graph/register"
        asked: dict[tuple[str, ...], set[int]] = {}
        meant: dict[tuple[str, ...], set[int]] = {}
        for statement in writer.statements:
            graph = statement.graph or "" if trig else f"<{register}>"
            if graph[:1] == "<":  # others cannot be asked about
                kept = seen(statement.subject.key, statement.predicate.key, statement.object.key)
                line = index.place(statement.object.start)[0]
                meant.setdefault((graph[1:-1], *kept), set()).add(line)
        for quad in store:
            if isinstance(quad.graph_name, NamedNode):
                kept = seen(*map(keys.of_oxigraph, (quad.subject, quad.predicate, quad.object)))
                (own,) = lines(found, quad).values()
                asked.setdefault((quad.graph_name.value, *kept), set()).update(own)
        assert asked == meant, text
    finally:
        path.unlink()


def seen(*terms: str) -> tuple[str, ...]:
    """A triple as the store has it, blank nodes without their labels."""
    return tuple("_:" if term[0] == "_" else keys.as_kept(term) for term in terms)


def test_every_triple_of_this_project_has_its_line() -> None:
    found, store = sources(files.find(ROOT))
    for quad in store:
        assert lines(found, quad), quad


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
