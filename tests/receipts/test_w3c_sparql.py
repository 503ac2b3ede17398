"""Receipts over the W3C's SPARQL 1.1 query evaluation tests: their queries and data, not their results.

`AMCC_W3C` names the folder that holds them as `sparql/sparql11/manifest-sparql11-query.ttl`. Whether the
engine conforms is not asked here: what is asked is whether every row of its answers has a true and sufficient
receipt.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Store
from w3c_evaluation import CASES, MANIFEST, Case, cases

from amcc_kg.graph.answers import Question, Result, of_engine
from amcc_kg.graph.cache import Compiled, Key
from amcc_kg.graph.store import LocalStore
from amcc_kg.receipts import forms
from amcc_kg.receipts.answer_receipts import Receipts
from amcc_kg.receipts.tracer import Tracer
from amcc_kg.repository.files import Repository
from amcc_kg.sparql import printer, reader
from amcc_kg.sparql.deviations import mended
from amcc_kg.sparql.tree import TriplePattern, Triples

# Queries of the suite with a row that cannot be traced, each with the reason; there are none.
UNTRACEABLE: dict[str, str] = {}


def _is_join(case: Case) -> bool:
    """Tell whether a query is nothing but triple patterns, all of its rows and no groups."""
    query = reader.read(case.text())
    select = query.select
    patterns: list[TriplePattern] = [
        p for e in select.where.elements if isinstance(e, Triples) for p in e.patterns
    ]
    plain = all(isinstance(e, Triples) for e in select.where.elements)
    bare = not (select.is_grouped or select.having or select.slice or select.values)
    return (
        query.form == "SELECT"
        and plain
        and bare
        and bool(patterns)
        and all(isinstance(p.predicate, str) for p in patterns)
    )


JOINS = [case for case in CASES if _is_join(case)]
# SERVICE reaches outside the graph and is refused before anything is traced.
SYNTAX = [
    case
    for case in (cases(MANIFEST, "PositiveSyntaxTest11") if CASES else [])
    if "SERVICE" not in case.text().upper()
]
pytestmark = pytest.mark.skipif(
    not CASES, reason="AMCC_W3C does not name the folder of the W3C's test suites"
)
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def parts(answer: Result) -> list[tuple[str, ...]]:
    """Return rows or triples as texts, blank nodes as one and the same."""
    if answer.kind == "ask":
        return [(str(answer.boolean),)]
    found = [_masked(row) for row in answer]
    return found if answer.kind == "select" else sorted(found)


def _masked(row) -> tuple[str, ...]:
    return tuple("_" if isinstance(term, BlankNode) else str(term) for term in row)


@each
def test_rows_are_the_same_with_and_without_evidence(case: Case, tmp_path: Path) -> None:
    quads = list(case.store())
    default = "".join(f"{q.triple} .\n" for q in quads if isinstance(q.graph_name, DefaultGraph))
    named = "".join(f"{q} .\n" for q in quads if not isinstance(q.graph_name, DefaultGraph))
    compiled = Compiled(Key("a" * 64, "", ""), default.encode(), b"", named.encode(), [])
    plain = LocalStore(compiled).evaluate(Question(case.text()))
    store = LocalStore(compiled)
    shown = store.evaluate(Question(case.text()), named=True)
    new = any(word in case.text().upper() for word in ("UUID", "RAND", "NOW"))
    assert (len(plain) == len(shown)) if new else (parts(plain) == parts(shown))
    receipts = Receipts(shown, Question(case.text()), store.engine(), Repository(tmp_path), compiled)
    assert len(list(receipts)) == (1 if shown.kind == "ask" else len(shown) or shown.kind == "select")
    reasons = {gap for receipt in receipts for gap in receipt.gaps}
    assert bool(reasons) == (case.name in UNTRACEABLE), reasons


@each
def test_receipts_are_true_and_enough(case: Case) -> None:
    store, text = case.store(), case.text()
    answer = of_engine(store.query(mended(text)))
    witnesses = forms.witnesses(Tracer(store, reader.read(text)), answer, 0, len(answer))
    # Where only some rows are kept, a receipt justifies the row and not that it is among them.
    cut = any(word in text.upper() for word in ("LIMIT", "OFFSET"))
    rows = [(str(answer.boolean),)] if answer.kind == "ask" else [_masked(row) for row in answer]
    for row, witness in zip(rows, witnesses, strict=True):
        assert all(quad in store for quad in witness.quads)
        if not (witness.absences or witness.gaps or cut):
            assert row in _given_by(store, witness.quads, text), (row, witness)


@pytest.mark.parametrize("case", JOINS, ids=lambda case: case.name)
def test_nothing_can_be_spared_from_the_receipt_of_a_join(case: Case) -> None:
    store, text = case.store(), case.text()
    query = reader.read(text)
    answer = of_engine(store.query(mended(text)))
    witnesses = forms.witnesses(Tracer(store, query), answer, 0, len(answer))
    for row, witness in zip(answer.solutions, witnesses, strict=True):
        for spared in witness.quads:
            alone = _holding(store, witness.quads - {spared})
            assert row not in of_engine(alone.query(mended(text))).solutions, (row, spared)


def _holding(store: Store, quads) -> Store:
    """Return a store that has the graphs of another and only some of its quads."""
    found = Store()
    for graph in store.named_graphs():
        found.add_graph(graph)
    found.extend(quads)
    return found


def _given_by(store: Store, quads, text: str) -> list[tuple[str, ...]]:
    alone = _holding(store, quads)
    found = parts(of_engine(alone.query(mended(text))))
    if "*" in text or "?" in text:
        # A path of length zero rests on no triple, yet the engine begins it only at nodes that it knows.
        for graph in [DefaultGraph(), *alone.named_graphs()]:
            for quad in store:
                known = NamedNode("urn:known")
                alone.extend([type(quad)(known, known, node, graph) for node in (quad.subject, quad.object)])
        found += parts(of_engine(alone.query(mended(text))))
    return found


@pytest.mark.parametrize("case", SYNTAX, ids=lambda case: case.name)
def test_whatever_is_a_query_can_be_read_and_written_again(case: Case) -> None:
    query = reader.read(case.text())
    assert query.form in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
    with suppress(RuntimeError):  # a function that the engine does not have; the grammar is what counts here
        Store().query(f"{query.prologue} {printer.select(query.select)}")


def test_the_suite_is_all_there() -> None:
    assert len(CASES) >= 225
    assert len(SYNTAX) >= 55
    assert len(JOINS) >= 30
