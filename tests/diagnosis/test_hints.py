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
from pyoxigraph import Literal, NamedNode, Store
from query_strategies import EX, PROLOGUE

import amcc_kg
from amcc_kg.diagnosis import diagnosis
from amcc_kg.graph import answers
from amcc_kg.graph.answers import Question
from amcc_kg.graph.hints import Hint, header, is_doubtful
from amcc_kg.receipts import emptiness
from amcc_kg.receipts.probe import Probe
from amcc_kg.sparql import reader
from amcc_kg.sparql.checks import engine_error, syntax_error
from amcc_kg.sparql.deviations import mended
from amcc_kg.sparql.prologue import Bound
from amcc_kg.terms.prefixes import PREFIXES
from amcc_kg.terms.spelling import is_slip

ROOT = Path(__file__).parent.parent.parent
DECLARED = PROLOGUE.replace(
    "\n", " ".join(f" PREFIX {name}: <{PREFIXES[name]}>" for name in ("rdfs", "schema", "skos", "xsd")) + "\n"
)
DATA = f"""{DECLARED} PREFIX other: <http://other.example/> INSERT DATA {{
  ex:event ex:chairedBy ex:person ; a ex:Meeting ; ex:date 5 .
  ex:person ex:status "under consideration" ; ex:label "Ministère"@fr, "the Minister"@en ; other:note "n" .
  ex:way ex:length "5"^^ex:kilometre ; other:alternateName "o" ; schema:name "s" .
  ex:book1 ex:label "one"@en . ex:book2 ex:label "two"@en . ex:eats a ex:Kind .
  ex:one ex:leftOf ex:two . GRAPH ex:west {{ ex:one ex:leftOf ex:two }}
  ex:two ex:rightOf ex:three . GRAPH ex:east {{ ex:two ex:rightOf ex:three }}
  ex:event ex:topic ex:safety . ex:safety skos:prefLabel "Cyber Safety"@en . <{EX}a/b> ex:open true .
  GRAPH ex:part {{ ex:event ex:only ex:person }} }}"""


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store()
    store.update(DATA)
    return store


def hints(store: Store, text: str) -> list[Hint]:
    whole = DECLARED + text
    found = answers.of_engine(store.query(mended(whole)))
    is_empty = found.kind != answers.ASK and not found
    if not is_empty and not is_doubtful(whole, store):
        return []
    before = DECLARED.count("\n")
    said = diagnosis.hints(Question(whole), store, is_empty=is_empty, isolated=False)
    offset = len(DECLARED.rpartition("\n")[2])
    return [h._replace(line=h.line - before, column=h.column - offset * (h.line == before + 1)) for h in said]


def slips(store: Store, text: str) -> list[tuple[int, int, str]]:
    """Return place and nearest of each hint but those on there being no rows or triples."""
    return [(h.line, h.column, h.nearest) for h in hints(store, text) if not h.text.startswith("no ")]


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
        ("SELECT * { ?x ex:label ?l FILTER('the miniser' = LCASE(STR(?l))) }", 1, 34, '"the minister"'),
        ("SELECT * { ?x ex:label ?l FILTER(LCASE(LANG(?l)) = 'em') }", 1, 52, '"en"'),
        ("SELECT * { ?x ex:label ?l FILTER(LANG(?l) = 'em') }", 1, 45, '"en"'),
        ("SELECT * { ?x ex:date ?d FILTER(DATATYPE(?d) = xsd:dat) }", 1, 48, "xsd:date"),
        ("SELECT * { ?x ex:date ?d FILTER(DATATYPE(?d) = ex:kilometer) }", 1, 48, "ex:kilometre"),
        ("SELECT * { ?x ex:label ?l FILTER LANGMATCHES(LANG(?l), 'fe') }", 1, 56, '"fr"'),
        ("SELECT * { ?x ex:label ?l FILTER NOT EXISTS { ?x ex:statsu ?s } }", 1, 50, "ex:status"),
        ("SELECT * { GRAPH ex:prt { ?x ?p ?o } }", 1, 18, "ex:part"),
        ("SELECT * { GRAPH ex:eats { ?x ?p ?o } }", 1, 18, "ex:east"),
        ("SELECT ?lable { ?event ex:label ?label . ?event ex:date ?date }", 1, 8, "?label"),
        ("SELECT ?event { ?event ex:chairedBy ?person . ?persn ex:label ?l }", 1, 47, "?person"),
        ("SELECT ?event { ?event ex:date ?d } ORDER BY ?evnet", 1, 46, "?event"),
        ("SELECT * { ?event ex:date ?d . ?evnt a ?kind . ?evnt ex:label ?l . ?event ex:label ?m }", 1, 32,
         "?event"),
        # An IRI with a sign too many, in brackets that belong to whole ones, made of a text.
        (f"SELECT * {{ <{EX}event/> ex:date ?day }}", 1, 12, f"<{EX}event>"),
        (f"SELECT * {{ <{EX}/event> ex:date ?day }}", 1, 12, f"<{EX}event>"),
        (f"SELECT * {{ <{EX}ab> ex:open ?o }}", 1, 12, f"<{EX}a/b>"),
        ("SELECT * { ?x <ex:chairedBy> ?y }", 1, 15, "ex:chairedBy"),
        ("SELECT * { ?x <ex:chairdBy> ?y }", 1, 15, "ex:chairedBy"),
        (f"SELECT * {{ ?x ex:topic ?t FILTER(?t = IRI('{EX}saftey')) }}", 1, 43, f'"{EX}safety"'),
        (f"SELECT * {{ BIND(URI('{EX}evnt') AS ?x) ?x ex:date ?d }}", 1, 21, f'"{EX}event"'),
        # A text where there are things that are called so.
        ("SELECT * { ?x ex:topic 'Cyber Safety' }", 1, 24, "ex:safety"),
        ("SELECT * { ?x ex:topic 'cyber saftey'@en }", 1, 24, "ex:safety"),
        ("SELECT * { ?x ex:topic 'safety' }", 1, 24, "ex:safety"),
        ("SELECT * { ?x ex:topic 'ex:safety' }", 1, 24, "ex:safety"),
        (f"SELECT * {{ ?x ex:topic '{EX}safety' }}", 1, 24, "ex:safety"),
        ("SELECT * { ?x ex:topic ?t FILTER(?t = 'Safety') }", 1, 39, "ex:safety"),
        ("SELECT * { ?x ex:open 'flase'^^xsd:boolean }", 1, 23, "false"),
        ("SELECT * { ?x ex:label ?l FILTER(LANG(?l) = 'EN') }", 1, 45, '"en"'),
        # Variables that look like another, or are in another case.
        ("SELECT ?\u0441 { ?c ex:date ?d }", 1, 9, "?c"),
        ("SELECT ?\uff43 { ?c ex:date ?d }", 1, 9, "?c"),
        ("SELECT ?D { ?d ex:date ?y }", 1, 8, "?d"),
        ("SELECT ?y { ?d ex:date ?y . ?D ex:label ?l }", 1, 29, "?d"),
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
        "SELECT * { ?x ex:label ?l FILTER(LANG(?l) = 'en' || LANGMATCHES(LANG(?l), 'EN')) }",
        f"SELECT (IRI('{EX}other') AS ?i) {{ ?x ex:label ?l FILTER(CONTAINS(?l, '\u2019s')) }}",
        "SELECT * { ?x ex:label ?l FILTER(LCASE(LANG(?l)) = 'en' || UCASE(LANG(?l)) = 'EN') }",
        "SELECT * { ?x ex:label ?l FILTER(LCASE(SUBSTR(STR(?l), 1, 2)) = 'onee') }",
        "SELECT * { ?x ex:label ?l FILTER('the minister' = LCASE(STR(?l))) }",
        "SELECT ?x ?X { ?x ex:chairedBy ?X }",
        "SELECT (COUNT(?d) AS ?D) { ?x ex:date ?d }",
        "SELECT ?x { ?x ex:topic ?t FILTER(?t != 'anything else') }",
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
        (
            "SELECT * { ?x ex:label ?l FILTER(CONTAINS(LCASE(?l), 'minist\u0435r')) }",
            61,
            "CYRILLIC SMALL LETTER IE (U+0435)",
        ),
        (
            "SELECT * { ?x ex:label ?l FILTER REGEX(STR(?l), '^the\u00a0Minister') }",
            54,
            "NO-BREAK SPACE (U+00A0)",
        ),
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


@pytest.mark.parametrize(
    ("prefix", "name", "meant"),
    [
        ("http://example.org", "event", EX),
        ("http://example.org#", "event", EX),
        ("https://example.org/", "event", EX),
        ("http://schema.org/", "name", "https://schema.org/"),
    ],
)
def test_a_namespace_with_a_slip_is_told_where_it_is_declared(
    store: Store, prefix: str, name: str, meant: str
) -> None:
    found = hints(store, f"PREFIX p: <{prefix}> SELECT * {{ p:{name} ?p ?o OPTIONAL {{ ?x p:{name} ?y }} }}")
    (said,) = [hint for hint in found if not hint.text.startswith("no rows")]
    assert (said.column, said.nearest) == (11, f"<{meant}>")
    assert said.text == f"p: is <{prefix}> here, and no name written with it occurs in the graph"


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
        ("SELECT * { VALUES ?d { } }", 1, 12, "VALUES ?d { } has no solution, which does not depend on"),
        ("SELECT * { ?x ex:date ?d } VALUES ?z { }", 1, 28, "VALUES ?z { } has no solution, which does not"),
        ("SELECT * { ?x ex:date ?d } VALUES ?d { 7 }", 1, 28, "none that fits what stands before it"),
        ("SELECT * { FILTER(false) }", 1, 12, "FILTER (false) holds for nothing that its group finds, which"),
        ("SELECT * { ?x ex:date ?d FILTER(1 > 2) }", 1, 26, "finds, which does not depend on the graph"),
        ("SELECT * { BIND(1 AS ?x) FILTER(?x > 2) }", 1, 26, "FILTER (?x > 2) holds for nothing that its"),
        ("SELECT * { VALUES ?x { 1 } FILTER EXISTS { ?x ex:zzz ?y } }", 1, 28, "nothing that its group"),
        ("SELECT * { ?x ex:chairedBy (1 2) }", 1, 29, "nothing in the graph matches [] rdf:first 1"),
        ("SELECT * { ?x ex:date ?d . (?d ?x) ex:date 5 }", 1, 29, "in the graph matches [] rdf:first ?d"),
        ("SELECT * { GRAPH ?g { ?x ex:leftOf ?y . ?y ex:rightOf ?s } }", 1, 41,
         "none that fits what stands before it in any one graph of GRAPH ?g; in the default graph, without"),
        ("SELECT * { GRAPH ex:west { ?x ex:leftOf ?y FILTER EXISTS { ?z ex:date 5 } } }", 1, 44,
         "its group finds in the graph ex:west; in the default graph, without GRAPH, something is left over"),
        ("SELECT ?x { ?x ex:date ?d } GROUP BY ?x HAVING (COUNT(*) > 1)", 1, 48, "HAVING leaves no group"),
        ("SELECT ?x { ?x ex:date ?d } LIMIT 0", 1, 8, "LIMIT 0 leaves none of the rows over"),
        ("SELECT * { GRAPH ?g { ?x ex:date ?d } }", 1, 23, "but the default graph has a match"),
        ("SELECT * { ?x ex:only ?d }", 1, 12, "but a named graph has a match"),
        ("SELECT * { GRAPH ex:part { ?x ex:date ?d } }", 1, 28,
         "nothing in the graph ex:part matches ?x ex:date ?d, but the default graph has a match"),
        ("SELECT * FROM ex:part { ?x ex:date ?d }", 1, 25, "nothing in the graphs of FROM matches"),
        ("SELECT * { << ?s ex:b ?o >> ex:zzz ?y }", 1, 12, "matches [] rdf:reifies <<( ?s ex:b ?o )>>"),
        ("SELECT * { ?x ex:date ?d . << ex:a ex:b ?z >> ex:date ?y }", 1, 28, "<<( ex:a ex:b ?z )>>"),
        ("SELECT * { ?s ex:date ?d ~ ?r {| ex:zzz 1 |} }", 1, 12, "?r rdf:reifies <<( ?s ex:date ?d )>>"),
        ("SELECT * { [] ex:date 6 }", 1, 15, "matches [] ex:date 6"),
    ],
)  # fmt: skip
def test_an_empty_answer_says_where_nothing_is_left_over(
    store: Store, text: str, line: int, column: int, said: str
) -> None:
    (why,) = [h for h in hints(store, text) if h.text.startswith("no rows: ")]
    assert (why.line, why.column) == (line, column) and said in why.text


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("CONSTRUCT { ?x a ?y } { ?x ex:date ?d ; ex:zzz ?y }", 41,
         "nothing in the graph matches ?x ex:zzz ?y; ex:zzz occurs nowhere"),
        ("CONSTRUCT WHERE { ?x ex:date 6 }", 19, "nothing in the graph matches ?x ex:date 6"),
        ("CONSTRUCT { ?d a ?y } { ?x ex:date ?d ; a ?y }", 13,
         "solutions, but ?d is a literal in each that binds it, which cannot be the subject of a triple"),
        ("CONSTRUCT { ?x a ?y . ?x ?d ?x } { ?x ex:date ?d }", 13,
         "there are solutions, but none binds ?y, so that this makes no triple"),
        ("CONSTRUCT { ?x a ?y . ?x ?d ?x } { ?x ex:date ?d }", 23,
         "?d is no IRI in each that binds it, which cannot be the predicate of a triple"),
        ("CONSTRUCT { ?x a ?y } { ?x ex:label ?d OPTIONAL { ?x ex:only ?y } }", 13, "none binds ?y"),
        ("CONSTRUCT { ?x ex:p ?y } { { ?x ex:date 5 } UNION { ?z ex:date ?y } }", 13,
         "each leaves a variable of this unbound, or has for it what cannot stand there"),
        ("CONSTRUCT { <<( ?x a ?d )>> a ?x } { ?x ex:date ?d }", 29, "a triple term cannot be the subject"),
        ("CONSTRUCT { } { ?x ex:date ?d }", 13, "there are solutions, but the template has no triple"),
        ("CONSTRUCT { ?x a ?d } { ?x ex:date ?d } OFFSET 1", 21, "OFFSET 1 leaves none of the solutions"),
        ("CONSTRUCT { ?x a ?y } { ?x ex:date ?d } LIMIT 1", 13, "none binds ?y"),
        ("DESCRIBE ex:nowhere", 10, "ex:nowhere is the subject of no triple; it occurs nowhere"),
        ("DESCRIBE ex:three", 10, "ex:three is the subject of no triple"),
        ("DESCRIBE ?x { ?x ex:date 6 }", 15, "nothing in the graph matches ?x ex:date 6"),
        ("DESCRIBE ?y { ?x ex:date 5 }", 10, "there are solutions, but none binds ?y"),
        ("DESCRIBE ?y ex:nowhere { ?x ex:date ?y }", 10,
         "there are solutions, but what they have for ?y is the subject of no triple"),
        ("DESCRIBE ?y ex:nowhere { ?x ex:date ?y }", 13, "ex:nowhere is the subject of no triple"),
        ("DESCRIBE * { ?x ex:rightOf ?y FILTER(?x = ex:two) } OFFSET 1", 10, "OFFSET 1 leaves none"),
    ],
)  # fmt: skip
def test_an_empty_graph_says_what_gives_no_triple(store: Store, text: str, column: int, said: str) -> None:
    found = [h for h in hints(store, text) if h.text.startswith("no triples: ")]
    assert any(h.column == column and said in h.text for h in found), found


def test_a_no_is_an_answer(store: Store) -> None:
    assert hints(store, "ASK { ?x ex:date 6 }") == []


@pytest.mark.parametrize(
    ("text", "bindings", "said", "nearest"),
    [
        ("SELECT * { ?x ex:label ?l }", {"l": Literal("onne", language="en")},
         "this has solutions, but none where the parameter l is \"onne\"@en, which occurs nowhere in the",
         '"one"@en'),
        ("SELECT * { ?x ex:date ?d ; ex:chairedBy ?p }", {"p": NamedNode(f"{EX}persn")},
         f"that fits what stands before it where the parameter p is <{EX}persn>, which", f"<{EX}person>"),
        ("SELECT * { ?x ex:chairedBy ?p }", {"p": Literal("person")},
         '"person", which occurs nowhere in the graph; without that, ?p is an IRI each time', "ex:person"),
        ("SELECT * { ?x ex:date ?d }", {"d": NamedNode(f"{EX}person")},
         f"is <{EX}person>; without that, ?d is a literal each time, and never an IRI", ""),
        ("SELECT * { ?x ex:date ?d }", {"d": tuple(map(Literal, range(5, 0, -1)))[1:]},
         'is "4"^^xsd:integer or "3"^^xsd:integer or "2"^^xsd:integer or one of 1 more', ""),
        ("SELECT * { ?x ex:date ?d }", {"d": ()}, "the parameter d has no value", ""),
        ("SELECT * { ?x ex:date ?d ; ex:chairedBy ?p }", {"d": Literal(5), "p": NamedNode(f"{EX}way")},
         f"solutions, but none that fits what stands before it where the parameter p is <{EX}way>", ""),
        ("SELECT * { ?x ex:date ?d FILTER(?d > ?e) }", {"e": Literal(7)},
         'condition holds for nothing that its group finds where the parameter e is "7"^^xsd:integer', ""),
        ("SELECT * { FILTER(?e > 7) }", {"e": Literal(7)},
         'where the parameter e is "7"^^xsd:integer, which does not depend on the graph', ""),
        ("SELECT * { ?x ex:date 6 }", {"x": NamedNode(f"{EX}event")}, "nothing in the graph", ""),
        ("CONSTRUCT WHERE { ?x ex:date ?d }", {"d": Literal(6)}, "none where the parameter d is", ""),
    ],
)  # fmt: skip
def test_a_parameter_that_nothing_fits_is_named(
    store: Store, text: str, bindings: dict[str, Bound], said: str, nearest: str
) -> None:
    (why,) = diagnosis.why_empty(Question(DECLARED + text, bindings), store)
    assert said in why.text and why.nearest == nearest


def test_what_is_asserted_alone_is_said_so(store: Store) -> None:
    everything = Store()
    everything.extend(store)
    everything.update(f"{DECLARED} INSERT DATA {{ ex:event ex:inferred ex:way . ex:way a ex:Length }}")
    for text, said in (
        (
            "?x a ex:Length",
            "nothing asserted matches ?x a ex:Length, but with what is inferred there is a match",
        ),
        ("?x a ex:Thing", "nothing asserted matches ?x a ex:Thing; ex:Thing occurs nowhere"),
        ("?x ex:date ?d . ?x ex:leftOf ?y", "none that fits what stands before it"),
        ("?x ex:leftOf ?y MINUS { ?x ex:leftOf ?y }", "MINUS takes away all that is found before it"),
        (
            "?x ex:length ?l FILTER EXISTS { ?x a ?t }",
            "its group finds; with what is inferred something is left",
        ),
        ("GRAPH ?g { ?x a ex:Meeting }", "nothing asserted in any graph of GRAPH ?g matches ?x a ex:Meeting"),
    ):
        question = Question(f"{DECLARED} SELECT * {{ {text} }}", inference=False)
        (why,) = diagnosis.why_empty(question, store, everything=everything)
        assert why.text.endswith(said) or f"{said}" in why.text
        assert "in the graph" not in why.text
        kept = diagnosis.hints(question, store, is_empty=True, isolated=True, everything=everything)
        assert kept[-1] == why and not any("ex:Length occurs nowhere" in h.text for h in kept)


def test_without_inference_it_is_said_what_inference_would_find() -> None:
    kg = amcc_kg.open(ROOT)
    found = kg.query("SELECT ?x { ?x a schema:Event }", inference=False)
    (why,) = found.hints
    assert why.text == (
        "no rows: nothing asserted matches ?x a schema:Event, but with what is inferred there is a match"
    )
    text = "SELECT ?x { GRAPH ?g { ?x amcc:chairedBy ?y . ?y rdfs:label ?l } }"
    (why,) = kg.query(text).hints
    assert "any one graph of GRAPH ?g; in the default graph" in why.text


@pytest.mark.parametrize("local", ["s-iswaran/", "a/b", "a.", "a%20b"])
def test_what_a_query_names_is_spelt_so_that_a_query_can_hold_it(store: Store, local: str) -> None:
    iri = f"<{PREFIXES['person']}{local}>"
    (why,) = diagnosis.why_empty(Question(f"SELECT * {{ GRAPH {iri} {{ {iri} a {iri} }} }}"), store)
    assert why.text.count(iri) == 4 and "person:" not in why.text


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


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("?a ex:zzz/ex:date ?b", "matches ?a (ex:zzz/ex:date) ?b; ex:zzz occurs nowhere"),
        ("OPTIONAL { ?a ex:date ?b }\n ?a ex:zzz ?c", "matches ?a ex:zzz ?c; ex:zzz occurs nowhere"),
        ("{ ?a ex:zzz ?b }", "matches ?a ex:zzz ?b; ex:zzz occurs nowhere"),
        ("VALUES ?a { }", "VALUES ?a { } has no solution"),
    ],
)
def test_where_parts_take_long_together_each_is_asked_about_by_itself(
    store: Store, part: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def long(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(emptiness._Search, "most", long)
    question = Question(f"{DECLARED} SELECT * {{ ?x ex:date ?d . ?y ex:date ?e .\n {part} . ?x ex:date ?f }}")
    for isolated in (True, False):
        (why,) = (h for h in diagnosis.hints(question, store, is_empty=True, isolated=isolated)
                  if h.text.startswith("no rows: "))  # fmt: skip
        assert said in why.text
    found = Question(f"{DECLARED} SELECT * {{ ?x ex:date ?d }}")
    assert diagnosis.why_empty(found, store, hasty=True) is None


def test_where_no_reason_is_found_in_time_that_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> None:
        raise TimeoutError

    question = Question(f"{PROLOGUE}SELECT * {{ ?x ex:p 9 FILTER(?x > 1) }}")
    told = ", and why is not sought where the answer itself takes so long"
    (slow,) = diagnosis.hints(question, store, is_empty=True, isolated=False, taken=2)
    assert slow.text == f"no rows{told}"
    monkeypatch.setattr(diagnosis, "culprits", late)
    for isolated in (True, False):
        (hint,) = diagnosis.hints(question, store, is_empty=True, isolated=isolated)
        assert (hint.line, hint.column) == (2, 1)  # behind what it declares
        assert hint.text == "no rows, and why was not found in 0.4 seconds"


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
