"""Saved queries: their headers are checked by line, their parameters by type and allowed values."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode
from rdflib import URIRef

import amcc_kg
from amcc_kg.repository import headers
from amcc_kg.repository.files import Repository
from amcc_kg.repository.saved_queries import Parameter, literal
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError, PlacedError

XSD = "http://www.w3.org/2001/XMLSchema#"
HEADER = "#+ title: T\n#+ question: Q?\n#+ tags: [a]\n"
PARAMETER = HEADER + "#+ parameters:\n#+   - name: x\n#+     type: integer\n"
BODY = "SELECT ?s ?x WHERE { ?s ?p ?x } ORDER BY STR(?s)\n"


def read(text: str, name: str = "q.rq") -> amcc_kg.SavedQuery:
    return headers.read(Path(name), text)


def test_a_header_becomes_a_query() -> None:
    text = PARAMETER + "#+     default: 3\n#+     allowed: [3, 4]\n#+     description: what\n" + BODY
    query = read(text)
    assert (query.name, query.title, query.question, query.tags) == ("q", "T", "Q?", ("a",))
    assert query.parameters == (Parameter("x", "integer", "3", ("3", "4"), "what"),)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (BODY, 1, "starts with a header"),
        ("#+ title: T\n#+ tags: [a]\n" + BODY, 1, "no question"),
        (
            "#+ titel: T\n#+ question: Q\n#+ tags: [a]\n" + BODY,
            1,
            "unknown key 'titel'; did you mean 'title'?",
        ),
        (HEADER + "#+ title: again\n" + BODY, 4, "title twice"),
        ("#+ title: T\n#+ question: [Q]\n#+ tags: [a]\n" + BODY, 2, "question must be text"),
        ("#+ title: T\n#+ question: Q\n#+ tags: a\n" + BODY, 3, "tags must be a list"),
        ("#+ title: T: T\n" + BODY, 1, "not YAML"),
        (PARAMETER.replace("integer", "int") + BODY, 6, "unknown type 'int'"),
        (PARAMETER + "#+     defualt: 3\n" + BODY, 7, "did you mean 'default'?"),
        (PARAMETER + "#+     default: three\n" + BODY, 7, "'three' is not a whole number"),
        (PARAMETER + "#+     allowed: [3, four]\n" + BODY, 7, "'four' is not a whole number"),
        (PARAMETER + "#+     allowed: SELECT nonsense\n" + BODY, 7, "the query for allowed values"),
        (PARAMETER + "#+     allowed: yes\n" + BODY, 7, "a list of values or a SELECT"),
        (PARAMETER + "SELECT ?s WHERE { ?s ?p ?o } ORDER BY ?s", 5, "does not use its parameter x"),
        (PARAMETER + "SELECT ?s WHERE { ?s ?p ?x } ORDER BY ?s", 5, "one of the SELECTed variables"),
        (PARAMETER + "SELECT ?s ?x WHERE {\n { SELECT ?s { ?s ?p ?x } } } ORDER BY ?s", 8, "this subquery"),
        (HEADER + "SELECT ?s WHERE { ?s ?p ?o }", 4, "needs an ORDER BY"),
        (HEADER + "SELECT ?s { { SELECT ?s { ?s ?p ?o } ORDER BY ?s } }", 4, "needs an ORDER BY"),
        (HEADER + "\nSELECT * WHERE { ?s ?p ?o } ORDER BY ?s", 5, "name them"),
        (HEADER + "SELECT ?s WHERE {\n ?s foaf:name ?o } ORDER BY ?s", 5, "the prefix foaf:"),
        (HEADER + "SELECT ?s { SERVICE <http://e/> { ?s ?p ?o } } ORDER BY ?s", 4, "SERVICE is refused"),
    ],
)
def test_a_mistake_in_a_query_file_has_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(PlacedError) as caught:
        read(text)
    assert reason in caught.value.reason
    assert caught.value.line == line
    assert "\n" not in str(caught.value)


def test_a_file_name_is_lower_case_words() -> None:
    with pytest.raises(PlacedError, match="lower-case"):
        read(HEADER + BODY, "My Query.rq")


def test_one_bad_file_does_not_keep_the_others_from_answering(small: Repository) -> None:
    (small.root / "queries/bad.rq").write_text("#+ title: x\nASK {}\n")
    kg = amcc_kg.open(small.root)
    assert len(kg.query("parties")) == 2
    with pytest.raises(PlacedError, match=r"bad\.rq:1"):
        kg.query("bad")
    with pytest.raises(PlacedError, match=r"bad\.rq:1"):
        kg.queries()


@pytest.mark.parametrize(
    "host", ["Ann", "ann", "person:ann", f"<{prefixes.BASE}person/ann>", f"{prefixes.BASE}person/ann"]
)
def test_a_term_is_given_by_label_prefix_or_iri(small: Repository, host: str) -> None:
    rows = amcc_kg.open(small.root).query("parties-of", host=host)
    assert [row.party.value for row in rows] == [f"{prefixes.BASE}event/tea"]


def test_a_label_is_looked_up_among_the_allowed_values_first(small: Repository) -> None:
    assert len(amcc_kg.open(small.root).query("parties-of", host="Bob")) == 1


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "the parameter host is missing.*allowed: Ann, Bob"),
        ({"hots": "Ann"}, "no parameter 'hots'; did you mean 'host'"),
        ({"host": "Eve"}, "nothing is called 'Eve'; allowed: Ann, Bob"),
        ({"host": "event:tea"}, "'event:tea' is not allowed; allowed: Ann, Bob"),
        ({"host": "Ann", "least": "x"}, "'x' is not a whole number such as 3"),
        ({"host": object()}, "object cannot be the value"),
    ],
)
def test_a_bad_parameter_is_told_what_is_expected(
    small: Repository, parameters: dict[str, object], reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        amcc_kg.open(small.root).query("parties-of", **parameters)
    assert "\n" not in str(caught.value)


def test_python_values_and_terms_of_both_libraries_are_taken(small: Repository) -> None:
    kg = amcc_kg.open(small.root)
    ann = f"{prefixes.BASE}person/ann"
    for host in (NamedNode(ann), URIRef(ann)):
        assert len(kg.query("parties-of", host=host, least=1)) == 1
    assert len(kg.query("parties-of", host="Ann", least=4)) == 0
    day = datetime.date(2020, 6, 1)
    text = "PREFIX amcc: <https://w3id.org/amcc-kg/ontology#> SELECT ?e ?day { ?e amcc:heldOn ?day }"
    assert len(kg.query(text, day=day)) == 1
    assert len(kg.query(text, day="2020-06-01")) == 1
    assert len(kg.query(text, day='"2020-05"^^xsd:gYearMonth')) == 1


def test_an_ambiguous_label_and_an_unknown_term_are_errors(small: Repository) -> None:
    kg = amcc_kg.open(small.root)
    text = "SELECT ?x ?o { ?x ?p ?o }"
    with pytest.raises(InputError, match="several things are called: person:bob, person:bob-2"):
        kg.query(text, x="bob")
    with pytest.raises(InputError, match="nothing is called 'Annn'; did you mean 'Ann'"):
        kg.query(text, x="Annn")
    with pytest.raises(InputError, match="no parameter 'y'"):
        kg.query(text, y="Ann")


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("date", "2018-09-19", "2018-13-45"),
        ("date", "2018-09-19", "20180919"),
        ("boolean", "true", "yes"),
        ("decimal", "1.5", "1,5"),
        ("integer", "-3", "3.0"),
        ("iri", "<http://e/x>", "http e"),
    ],
)
def test_each_type_takes_its_values_and_no_others(type_: str, good: str, bad: str) -> None:
    assert literal(type_, good)
    with pytest.raises(ValueError):
        literal(type_, bad)


def test_a_date_is_a_typed_literal() -> None:
    assert literal("date", "2018-09-19") == Literal("2018-09-19", datatype=NamedNode(f"{XSD}date"))


@given(
    st.sampled_from(sorted(prefixes.PREFIXES)),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9/._-]{0,20}", fullmatch=True),
)
def test_a_term_that_is_printed_is_read_back(prefix: str, name: str) -> None:
    iri = prefixes.PREFIXES[prefix] + name
    assert prefixes.expand(prefixes.shorten(iri)) == iri


@given(st.text(min_size=1).filter(lambda text: not set(text) & set("<> ")))
def test_any_iri_that_is_printed_is_read_back(rest: str) -> None:
    for iri in (f"http://e/{rest}", f"{prefixes.BASE}person/{rest}"):
        assert prefixes.expand(prefixes.shorten(iri)) == iri
