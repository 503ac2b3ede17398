"""Absences: what a row claims not to be there is put so that it can be asked, and the graph says no."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store
from query_strategies import EX, PROLOGUE

import amcc_kg
from amcc_kg.graph import answers
from amcc_kg.receipts import forms
from amcc_kg.receipts.tracer import Tracer
from amcc_kg.sparql import reader
from amcc_kg.sparql.deviations import mended

ROOT = Path(__file__).parent.parent.parent
HELD = ("ex:e ex:on 5", "ex:e ex:label 'l'", "ex:e ex:chair ex:p", "ex:p ex:label 'm'", "ex:q ex:on 6")
SPELT = rf'<{EX}(\w+)>|"(\d)"\^\^<\S+#integer>'


@pytest.fixture(scope="module")
def kg():
    return amcc_kg.open(ROOT)


def store_of(*triples: str) -> Store:
    store = Store()
    store.update(f"{PROLOGUE} INSERT DATA {{ {' . '.join(triples)} }}")
    return store


def absences(store: Store, text: str, row: int = 0) -> list[str]:
    """Return what the first row claims to be absent; a claim that the graph does not deny fails."""
    found = answers.of_engine(store.query(mended(PROLOGUE + text)))
    witness = forms.witnesses(Tracer(store, reader.read(PROLOGUE + text)), found, 0, len(found))[row]
    assert not witness.gaps, witness.gaps
    for claim in witness.absences:
        assert not bool(store.query(f"ASK {{ {claim} }}")), claim
    return sorted(re.sub(SPELT, lambda m: m[1] or m[2], claim) for claim in witness.absences)


@pytest.mark.parametrize(
    ("inside", "absence"),
    [
        # Nothing in a nested group, a side of UNION or a BIND sees ?d.
        ("OPTIONAL { { ?e ex:label ?l FILTER(?d > 1) } UNION { ?e ex:no ?l } }",
         "{ e label ?l . FILTER (?d > 1) } UNION { e no ?l . }"),
        ("OPTIONAL { { ?e ex:label ?l FILTER(BOUND(?d)) } }", "{ e label ?l . FILTER (BOUND(?d)) }"),
        ("OPTIONAL { ?e ex:label ?l { BIND(?d AS ?x) FILTER(BOUND(?x)) } }",
         "e label ?l . { BIND (?d AS ?x) FILTER (BOUND(?x)) }"),
        ("OPTIONAL { ?e ex:label ?l BIND(?d AS ?x) FILTER(BOUND(?x)) }",
         "e label ?l . BIND (?d AS ?x) FILTER (BOUND(?x))"),
        ("MINUS { ?e ex:on ?d { ?e ex:label ?l FILTER(BOUND(?d)) } }",
         'VALUES ?d { 5 } '
         "{ e on ?d . { e label ?l . FILTER (BOUND(?d)) } }"),
        # Its own conditions do.
        ("OPTIONAL { ?e ex:label ?l FILTER(?d > 7) }",
         'e label ?l . FILTER (5 > 7)'),
        # What MINUS compares stays a variable.
        ("OPTIONAL { ?e ex:label ?l MINUS { ?e ex:chair ?p } }",
         "VALUES ?e { e } { ?e label ?l . MINUS { ?e chair ?p . } }"),
        ("FILTER NOT EXISTS { ?e ex:label ?l MINUS { ?e ex:chair ?p } }",
         "VALUES ?e { e } { ?e label ?l . MINUS { ?e chair ?p . } }"),
        ("MINUS { ?e ex:label ?l MINUS { ?e ex:chair ?p } }",
         "VALUES ?e { e } { ?e label ?l . MINUS { ?e chair ?p . } }"),
        # What MINUS finds that shares nothing takes nothing away.
        ("MINUS { { ?e ex:label 'n' } UNION { ?x ex:chair ?y } }",
         "VALUES ?e { e } { { { ?e label \"n\" . } UNION { ?x chair ?y . } } FILTER (BOUND(?e)) }"),
        ("MINUS { OPTIONAL { ?e ex:on 6 ; ex:chair ?p } OPTIONAL { ?x ex:no ?d } }",
         "VALUES ?d { 5 } VALUES ?e { e } { { OPTIONAL { ?e on 6 . ?e chair ?p . } OPTIONAL { ?x no ?d . } } "
         "FILTER (BOUND(?d) || BOUND(?e)) }"),
        ("MINUS { ?p ex:label ?l OPTIONAL { ?e ex:chairs ?p } }",
         "VALUES ?e { e } { { ?p label ?l . OPTIONAL { ?e chairs ?p . } } FILTER (BOUND(?e)) }"),
        # EXISTS sees everything, and a subquery nothing that it does not project.
        ("FILTER NOT EXISTS { { ?e ex:label ?l FILTER(?d > 7) } }",
         '{ e label ?l . FILTER (5 > 7) }'),
        ("OPTIONAL { { SELECT ?l { ?x ex:label ?l FILTER(?d = 5) } } }",
         "{ SELECT ?l WHERE { ?x label ?l . FILTER (?d = 5) } }"),
        ("FILTER NOT EXISTS { ?e ex:no [] }", "e no [] ."),
        ("FILTER NOT EXISTS { ?e ex:no [ ex:on [] ] . }", "_:r1 on [] . e no _:r1 ."),
        ("OPTIONAL { ?e ex:label ?l FILTER(!BOUND(?d)) }",
         'VALUES ?d { 5 } '
         "{ e label ?l . } FILTER (!BOUND(?d))"),
    ],
)  # fmt: skip
def test_a_term_stands_only_where_its_variable_was_seen(inside: str, absence: str) -> None:
    text = f"SELECT ?e ?d {{ ?e ex:on ?d FILTER(?e = ex:e) {inside} }}"
    assert absences(store_of(*HELD), text) == [absence]


def test_a_claim_that_the_graph_does_not_deny_is_never_made(monkeypatch) -> None:
    text = f"{PROLOGUE} SELECT ?e {{ ?e ex:on 5 OPTIONAL {{ ?e ex:no ?x }} }}"
    store = store_of(*HELD)
    tracer = Tracer(store, reader.read(text))
    monkeypatch.setattr(tracer.probe, "denies", lambda *claim: False)
    (witness,) = forms.witnesses(tracer, answers.of_engine(store.query(mended(text))), 0, 1)
    assert not witness.absences
    assert [gap.split(":")[0] for gap in witness.gaps] == [
        "what is absent could not be put into a question that stands on its own"
    ]


def test_a_node_without_a_name_is_reached_from_one_that_has_one() -> None:
    store = store_of("ex:e ex:list [ ex:first 1 ; ex:rest [ ex:first 2 ] ]")
    inner = "SELECT ?b { ex:e ex:list/ex:rest ?b FILTER NOT EXISTS { ?b ex:rest ?c FILTER(?c = ?b) } }"
    assert absences(store, inner) == ["e list/rest ?b . { ?b rest ?c . } FILTER (?c = ?b)"]


def test_what_no_question_can_name_is_said_in_words() -> None:
    store, ex = store_of("ex:e ex:on 5"), EX
    store.add(Quad(BlankNode("top"), NamedNode(f"{ex}first"), NamedNode(f"{ex}e"), DefaultGraph()))
    text = f"{PROLOGUE} SELECT ?t {{ ?t ex:first ex:e FILTER NOT EXISTS {{ ?t ex:rest ?r }} }}"
    (witness,) = forms.witnesses(
        Tracer(store, reader.read(text)), answers.of_engine(store.query(mended(text))), 0, 1
    )
    assert not witness.absences and not witness.gaps
    (remark,) = witness.remarks
    assert remark.startswith("nothing in the graph says ?t <") and "node without a name" in remark


def test_absences_over_nodes_without_names_are_the_same_on_every_run(kg) -> None:
    text = (
        "PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
        "SELECT ?r { ?r owl:propertyChainAxiom ?b FILTER NOT EXISTS { ?b rdfs:label ?x } }"
    )
    claims = [absence for row in kg.query(text, evidence=True) for absence in row.evidence.absences]
    assert claims and not any("_:" in claim.pattern for claim in claims)
    assert not any(kg.query(claim.question).boolean for claim in claims)


SUBQUERY = """PREFIX amcc: <https://w3id.org/amcc-kg/ontology#> PREFIX event: <https://w3id.org/amcc-kg/event/>
SELECT ?d ?n {{ {}event:amcc-3 amcc:heldOn ?d
  {{ SELECT ({} AS ?n) {{ ?x amcc:heldOn ?d . ?x a amcc:Meeting }} }} }}"""


@pytest.mark.parametrize("column", ["MAX(?d)", "COUNT(?d)", "?x", "MIN(STR(?d))"])
def test_a_parameter_reaches_no_subquery_that_does_not_project_it(kg, column: str) -> None:
    given = "2018-09-19"
    written = f'VALUES ?d {{ "{given}"^^<http://www.w3.org/2001/XMLSchema#date> }} '
    asked = kg.query(SUBQUERY.format("", column), evidence=True, d=given)
    spelt = kg.query(SUBQUERY.format(written, column), evidence=True)
    assert len(asked) and asked == spelt
    for row, other in zip(asked, spelt, strict=True):
        assert row.evidence.complete and row.evidence == other.evidence
        if column == "MAX(?d)":
            assert str(row.n) in " ".join(map(str, row.evidence.triples))


def test_a_path_of_length_zero_rests_on_the_nodes_there_are(kg) -> None:
    prefix = "PREFIX amcc: <https://w3id.org/amcc-kg/ontology#> "
    for text in (
        "SELECT (COUNT(*) AS ?n) { ?x amcc:postIn* ?y }",
        "SELECT ?x { ?x amcc:postIn? ?x } LIMIT 1",
    ):
        receipt = kg.query(prefix + text, evidence=True)[0].evidence
        assert receipt.remarks == (
            "a path of length zero goes from each node there is in the graph to itself",
        )
        assert not receipt.rests_on_query
    passage = kg.query("SELECT ?g { GRAPH ?g { ?x amcc:chairedBy ?y } } LIMIT 1")[0].g
    for clause, where, place in (
        (f"FROM {passage}", "?x amcc:postIn? ?x", "the graphs of FROM"),
        ("", f"GRAPH {passage} {{ ?x amcc:postIn? ?x }}", f"the graph {passage}"),
    ):
        receipt = kg.query(f"{prefix} SELECT ?x {clause} {{ {where} }} LIMIT 1", evidence=True)[0].evidence
        assert f"a path of length zero goes from each node there is in {place} to itself" in receipt.remarks
    named = kg.query(f"{prefix} SELECT ?y {{ amcc:Post amcc:postIn* ?y }}", evidence=True)[0].evidence
    assert named.rests_on_query
    bound = kg.query(f"{prefix} SELECT ?x {{ ?x amcc:heldOn ?d . ?x amcc:postIn* ?x }}", evidence=True)
    assert not bound[0].evidence.remarks


def test_what_the_query_does_alone_is_no_word_of_the_graph(kg) -> None:
    for form in ("ASK", "SELECT *"):
        (receipt,) = kg.query(f"{form} {{ FILTER(false) }}", evidence=True).receipts
        assert receipt.notes() == [
            "FILTER (false) holds for nothing that its group finds, which does not depend on the graph"
        ]
    grouped = "SELECT ?g { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g HAVING (COUNT(*) < 0)"
    (receipt,) = kg.query(grouped, evidence=True).receipts
    (absence,) = receipt.absences
    assert str(absence).startswith("nothing in the graph gives a row of { SELECT ?g ")


def test_an_absence_is_told_in_words_of_the_query(kg) -> None:
    event = "PREFIX amcc: <https://w3id.org/amcc-kg/ontology#> SELECT ?e { ?e amcc:heldOn ?d "
    for inside, told in (
        ("FILTER NOT EXISTS { ?e amcc:no [ amcc:heldOn ?thing ; amcc:has [] ] }",
         "?thing1 amcc:heldOn ?thing . ?thing1 amcc:has [] . EVENT amcc:no ?thing1"),
        ("OPTIONAL { ?e amcc:no ?x FILTER(!BOUND(?d)) }",
         "{ EVENT amcc:no ?x } FILTER (!BOUND(?d)) where ?d is DAY"),
    ):  # fmt: skip
        receipt = kg.query(f"{event} {inside} }} ORDER BY ?e LIMIT 1", evidence=True)[0].evidence
        (absence,) = receipt.absences
        said = re.sub(r"event:\S+", "EVENT", re.sub(r'"\d\S+"\S+', "DAY", str(absence)))
        assert said == f"nothing in the graph says {told}"
        assert not kg.query(absence.question).boolean


def test_what_is_absent_is_not_to_be_read_as_a_denial_of_the_rows(kg) -> None:
    from amcc_kg.receipts.writing import prose

    answer = kg.query("member-states", evidence=True)
    told = prose.table(answer, list(answer.receipts))
    version = kg.compiled.key.graph
    assert told.endswith(f"\nWhat is absent above is absent from version {version} of the graph.\n")


@pytest.mark.parametrize(
    ("inside", "rests"),
    [
        # In its second row ?a is nothing there, whatever binds it around: then any subject will do.
        ("{ VALUES ?a { ex:e UNDEF } FILTER EXISTS { ?a ex:on 6 } } VALUES ?a { ex:e }", ["q on 6"]),
        ("{ VALUES ?a { ex:e UNDEF } FILTER EXISTS { ?a ex:on 5 } } VALUES ?a { ex:e }", ["e on 5"]),
        ("{ VALUES (?a ?b) { (UNDEF 1) } FILTER NOT EXISTS { ?a ex:no ?b } } VALUES ?a { ex:q }", []),
    ],
)
def test_what_a_line_of_values_leaves_open_is_open_in_its_group(inside: str, rests: list[str]) -> None:
    store = store_of(*HELD)
    text = f"{PROLOGUE} SELECT ?a {{ {inside} }}"
    found = answers.of_engine(store.query(text))
    assert len(found) > 0
    witness = forms.witnesses(Tracer(store, reader.read(text)), found, 0, 1)[0]
    assert not witness.gaps
    spelt = [re.sub(rf"[<>]|{EX}", "", f"{q.subject} {q.predicate} {q.object.value}") for q in witness.quads]
    assert spelt == rests
    for claim in witness.absences:
        assert not bool(store.query(f"ASK {{ {claim} }}")), claim
