"""Receipts through inference: what one asserts entails its row, with nothing but the ontology besides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

import amcc_kg
from amcc_kg.graph.answers import Question
from amcc_kg.graph.cache import Compiled
from amcc_kg.graph.receipt import Receipt
from amcc_kg.graph.store import LocalStore
from amcc_kg.reasoning import fixpoint
from amcc_kg.repository.saved_queries import SavedQuery
from amcc_kg.terms import prefixes

ROOT = Path(__file__).parent.parent.parent
NAMES = [path.stem for path in sorted((ROOT / "queries").glob("*.rq"))]
PREFIXES = "".join(
    f"PREFIX {name}: <{prefixes.PREFIXES[name]}>\n" for name in ("amcc", "org", "rdfs", "foaf")
)
INFERRED = NamedNode(prefixes.INFERRED_GRAPH)
NOT_THE_ONTOLOGY = (f"{prefixes.BASE}graph/register", prefixes.INFERRED_GRAPH)
MOST = 6  # rows of one answer that are entailed anew
# In terms of other vocabularies, over chains of properties and in whole classes of things.
ENTAILED = [
    "SELECT ?person ?post { ?person org:holds ?post }",
    "SELECT ?person ?body { ?person org:holds ?post . ?post org:postIn ?body }",
    "SELECT ?body { ?body a org:Organization }",
    "SELECT ?part ?whole { ?part org:transitiveSubOrganizationOf+ ?whole }",
    "SELECT ?member ?body { ?membership org:member ?member ; org:organization ?body }",
    "SELECT ?person ?body { ?person amcc:affiliatedWith ?body }",
    "SELECT DISTINCT ?name { ?person amcc:affiliatedWith/rdfs:label ?name }",
    "SELECT ?body (COUNT(?person) AS ?people) { ?person amcc:affiliatedWith ?body } GROUP BY ?body",
    "SELECT ?event { ?event amcc:chairedBy ?person FILTER EXISTS { ?person amcc:affiliatedWith ?body } }",
    "SELECT ?event ?body { GRAPH ?g { ?event amcc:chairedBy ?person } ?person amcc:affiliatedWith ?body }",
    "CONSTRUCT { ?body amcc:has ?person } { ?person amcc:affiliatedWith ?body }",
    "ASK { ?person amcc:affiliatedWith ?body . ?person org:holds ?post }",
    "DESCRIBE ?person { ?person org:holds ?post }",
]


@pytest.fixture(scope="module")
def kg():
    return amcc_kg.open(ROOT)


@pytest.fixture(scope="module")
def ontology(kg) -> list[Quad]:
    store = kg._store.engine()
    graphs = [g for g in store.named_graphs() if g.value.startswith(f"{prefixes.BASE}graph/")]
    kept = [graph for graph in graphs if graph.value not in NOT_THE_ONTOLOGY]
    return [quad for graph in kept for quad in store.quads_for_pattern(None, None, None, graph)]


def entailing(kg, ontology: list[Quad], receipt: Receipt) -> LocalStore:
    """Return a graph of which nothing is asserted but a receipt and the ontology."""
    stated = list(ontology)
    for triple in receipt.triples:
        found = list(kg._store.engine().quads_for_pattern(triple.subject, triple.predicate, triple.object))
        stated += [q for q in found if q.graph_name not in (DefaultGraph(), INFERRED)]
    closed = Store()
    for triple in {quad.triple for quad in stated} | set(receipt.triples):
        closed.add(Quad(triple.subject, triple.predicate, triple.object))
    asserted = _lines(closed)
    fixpoint.close(closed)
    inferred = _lines(closed) - asserted
    named = {f"{quad} .\n" for quad in stated}
    parts = ("".join(sorted(lines)).encode() for lines in (asserted, inferred, named))
    return LocalStore(Compiled(kg.compiled.key, *parts, []))


def _lines(store: Store) -> set[str]:
    return {f"{quad.triple} .\n" for quad in store.quads_for_pattern(None, None, None, DefaultGraph())}


def rows(answer) -> list[object]:
    return {"ask": [answer.boolean], "graph": list(answer.triples)}.get(answer.kind, list(answer.solutions))


def entailed(kg, ontology: list[Quad], query: SavedQuery) -> int:
    """Assert that rows are answers over what their receipts entail; return how many were looked at."""
    bound = kg.bind(query, {})
    answer = kg.ask(Question(query.text, bound), evidence=True)
    seen = 0
    for row, receipt in zip(rows(answer), answer.receipts, strict=True):
        assert receipt.complete
        if not receipt.absences and seen < MOST:
            seen += 1
            alone = entailing(kg, ontology, receipt).evaluate(Question(query.text, bound), named=True)
            assert row in rows(alone), (row, receipt)
    return seen


@pytest.mark.parametrize("name", NAMES)
def test_a_row_of_a_saved_query_follows_from_its_receipt_and_the_ontology(kg, ontology, name: str) -> None:
    query = kg.find(name)
    seen = entailed(kg, ontology, query)
    assert seen or "OPTIONAL" in query.text or "EXISTS" in query.text


@pytest.mark.parametrize("text", ENTAILED)
def test_a_row_that_is_only_inferred_follows_from_its_receipt_and_the_ontology(
    kg, ontology, text: str
) -> None:
    answer = kg.query(PREFIXES + text, evidence=True)
    assert any(receipt.inferred for receipt in answer.receipts)
    assert entailed(kg, ontology, kg.find(PREFIXES + text))


JOINS = [
    "SELECT ?event ?day { ?event a amcc:Event ; amcc:heldOn ?day }",
    "SELECT ?person ?body { ?person org:holds ?post . ?post org:postIn ?body }",
    "SELECT ?person ?body { ?person a foaf:Person ; amcc:affiliatedWith ?body }",
    "SELECT ?event ?person { ?event a amcc:Event ; amcc:chairedBy ?person . ?person a foaf:Person }",
]


@pytest.mark.parametrize("text", JOINS)
def test_what_is_inferred_is_proved_from_what_the_row_rests_on_anyway(kg, ontology, text: str) -> None:
    query = kg.find(PREFIXES + text)
    answer = kg.ask(Question(query.text), evidence=True)
    for row, receipt in list(zip(answer.solutions, answer.receipts, strict=True))[:MOST]:
        for leaf in receipt.leaves:
            less = replace(receipt, leaves=tuple(kept for kept in receipt.leaves if kept != leaf))
            alone = entailing(kg, ontology, less).evaluate(Question(query.text), named=True)
            assert row not in alone.solutions, (row, leaf)
