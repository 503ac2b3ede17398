"""The shape of a query: read from its text, written again, and meaning the same."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

from amcc_kg.sparql import printer, reader
from amcc_kg.sparql.paths import opened
from amcc_kg.sparql.reader import UnreadableError
from amcc_kg.sparql.tree import (
    Alternative,
    Exists,
    Filter,
    Group,
    Inverse,
    Negated,
    Repeat,
    Sequence,
    Triples,
    certain,
    visible,
)

EX = "http://example.org/"
PROLOGUE = f"PREFIX ex: <{EX}>\nBASE <{EX}>\n"


def where(text: str) -> Group:
    return reader.read(f"{PROLOGUE} SELECT * WHERE {text}").select.where


def pattern(text: str):
    (block,) = where(text).elements
    assert isinstance(block, Triples)
    return block.patterns


def store() -> Store:
    found = Store()
    for subject, predicate, object_ in [
        ("a", "p", "b"),
        ("b", "p", "c"),
        ("c", "q", "a"),
        ("a", "q", "d"),
        ("d", "r", "a"),
        ("b", "r", "b"),
    ]:
        names = (NamedNode(EX + name) for name in (subject, predicate, object_))
        found.add(Quad(*names))
        found.add(Quad(NamedNode(EX + subject), NamedNode(EX + "size"), Literal(len(object_) + ord(subject))))
        found.add(
            Quad(NamedNode(EX + subject), NamedNode(EX + "p"), NamedNode(EX + "z"), NamedNode(EX + "g"))
        )
    return found


# Each says in a text what a group of SPARQL's grammar can be.
QUERIES = [
    "SELECT ?x WHERE { ?x ex:p ?y ; ex:q ?z , ?w . }",
    "SELECT*{?x ex:p ?y.?y ex:p ?z}",
    "SELECT ?x { ?x a ex:C } # a comment } with ' and <\n",
    "SELECT ?x { ?x ex:size 98, +99 , -1.5, .5e3, 1e-2 }",
    'SELECT ?x { ?x ex:name "a # no comment"@en-GB, \'b\'^^ex:t, """c "" } d""", true }',
    "SELECT ?x { [] ex:p [ ex:q ?x ; ex:r [] ] }",
    "SELECT ?x { [ ex:p ?x ] }",
    "SELECT ?x { _:a ex:p ?x . _:a ex:q _:b }",
    "SELECT ?x { ?x ex:list (1 ?y (ex:a)) . () ex:p ?z }",
    "SELECT ?x { { ?x ex:p ?y } UNION { ?x ex:q ?y } UNION { ?x ex:r ?y } }",
    "SELECT ?x { ?x ex:p ?y OPTIONAL { ?y ex:q ?z FILTER(?z != ?x) } FILTER(BOUND(?z) || true) }",
    "SELECT ?x { ?x ex:p ?y MINUS { ?y ex:q ?z } }",
    "SELECT ?x { GRAPH ?g { ?x ex:p ?y } GRAPH ex:g { ?x ?p ?z } }",
    "SELECT ?x { ?x ex:p/ex:q|^ex:r ?y . ?y (ex:p|ex:q)* ?z . ?z !(ex:p|^ex:q) ?w . ?w !a ?v . ?v !^a ?u }",
    "SELECT ?x { ?x ex:p+/(ex:q?) ?y ; ^(ex:p*) ?z }",
    "SELECT (?x+1 AS ?y) (STR(?z) AS ?s) { ?z ex:size ?x BIND(?x * 2 AS ?w) }",
    "SELECT ?x { VALUES ?x { ex:a ex:b } VALUES (?y ?z) { (ex:a UNDEF) (1 'x') } ?x ?y ?w }",
    "SELECT ?x { { SELECT DISTINCT ?x { ?x ex:p ?y } ORDER BY ?x LIMIT 2 OFFSET 1 } ?x ex:q ?z }",
    "SELECT ?x (COUNT(DISTINCT ?y) AS ?n) { ?x ex:p ?y } GROUP BY ?x HAVING(COUNT(*) > 0) (MAX(?y) != ex:no)",
    "SELECT (GROUP_CONCAT(?y; SEPARATOR=', ') AS ?s) { ?x ex:p ?y } GROUP BY (STR(?x) AS ?k) STRLEN(STR(?x))",
    "SELECT ?x { ?x ex:p ?y FILTER EXISTS { ?y ex:p ?z FILTER NOT EXISTS { ?z ex:p ?x } } }",
    "SELECT ?x { ?x ex:p ?y . FILTER(?x < ?y || ?x>=?y && !(?y = ex:a)) (1 2) ex:q ?z }",
    "SELECT ?x { ?x ex:size ?n FILTER(?n IN (97, 98) && REGEX(STR(?x), 'a|b', 'i')) } VALUES ?x { ex:a }",
    "SELECT ?x FROM ex:g FROM NAMED <h> WHERE { ?x ex:p ?y } ORDER BY DESC(?x) LIMIT 1",
    "SELECT $x { $x ex:p ?y } ORDER BY EXISTS { ?a ex:p ?b }",
    "ASK { ?x ex:p ?y }",
]


@pytest.mark.parametrize("text", QUERIES)
def test_what_is_read_and_written_again_has_the_same_answer(text: str) -> None:
    query = reader.read(PROLOGUE + text)
    head = " ".join([f"FROM {iri}" for iri in query.defaults] + [f"FROM NAMED {iri}" for iri in query.named])
    written = query.prologue + printer.select(query.select, head)
    if query.form == "SELECT":
        one, other = store().query(PROLOGUE + text), store().query(written)
        assert isinstance(one, QuerySolutions)
        assert isinstance(other, QuerySolutions)
        names = {variable.value for variable in one.variables}
        assert names == {variable.value for variable in other.variables}
        assert sorted(str([row[n] for n in sorted(names)]) for row in one) == sorted(
            str([row[n] for n in sorted(names)]) for row in other
        )
    else:
        store().query(written)


@pytest.mark.parametrize("text", QUERIES)
def test_marks_change_no_solution(text: str) -> None:
    query = reader.read(PROLOGUE + text)
    body = query.select.where
    names = " ".join(sorted(visible(body))) or "(1 AS ?one)"
    plain = f"{query.prologue} SELECT {names} {printer.group(body)}"
    marked = f"{query.prologue} SELECT {names} {printer.group(body, marked=True)}"
    assert sorted(map(str, store().query(plain))) == sorted(map(str, store().query(marked)))


def test_terms_stay_as_they_are_written() -> None:
    (first,) = pattern("{ ex:a <b> 'x'@en }")
    assert first == ("ex:a", "<b>", "'x'@en")


def test_paths_are_read_by_precedence() -> None:
    (only,) = pattern("{ ?x ex:a|^ex:b/ex:c+ ?y }")
    sequence = Sequence((Inverse("ex:b"), Repeat("ex:c", "+")))
    assert only.predicate == Alternative(("ex:a", sequence))
    (only,) = pattern("{ ?x !(ex:a|^ex:b) ?y }")
    assert only.predicate == Negated(("ex:a",), ("ex:b",))
    (only,) = pattern("{ ?x !^ex:b ?y }")
    assert only.predicate == Negated(None, ("ex:b",))


def test_blank_nodes_become_variables_of_their_own() -> None:
    first, second = pattern("{ _:a ex:p ?r . _:a ex:q [] }")
    assert first.subject == second.subject
    assert first.subject.startswith("?_r")
    query = reader.read("SELECT * { ?_r1 ?p [] }")
    assert [name for name, _ in query.select.projection] == ["?_r1", "?p"]
    assert query.own == "?_rr"


def test_patterns_in_expressions_are_found_wherever_they_stand() -> None:
    (condition,) = (e for e in where("{ ?x ?p ?y FILTER(!EXISTS { ?y ?p ?z } || ?x = 1) }").elements[1:])
    assert isinstance(condition, Filter)
    assert [type(part) for part in condition.expression.parts] == [str, Exists, str]


def test_variables_that_are_bound_for_sure() -> None:
    group = where(
        "{ ?a ?b ?c { ?d ex:p ?e } UNION { ?d ex:q ?f } OPTIONAL { ?a ex:r ?g } BIND(1 AS ?h) "
        "VALUES (?i ?j) { (1 UNDEF) } MINUS { ?k ?k ?k } { SELECT ?l (1 AS ?m) { ?l ex:p ?n } } }"
    )
    assert certain(group) == {"?a", "?b", "?c", "?d", "?i", "?l"}
    assert visible(group) == {f"?{letter}" for letter in "abcdefghijlm"}


def test_a_path_laid_open_gives_a_row_for_each_way() -> None:
    text = "{ ?x (ex:p|ex:q)/(ex:p|ex:p/ex:q) ?y OPTIONAL { ?y ^(ex:p/ex:p) ?z } }"
    plain = where(text)
    names = " ".join(sorted(visible(plain)))
    one = store().query(f"{PROLOGUE} SELECT {names} {printer.group(plain)}")
    other = store().query(f"{PROLOGUE} SELECT {names} {printer.group(opened(plain, '?_r'))}")
    assert sorted(map(str, one)) == sorted(map(str, other))


def test_what_reaches_outside_is_named() -> None:
    query = reader.read("SELECT * { SERVICE SILENT <http://example.org/> { ?x ?p ?y } }")
    assert query.constructs == ("patterns of SERVICE",)
    assert query.select.columns == ("?p", "?x", "?y")
    assert certain(query.select.where) == frozenset()
    assert "SERVICE SILENT <http://example.org/> {" in printer.query(query)


def test_what_the_reader_does_not_know_is_named() -> None:
    with pytest.raises(UnreadableError, match="LATERAL"):
        reader.read("SELECT * { ?x ?p ?y LATERAL { ?y ?q ?z } }")
