"""What is asserted is shown as asserted, also where the query engine keeps another form of it."""

from __future__ import annotations

import json
from pathlib import Path

import mini_repository
import pytest
from command_line import Amcc
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

import amcc_kg
from amcc_kg.syntax import reading, rewritten
from amcc_kg.terms import keys, prefixes

ORDINAL = "SELECT ?o { ?s <https://w3id.org/amcc-kg/ontology#ordinal> ?o }"
SAYING = (
    '<a> <b> "a"@fr-CA, "b"@fr, "é"@EN, 007, 7, 1e0, "12.50"^^<http://www.w3.org/2001/XMLSchema#decimal> .'
)


@pytest.fixture
def fair(tmp_path: Path, cache: Path) -> Amcc:
    mini_repository.build(tmp_path / "fair")
    passage = tmp_path / "fair/data/documents/fair/s01.ttl"
    said = (
        passage.read_text()
        .replace('"02"', "'02'")
        .replace("<event/fair-2>", '<event/fair-2> rdfs:label "la foire"@fr-CA ;')
    )
    passage.write_text(said)
    return Amcc(tmp_path / "fair", cache)


def test_a_receipt_shows_what_is_asserted_and_a_row_what_the_engine_has(fair: Amcc) -> None:
    graph = amcc_kg.open(fair.folder)
    row = graph.query(ORDINAL, evidence=True)[0]
    assert row.o.value == "2"
    (triple,) = row.evidence.to_dict()["triples"]
    assert triple["triple"].endswith(f' "02"^^<{prefixes.XSD}integer>')
    shown = fair("query", ORDINAL, "--evidence").stdout
    assert '"02"^^xsd:integer' in shown
    turtle = fair("query", ORDINAL, "--evidence", "--format", "turtle").stdout
    assert '"02"^^xsd:integer' in turtle
    label = graph.query("SELECT ?l { ?s ?p ?l FILTER(LANG(?l) = 'fr-ca') }", evidence=True)[0]
    assert [leaf.spelt for leaf in label.evidence.leaves] == ['event:fair-2 rdfs:label "la foire"@fr-CA']


def test_a_literal_that_is_asked_for_as_written_is_found_nowhere(fair: Amcc) -> None:
    text = ORDINAL.replace(" }", " FILTER(STR(?o) = '02') }")
    assert len(amcc_kg.open(fair.folder).query(text)) == 0  # STR() follows the engine, as the row does


def test_an_explanation_shows_what_is_asserted(fair: Amcc) -> None:
    for number in ("2", "02"):
        told = fair("explain", "event:fair-2", "amcc:ordinal", number).stdout
        assert told.startswith("event:fair-2 amcc:ordinal 02\n")
    spelt = json.loads(fair("explain", "event:fair-2", "amcc:ordinal", "2", "--format", "json").stdout)
    assert spelt["proofs"][0]["triple"]["object"] == f'"02"^^<{prefixes.XSD}integer>'
    tagged = fair("explain", "event:fair-2", "rdfs:label", '"la foire"@fr-CA').stdout
    assert '"la foire"@fr-CA' in tagged.splitlines()[0]
    graph = amcc_kg.open(fair.folder)
    shown = graph.explain("event:fair-2", "rdfs:label", Literal("la foire", language="fr-CA")).to_dict()
    assert shown["proofs"][0]["triple"]["object"] == '"la foire"@fr-CA'


def test_literals_that_are_kept_otherwise_are_counted_and_placed(fair: Amcc, tmp_path: Path) -> None:
    said = "3 literals are kept in another form than written: data/documents/fair/s01.ttl:10:27, "
    assert said in fair("build", "--out", str(tmp_path / "out")).stderr
    (file := tmp_path / "a.ttl").write_text(f"@base <http://e/> .\n{SAYING}")
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:s> a sh:NodeShape ; sh:targetSubjectsOf <http://e/b>."
    )
    told = fair("validate", str(file), "--shapes", str(shapes)).stderr
    assert told == (
        f"5 literals are kept in another form than written: {file}:2:9, {file}:2:28, {file}:2:36 and 2 more\n"
    )
    file.write_text('<http://e/a> <http://e/b> 7, "b"@fr .')
    assert fair("validate", str(file), "--shapes", str(shapes)).stderr == ""


LEXICAL = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,20}(\.[0-9]{0,3})?([eE][+-]?[0-9])?", fullmatch=True),
    st.sampled_from(
        [
            "true",
            "false",
            "1",
            "2018-01-05",
            "2018-01-05Z",
            "2018-13-45",
            "24:00:00",
            "P12M",
            "2018-01-05T10:00:00",
            "2018-01-05T10:00:00Z",
            "2018-02-30T10:61:00",
            'a"b',
        ]
    ),
)
KINDS = (
    "integer",
    "int",
    "decimal",
    "double",
    "boolean",
    "date",
    "dateTime",
    "time",
    "duration",
    "string",
    "gYear",
)


@settings(max_examples=300, deadline=None)
@given(LEXICAL, st.sampled_from(KINDS))
def test_what_is_said_to_be_kept_otherwise_is(lexical: str, kind: str) -> None:
    key = keys.literal(lexical, None, prefixes.XSD + kind)
    store, name = Store(), NamedNode("urn:n")
    store.add(Quad(name, name, keys.to_oxigraph(key)))
    kept = keys.of_oxigraph(next(iter(store)).object)
    assert rewritten.among([key, "<urn:a>"]) == ({key} if kept != key else set())
    source = reading.parse(f"<urn:a> <urn:b> {key} , 'x' .")
    assert len(rewritten.rows(source)) == (kept != key)
    counter = rewritten.Counter()
    for line in (f"<urn:a> <urn:b> {key} .\n", f'<urn:a> <urn:b> {key} <urn:g> .\n<urn:a> <urn:b> "1" .\n'):
        for place in range(0, len(line), 7):
            counter.write(line[place : place + 7].encode())
    counter.flush()
    assert counter.count == 2 * (kept != key)
