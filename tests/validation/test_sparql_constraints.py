"""Queries of constraints, run for all focus nodes at once: what they find is what SPARQL and SHACL say."""

from __future__ import annotations

import time

import pytest
import shacl_random

from amcc_kg.syntax.reading import Terms, parse
from amcc_kg.validation.components.reader import read as read_shapes
from amcc_kg.validation.engine import reference
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.findings.notices import UnvalidatedError
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

PREFIXES = ":O sh:declare [ sh:prefix 'ex' ; sh:namespace 'http://e/'^^xsd:anyURI ] ."


def graphs(data: str, shapes: str) -> tuple[Data, ShapesGraph]:
    terms = Terms()
    whole, asked = Data(terms), ShapesGraph(terms)
    for target, text, scope in ((whole, data, "f0"), (asked, shapes, "s0")):
        source = parse(shacl_random.HEADER + text, terms=terms, scope=scope)
        assert not source.problems, (source.problems, text)
        target.add(source.s, source.p, source.o)
    return whole, asked


def shape(select: str, more: str = "sh:targetSubjectsOf :p") -> str:
    return f"{PREFIXES} :S {more} ; sh:sparql [ sh:prefixes :O ; sh:select '''{select}''' ] ."


@pytest.fixture(autouse=True)
def nothing_goes_to_pyshacl(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("pyshacl was asked")

    monkeypatch.setattr(reference, "results", refuse)


def found(data: str, select: str, more: str = "sh:targetSubjectsOf :p") -> list[str]:
    """Focus node and value of each finding, in short."""
    findings = evaluate(*graphs(data, shape(select, more))).findings

    def short(key: str | None) -> str:
        return (key or "").replace("http://e/", "").replace("http://www.w3.org/2001/XMLSchema#", "xsd:")

    return sorted(f"{short(f.focus_key)} {short(f.value_key)}" for f in findings)


@pytest.mark.parametrize(
    ("values", "condition", "bad"),
    [
        # Values are computed with, however they are written.
        ("1.50, 20.00, '007'^^xsd:integer", "?value < 10", ["1.50", "007"]),
        ("'5'^^xsd:int, '05'^^xsd:unsignedByte, 6.0e0, '7'^^xsd:float", "?value > 5", ["6.0e0", "7"]),
        ("'2024-05-01T00:00:00.10+00:00'^^xsd:dateTime", "?value > '2024-05-01T00:00:00Z'^^xsd:dateTime", 1),
        ("'1'^^xsd:boolean, '0'^^xsd:boolean, true", "?value", ["1", "true"]),
        ("'01'^^xsd:integer, 1, 1.0", "?value = 1", ["01", "1", "1.0"]),
        ("'01'^^xsd:integer, 1, 1.0", "?value IN (1)", ["01", "1", "1.0"]),
        ("'01'^^xsd:integer, 1", "sameTerm(?value, 1)", ["1"]),
        # What was written is what STR, DATATYPE and results have.
        ("20.00, 20.0, 20.5", "!REGEX(STR(?value), '^[0-9]+[.][0-9]{2}$')", ["20.0", "20.5"]),
        ("'abab', 'abcd'", "REGEX(?value, '^(ab)\\\\\\\\1$')", ["abab"]),
        ("'bcd', 'bad'", "REGEX(?value, '^[a-z-[aeiou]]+$') && STRLEN(?value) = 3", ["bcd"]),
        ("'a.b', 'axb', 2.50", "REGEX(STR(?value), '\\\\\\\\p{P}', 'i')", ["2.50", "a.b"]),
        ("'A', 'b'@en, 3", "REGEX(?value, CONCAT('^', 'a'), 'i')", ["A"]),
        ("'5'^^xsd:int, 5, '5'", "DATATYPE(?value) = xsd:int", ["5"]),
        ("'05'^^xsd:int, 10, 'a'", "STRLEN(STR(?value)) = 2", ["05", "10"]),
        ("'05'^^xsd:int, 'abc'", "STRLEN(STR(?value) ) + 0.50 > 3", ["abc"]),
        ("'x'^^xsd:integer, 3", "?value > 2", ["3"]),
        ("'x'^^xsd:integer, 3", "isNumeric(?value)", ["3"]),
        ("'01'^^xsd:integer", "xsd:string(?value) = '1' || ABS(?value) = 1", ["01"]),
        ("'3.0'^^xsd:decimal, 4", "CEIL(?value) = 3 && xsd:integer(?value) = 3", ["3.0"]),
        ("'a'@en, 'b'@de, 'c'", "LANG(?value) = 'de' || LCASE(STR(?value)) = 'c'", ["b", "c"]),
        ("[], :b", "STR(?value) != ''", [":b"]),  # SPARQL 17.4.2.5: of a blank node there is no text
        ("1, 'a', :b, 2.50", "?value > 1", ["2.50"]),
        ("1.0, 2.0", "COALESCE(?value, 3) > 1 && BOUND(?value) && IF(true, ?value, 0) < 3", ["2.0"]),
        ("'2020-01-01'^^xsd:date, '2021-01-01'^^xsd:date", "YEAR(xsd:dateTime(?value)) = 2021", None),
    ],
)
def test_a_literal_is_the_term_that_is_written_and_the_value_that_it_stands_for(
    values: str, condition: str, bad: list[str] | int | None
) -> None:
    select = f"SELECT $this ?value WHERE {{ $this ex:p ?value FILTER({condition}) }}"
    results = found(f":a :p {values} .", select)
    if isinstance(bad, list):
        assert sorted(
            r.split(" ", 1)[1].split("^^")[0].split("@")[0].strip('"<>') for r in results
        ) == sorted(b.lstrip(":") for b in bad)
    elif bad is not None:
        assert len(results) == bad


def test_terms_join_as_terms() -> None:
    data = (
        ":a :p '01'^^xsd:integer ; :q 1 . :b :p 1 ; :q 1 . :c :p '01'^^xsd:integer ; :q '01'^^xsd:integer ."
    )
    select = "SELECT $this ?value WHERE { $this ex:p ?value . $this ex:q ?value }"
    assert found(data, select) == ['<b> "1"^^<xsd:integer>', '<c> "01"^^<xsd:integer>']
    assert found(
        data, "SELECT $this WHERE { $this ex:p '01'^^<http://www.w3.org/2001/XMLSchema#integer> }"
    ) == [
        "<a> <a>",
        "<c> <c>",
    ]
    assert found(":a :p 1.0 . :b :p 1.00 .", "SELECT $this WHERE { $this ex:p 1.0 }") == ["<a> <a>"]


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("SELECT $this WHERE { $this ex:p ?x } LIMIT 1", ["<a> <a>", "<b> <b>"]),
        (
            "SELECT $this ?value WHERE { $this ex:p ?value } ORDER BY DESC(?value) LIMIT 1",
            ["<a> 10", "<b> 3"],
        ),
        ("SELECT $this ?value WHERE { $this ex:p ?value } ORDER BY ?value OFFSET 1", ["<a> 10"]),
        ("SELECT DISTINCT * WHERE { $this ex:p ?value FILTER(?value > 2) }", ["<a> 10", "<b> 3"]),
        (
            "SELECT REDUCED $this ?value WHERE { $this ex:p ?value } ORDER BY ?value",
            ["<a> 02", "<a> 10", "<b> 3"],
        ),
        ("SELECT $this (MAX(?x) AS ?value) WHERE { $this ex:p ?x } GROUP BY $this", ["<a> 10", "<b> 3"]),
        (
            "SELECT $this (SUM(?x) AS ?value) WHERE { $this ex:p ?x } GROUP BY $this HAVING(AVG(?x) > 5)",
            ["<a> 12"],
        ),
        (
            "SELECT $this (COUNT(DISTINCT ?x) AS ?value) WHERE { $this ex:p ?x } GROUP BY $this",
            ["<a> 2", "<b> 1"],
        ),
        (
            "SELECT $this ?value WHERE { $this ex:p ?x } GROUP BY $this (?x + 1 AS ?value)",
            ["<a> 11", "<a> 3", "<b> 4"],
        ),
        (
            "SELECT $this ?value { { SELECT $this (MIN(?x) AS ?value) { $this ex:p ?x } GROUP BY $this } }",
            ["<a> 2", "<b> 3"],
        ),
        (
            "SELECT $this ?value WHERE { $this ex:p ?value FILTER NOT EXISTS { $this ex:q ?value } }",
            ["<a> 10"],
        ),
        ("SELECT $this ?value WHERE { $this ex:q/^ex:q ?value FILTER(?value != $this) }", []),
        ("SELECT $this ?value WHERE { $this ex:p ?x BIND(REPLACE(STR(?x), '0', 'o') AS ?value) }", 3),
        (
            "SELECT $this ?value { $this ex:p ?value FILTER(TRUE) GRAPH ex:none { $this ex:p ?value } }",
            [],
        ),
        ("SELECT $this (GROUP_CONCAT(STR(?x); SEPARATOR=' ') AS ?value) { $this ex:p ?x } GROUP BY $this", 2),
    ],
)
def test_every_form_of_query_is_answered(select: str, expected: list[str] | int) -> None:
    data = ":a :p 10, '02'^^xsd:integer ; :q '02'^^xsd:integer . :b :p 3 ; :q 3 ."
    results = [r.replace("^^<xsd:integer>", "").replace('"', "") for r in found(data, select)]
    assert (len(results) if isinstance(expected, int) else results) == expected


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ("SELECT $this { $this ex:p ?x MINUS { $this ex:q ?x } }", "MINUS"),
        ("SELECT $this { $this ex:p ?x VALUES ?x { 1 } }", "VALUES"),
        ("SELECT $this { $this ex:p ?x } VALUES ?x { 1 }", "VALUES"),
        ("SELECT $this { SERVICE ex:s { $this ex:p ?x } }", "SERVICE"),
        ("SELECT $this { ex:a ex:p ?x BIND(?x AS ?this) }", "binds $this anew"),
        (
            "SELECT $this { $this ex:p ?x { SELECT ?x { ?x ex:q ?y } } }",
            "subquery that does not return $this",
        ),
        ("SELECT $this { $this ex:p ?x FILTER(ex:odd(?x)) }", "calls <http://e/odd>, which is no function"),
        ("SELECT ?x { $this ex:p ?x }", "does not return $this"),
    ],
)
def test_appendix_a_what_a_constraint_s_query_must_not_hold_is_told_with_its_place(
    select: str, words: str
) -> None:
    with pytest.raises(UnvalidatedError) as raised:
        evaluate(*graphs(":a :p 1 .", shape(select)))
    notice = raised.value.notices[0]
    assert words in notice.message
    assert notice.predicate_key == "<http://www.w3.org/ns/shacl#select>"


def test_5_3_1_the_shapes_graph_and_the_shape_are_bound() -> None:
    select = (
        "SELECT $this ?value WHERE { $this ex:p ?value . "
        "GRAPH $shapesGraph { $currentShape ex:most ?most } FILTER(?value > ?most) }"
    )
    results = found(":a :p 1.50, 3.5 .", select, "sh:targetSubjectsOf :p ; :most 2.0")
    assert results == ['<a> "3.5"^^<xsd:decimal>']


def test_no_graph_is_found_but_the_shapes_graph() -> None:
    select = "SELECT $this ?value WHERE { $this ex:p ?x GRAPH ?value { ?s ex:most ?most } }"
    assert found(":a :p 1 .", select, "sh:targetSubjectsOf :p ; :most 2") == ["<a> <urn:amcc:shapes>"]
    assert found(":a :p 1 .", select) == []


def test_a_focus_node_may_be_any_literal() -> None:
    select = "SELECT $this WHERE { FILTER($this > 1) }"
    assert found(":a :p 1.0, 2.0, 'x', '03'^^xsd:integer .", select, "sh:targetObjectsOf :p") == [
        '"03"^^<xsd:integer> "03"^^<xsd:integer>',
        '"2.0"^^<xsd:decimal> "2.0"^^<xsd:decimal>',
    ]


def test_a_component_s_parameter_may_be_any_literal() -> None:
    shapes = PREFIXES + (
        ":CC a sh:ConstraintComponent ; sh:parameter [ sh:path :least ] ; sh:validator [ sh:prefixes :O ; "
        "sh:ask 'ASK { FILTER($value >= $least) }' ] . "
        ":S sh:targetSubjectsOf :p ; sh:property [ sh:path :p ; :least 1.50 ] ."
    )
    findings = evaluate(*graphs(":a :p 1.0, 2.0, '1.500'^^xsd:double .", shapes)).findings
    assert [f.value_key for f in findings] == ['"1.0"^^<http://www.w3.org/2001/XMLSchema#decimal>']


def test_one_run_a_focus_node_is_fast_as_well() -> None:
    data = " ".join(f":n{n} :p {n} ; :q {n}.0 ." for n in range(5_000))
    begun = time.monotonic()
    assert (
        len(found(data, "SELECT $this ?value { $this ex:q ?value FILTER(?value >= 4000) } LIMIT 1")) == 1_000
    )
    assert time.monotonic() - begun < 20


def test_no_ordinary_query_is_left_unread() -> None:
    _, shapes = graphs(
        "", shape("SELECT $this { $this ex:p ?x FILTER(xsd:int(?x) > 1) } ORDER BY ?x LIMIT 2")
    )
    assert not [s for s in read_shapes(shapes) if s.unread]
