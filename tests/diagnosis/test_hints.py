"""Hints on queries: what is likely a slip is named with its place and what is meant, and nothing else is."""

from __future__ import annotations

import importlib.util
import os
import random
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Store
from query_strategies import EX, PROLOGUE

import amcc_kg
from amcc_kg.diagnosis import diagnosis
from amcc_kg.graph import answers
from amcc_kg.graph.answers import Question
from amcc_kg.graph.hints import Hint, header, is_doubtful
from amcc_kg.receipts.probe import Probe
from amcc_kg.sparql import reader
from amcc_kg.sparql.checks import engine_error, syntax_error
from amcc_kg.sparql.deviations import mended
from amcc_kg.terms.prefixes import PREFIXES
from amcc_kg.terms.spelling import is_slip

ROOT = Path(__file__).parent.parent.parent
DECLARED = PROLOGUE.replace(
    "\n", " ".join(f" PREFIX {name}: <{PREFIXES[name]}>" for name in ("rdfs", "schema", "xsd")) + "\n"
)
DATA = f"""{DECLARED} PREFIX other: <http://other.example/> INSERT DATA {{
  ex:event ex:chairedBy ex:person ; a ex:Meeting ; ex:date 5 .
  ex:person ex:status "under consideration" ; ex:label "Ministère"@fr, "the Minister"@en ; other:note "n" .
  ex:way ex:length "5"^^ex:kilometre ; other:alternateName "o" ; schema:name "s" .
  ex:book1 ex:label "one"@en . ex:book2 ex:label "two"@en .
  GRAPH ex:part {{ ex:event ex:only ex:person }} }}"""


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store()
    store.update(DATA)
    return store


def hints(store: Store, text: str) -> list[Hint]:
    whole = DECLARED + text
    found = answers.of_engine(store.query(mended(whole)))
    is_empty = found.kind == answers.SELECT and not found
    if not is_empty and not is_doubtful(whole, store):
        return []
    before = DECLARED.count("\n")
    said = diagnosis.hints(Question(whole), store, is_empty=is_empty, isolated=False)
    offset = len(DECLARED.rpartition("\n")[2])
    return [h._replace(line=h.line - before, column=h.column - offset * (h.line == before + 1)) for h in said]


def slips(store: Store, text: str) -> list[tuple[int, int, str]]:
    """Return place and nearest of each hint but that on there being no rows."""
    return [(h.line, h.column, h.nearest) for h in hints(store, text) if not h.text.startswith("no rows")]


@pytest.mark.parametrize(
    ("text", "line", "column", "nearest"),
    [
        ("SELECT * {\n ?event ex:chairdBy ?person }", 2, 9, "ex:chairedBy"),
        ("SELECT * { ?event ^ex:charedBy/ex:date ?day }", 1, 20, "ex:chairedBy"),
        ("SELECT * { ?event a ex:Meetting }", 1, 21, "ex:Meeting"),
        (f"SELECT * {{ <{EX}evnt> ex:date ?day }}", 1, 12, f"<{EX}event>"),
        ("SELECT * { ?x ex:note 'n' }", 1, 15, "<http://other.example/note>"),
        ("SELECT * { ?x ex:status 'under considration' }", 1, 25, '"under consideration"'),
        ("SELECT * { ?x ex:status 'Under Consideration' }", 1, 25, '"under consideration"'),
        ("SELECT * { ?x ex:label 'the Minister' }", 1, 24, '"the Minister"@en'),
        ("SELECT * { ?x ex:label 'the Minister'@enn }", 1, 24, '"the Minister"@en'),
        ("SELECT * { VALUES ?kind { ex:Meting } ?x a ?kind }", 1, 27, "ex:Meeting"),
        ("SELECT * { VALUES (?p ?o) { (ex:chairedBi ex:person) } ?x ?p ?o }", 1, 30, "ex:chairedBy"),
        ("SELECT * { ?x ex:status ?s FILTER(?s = 'under consideratoin') }", 1, 40, '"under consideration"'),
        ("SELECT * { ?x ex:status ?s FILTER(?s IN ('no', 'under cosideration')) }", 1, 48,
         '"under consideration"'),
        ("SELECT * { ?x ex:label ?l FILTER('one_' = STR(?l)) }", 1, 34, '"one"'),
        ("SELECT * { ?x ex:label ?l FILTER(LCASE(STR(?l)) = 'the miniser') }", 1, 51, '"the minister"'),
        ("SELECT * { ?x ex:label ?l FILTER(LANG(?l) = 'em') }", 1, 45, '"en"'),
        ("SELECT * { ?x ex:date ?d FILTER(DATATYPE(?d) = xsd:dat) }", 1, 48, "xsd:date"),
        ("SELECT * { ?x ex:date ?d FILTER(DATATYPE(?d) = ex:kilometer) }", 1, 48, "ex:kilometre"),
        ("SELECT * { ?x ex:label ?l FILTER LANGMATCHES(LANG(?l), 'fe') }", 1, 56, '"fr"'),
        ("SELECT * { ?x ex:label ?l FILTER NOT EXISTS { ?x ex:statsu ?s } }", 1, 50, "ex:status"),
        ("SELECT * { GRAPH ex:prt { ?x ?p ?o } }", 1, 18, "ex:part"),
        ("SELECT ?lable { ?event ex:label ?label . ?event ex:date ?date }", 1, 8, "?label"),
        ("SELECT ?event { ?event ex:chairedBy ?person . ?persn ex:label ?l }", 1, 47, "?person"),
        ("SELECT ?event { ?event ex:date ?d } ORDER BY ?evnet", 1, 46, "?event"),
        ("SELECT * { ?event ex:date ?d . ?evnt a ?kind . ?evnt ex:label ?l . ?event ex:label ?m }", 1, 32,
         "?event"),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_its_place_and_what_is_meant(
    store: Store, text: str, line: int, column: int, nearest: str
) -> None:
    assert (line, column, nearest) in slips(store, text)


@pytest.mark.parametrize(
    "text",
    [
        # It occurs, near or not; a name with other digits is another name; what is made of a name is like it.
        "SELECT * { ?x ex:chairedBy ?y }",
        "SELECT * { ex:book3 ex:label ?l }",
        "SELECT ?x1 ?x2 { ?x1 ex:date ?d . ?x2 ex:date ?d }",
        "SELECT (COUNT(?event) AS ?events) { ?event ex:date ?d }",
        "SELECT * { ?s ?p ?o }",
        # Two variables on purpose: something joins what is said of them.
        "SELECT * { ?event ex:date ?d . ?events ex:date ?d . ?events a ?kind . ?event a ?kind }",
        "SELECT * { ?event ex:date ?d . ?events ex:date ?e . ?events a ?k . ?event a ?l FILTER(?d = ?e) }",
        # Nothing of it is asked of the graph.
        "SELECT (CONCAT(?l, 'evnt') AS ?m) { ?x ex:label ?l FILTER(?l != 'anything else') }",
        "SELECT (<http://www.w3.org/2001/XMLSchema#integer>(?d) AS ?n) { ?x ex:date ?d }",
        "CONSTRUCT { ?x ex:chairdBy ?y } { ?x ex:chairedBy ?y }",
        "SELECT * { ?x ex:label ?l FILTER(LANGMATCHES(LANG(?l), '*')) }",
        "SELECT * { ?x ex:label ?l FILTER(LANGMATCHES(LANG(?l), 'en')) }",
        # Nothing near.
        "SELECT * { ?x ex:zzz ?y }",
        # Datatypes are no terms of statements; what is well known is no slip.
        "SELECT * { ?x ex:date ?d FILTER(DATATYPE(?d) IN (xsd:date, xsd:integer)) }",
        "SELECT (STRDT('2018-01-01', xsd:date) AS ?d) { }",
        "SELECT * { ?x ex:date ?d FILTER(DATATYPE(?d) = ex:kilometre) }",
        "SELECT * { ?x ex:date ?d OPTIONAL { ?x schema:alternateName ?l } OPTIONAL { ?x rdfs:label ?m } }",
        "SELECT * { ?x ex:label ?l FILTER(LANG(?l) = 'es' || LANG(?l) = 'en') }",
        # What is made to be shown is joined with nothing; of `*` every variable is shown.
        "SELECT ?kind ?kinds { ?e a ?kind BIND('x' AS ?kinds) }",
        "SELECT ?e ?name ?names { ?e ex:label ?name { SELECT (COUNT(*) AS ?names) { ?x a ?y } } }",
        "SELECT * { ?e ex:chairedBy ?host . ?host ex:status ?post }",
    ],
)
def test_what_is_no_slip_gets_no_hint(store: Store, text: str) -> None:
    assert slips(store, text) == []


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("SELECT * { ?x ex:ch\u0430iredBy ?y }", 20, "CYRILLIC SMALL LETTER A (U+0430)"),
        ("SELECT * { ?x ex:status 'under\u00a0consideration' }", 31, "NO-BREAK SPACE (U+00A0)"),
        ("SELECT * { ?x ex:status 'under\u200b consideration' }", 31, "ZERO WIDTH SPACE (U+200B)"),
        ("SELECT * { ?x ex:status ?n\u03bfte }", 27, "GREEK SMALL LETTER OMICRON (U+03BF)"),
    ],
)
def test_a_character_that_looks_like_another_is_named(
    store: Store, text: str, column: int, said: str
) -> None:
    assert any(h.column == column and said in h.text for h in hints(store, text))


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("SELECT * { ?x\u00a0ex:date ?y }", 14, "NO-BREAK SPACE (U+00A0), where a space may be meant"),
        ("SELECT * { ?x ex:label \u201cone\u201d }", 24, "LEFT DOUBLE QUOTATION MARK (U+201C)"),
        ("SEL\u0415CT * { ?x ex:date ?y }", 4, "CYRILLIC CAPITAL LETTER IE (U+0415), where 'E' may be meant"),
        ("SELECT * { ?x \u0435x:date ?y }", 15, "CYRILLIC SMALL LETTER IE (U+0435)"),
        ("SELECT * { ?x\u200b ex:date ?y }", 14, "ZERO WIDTH SPACE (U+200B)"),
    ],
)
def test_such_a_character_is_named_where_a_query_does_not_parse(text: str, column: int, said: str) -> None:
    text = f"PREFIX ex: <{EX}>\n{text}"
    problem = syntax_error(text, "q", engine_error(text))
    assert (problem.line, problem.column) == (2, column) and said in problem.reason


def test_letters_of_another_script_are_not_blamed_for_another_error() -> None:
    text = "SELECT ?имя { ?имя ?наме\u200cя 'it\u2019s' . "
    assert "U+" not in syntax_error(text, "q", engine_error(text)).reason


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("SELECT * {\n ?x ex:date ?d .\n ?x ex:zzz ?y }", 3, 2,
         "nothing in the graph matches ?x ex:zzz ?y; ex:zzz occurs nowhere"),
        ("SELECT * { ?x ex:date ?d ; ex:label ?l }", 1, 28, "none that fits what stands before it"),
        ("SELECT * { ?x ex:date ?d FILTER(?d > 7) }", 1, 26, "this condition holds for nothing"),
        ("SELECT * { ?x ex:date ?d { ?y ex:date 5, 6 } }", 1, 42, "the graph matches ?y ex:date 6"),
        ("SELECT * { ?x ex:date ?d { SELECT ?x { ?x ex:date 6 } } }", 1, 40, "nothing in the graph matches"),
        ("SELECT * { ?x ex:date ?d MINUS { ?x a ex:Meeting } }", 1, 26, "MINUS takes away all"),
        ("SELECT * { VALUES ?d { } }", 1, 12, "has no solution"),
        ("SELECT ?x { ?x ex:date ?d } GROUP BY ?x HAVING (COUNT(*) > 1)", 1, 48, "HAVING leaves no group"),
        ("SELECT ?x { ?x ex:date ?d } LIMIT 0", 1, 8, "LIMIT 0 leaves none of the rows over"),
        ("SELECT * { GRAPH ?g { ?x ex:date ?d } }", 1, 23, "but the default graph has a match"),
        ("SELECT * { ?x ex:only ?d }", 1, 12, "but a named graph has a match"),
        ("SELECT * { GRAPH ex:part { ?x ex:date ?d } }", 1, 28,
         "nothing in the graph ex:part matches ?x ex:date ?d, but the default graph has a match"),
        ("SELECT * FROM ex:part { ?x ex:date ?d }", 1, 25, "nothing in the graphs of FROM matches"),
        ("SELECT * { [] ex:date 6 }", 1, 15, "matches [] ex:date 6"),
    ],
)  # fmt: skip
def test_an_empty_answer_says_where_nothing_is_left_over(
    store: Store, text: str, line: int, column: int, said: str
) -> None:
    (why,) = [h for h in hints(store, text) if h.text.startswith("no rows: ")]
    assert (why.line, why.column) == (line, column) and said in why.text


def test_each_side_of_a_union_is_told(store: Store) -> None:
    text = "SELECT * { { ?x ex:date 6 } UNION { ?x ex:date 7 } }"
    assert [h.column for h in hints(store, text)] == [14, 37]


def test_many_hints_are_counted(store: Store) -> None:
    meant = "under consideration"
    unknown = " ".join(f"'{meant[:at]}x{meant[at:]}'" for at in range(18))
    said = hints(store, f"SELECT * {{ VALUES ?s {{ {unknown} }} ?x ex:status ?s }}")
    assert len(said) == 10 and said[8].text == "10 more like these" and said[9].text.startswith("no rows")
    branches = " UNION ".join(f"{{ ?x ex:date 1{at} }}" for at in range(40))
    *shown, more = hints(store, f"SELECT * {{ {branches} }}")
    assert len(shown) == 8 and all(h.text.startswith("no rows: ") for h in shown)
    assert more.column > shown[7].column and more.text == "32 more like these"


@pytest.mark.parametrize("isolated", [True, False])
def test_hints_take_a_fraction_of_a_second(store: Store, isolated: bool) -> None:
    store = Store()
    words = random.Random(1)

    def texts(number: int) -> str:
        return ", ".join(f"'{''.join(words.choices('abcdefgh ', k=30))}'" for _ in range(number))

    store.update(f"{PROLOGUE} INSERT DATA {{ ex:s ex:p {texts(5000)} }}")
    asked = texts(1000)
    question = Question(f"{PROLOGUE} SELECT * {{ ?x ex:p ?y FILTER(?y IN ({asked})) }}")
    start = monotonic()
    diagnosis.hints(question, store, is_empty=True, isolated=isolated, taken=2)
    assert monotonic() - start < 3  # without bounds half a minute
    start = monotonic()
    assert diagnosis.hints(question, store, is_empty=True, isolated=isolated, taken=2, timeout=2) == ()
    assert monotonic() - start < 0.1


def test_a_query_may_name_more_than_the_engine_takes_at_once(store: Store) -> None:
    iris = " ".join(f"ex:book{'s' * (at == 2000)}{at}" for at in range(3000))
    assert len(Probe(store, reader.read(f"{PROLOGUE} ASK {{ VALUES ?i {{ {iris} }} }}")).constants) == 3000


def test_the_reason_is_found_among_many_patterns(store: Store) -> None:
    many = " . ".join(f"?x ex:date ?d{at}" for at in range(60))
    (why,) = hints(store, f"SELECT * {{ {many} .\n ?x ex:zzz ?y }}")
    assert why.line == 2 and "ex:zzz occurs nowhere" in why.text


def test_an_engine_that_dies_costs_hints_and_no_answer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "slips", lambda *_: os._exit(1))
    question = Question(f"{PROLOGUE} SELECT * {{ ?x ex:chairdBy ?y }}")
    (why,) = diagnosis.hints(question, store, is_empty=True, isolated=True)
    assert why.text.startswith("no rows: ")


@given(st.text("abcde", min_size=4, max_size=9), st.data())
def test_one_error_in_a_name_is_a_slip_and_two_names_apart_are_none(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    for other in (name[:at] + name[at + 1 :], name[:at] + "x" + name[at:], name[:at] + "x" + name[at + 1 :]):
        assert is_slip(name, other) and is_slip(other, name)
    assert not is_slip(name, name) and not is_slip(name, f"{name}xy") and not is_slip(f"{name}1", f"{name}2")


@settings(max_examples=200)
@given(st.text(max_size=30))
def test_a_header_is_one_line_of_ascii(text: str) -> None:
    assert header([]) == ()
    ((name, written),) = header([Hint(1, 2, text), Hint(3, 4, "b; c")])
    assert name == "Amcc-Hint"
    assert written.isascii() and "\n" not in written and "\r" not in written
    assert written.count("; ") == 1
    assert len(header([Hint(1, 2, text, "x" * 5000)])[0][1]) == 2000


def test_python_has_hints_and_saved_queries_none() -> None:
    kg = amcc_kg.open(ROOT)
    for query in kg.queries():
        assert kg.query(query.name).hints == ()
    text = "PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>\nSELECT * { ?x amcc:chairdBy ?y }"
    found = kg.query(text, evidence=True)
    slip, why = found.hints
    assert slip == Hint(2, 15, "amcc:chairdBy occurs nowhere in the graph", "amcc:chairedBy")
    assert why.text.startswith("no rows: nothing in the graph matches ?x amcc:chairdBy ?y")
    (receipt,) = found.receipts
    (absence,) = receipt.absences
    assert "chairdBy" in absence.pattern and not kg.query(absence.question).boolean
    assert len(kg.query(text, limit=0).receipts) == 0
    late = kg.query("PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>\nSELECT * { ?x amcc:heldOn ?d }",
                    d="1999-01-01")  # fmt: skip
    assert [(h.line, h.column) for h in late.hints] == [(2, 12)]


def test_the_benchmark_finds_what_is_wrong() -> None:
    spec = importlib.util.spec_from_file_location("doctor", ROOT / "benchmarks" / "doctor.py")
    assert spec and spec.loader
    doctor = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(doctor)
    assert doctor.main(25) == 0
