"""Receipts over the W3C's SPARQL 1.1 query evaluation tests: their queries and data, not their results.

`AMCC_W3C` names the folder that holds them as `sparql/sparql11/manifest-sparql11-query.ttl`. Whether the
engine conforms is not asked here: what is asked is whether every row of its answers has a true and sufficient
receipt.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, RdfFormat, Store

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

MANIFEST = Path(os.environ.get("AMCC_W3C", "")) / "sparql" / "sparql11" / "manifest-sparql11-query.ttl"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FORMATS = {".ttl": RdfFormat.TURTLE, ".rdf": RdfFormat.RDF_XML, ".nt": RdfFormat.N_TRIPLES}

# Queries of the suite with a row that cannot be traced, each with the reason; there are none.
UNTRACEABLE: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    query: Path
    data: tuple[Path, ...]
    named: tuple[Path, ...]

    def text(self) -> str:
        return f"BASE <{self.query.as_uri()}>\n{self.query.read_text(encoding='utf-8')}"

    def store(self) -> Store:
        store = Store()
        for path in self.data:
            _load(store, path, DefaultGraph())
        for path in self.named:
            _load(store, path, NamedNode(path.as_uri()))
        return store


def _load(store: Store, path: Path, graph: NamedNode | DefaultGraph) -> None:
    store.load(path.read_bytes(), FORMATS[path.suffix], base_iri=path.as_uri(), to_graph=graph)


def _cases(manifest: Path, kind: str = "QueryEvaluationTest") -> list[Case]:
    """Return the tests of a kind in a manifest and in those it includes."""
    graph = Store()
    _load(graph, manifest, DefaultGraph())

    def objects(subject, predicate: str) -> list:
        return [quad.object for quad in graph.quads_for_pattern(subject, NamedNode(predicate), None)]

    def items(head):
        while head != NamedNode(f"{RDF}nil"):
            yield objects(head, f"{RDF}first")[0]
            (head,) = objects(head, f"{RDF}rest")

    def files(subject, predicate: str) -> tuple[Path, ...]:
        found = [iri for iri in objects(subject, predicate) if isinstance(iri, NamedNode)]
        return tuple(sorted(Path(unquote(urlsplit(iri.value).path)) for iri in found))

    found: list[Case] = []
    for listed in objects(None, f"{MF}include"):
        for included in items(listed):
            found += _cases(Path(unquote(urlsplit(included.value).path)), kind)
    for listed in objects(None, f"{MF}entries"):
        for entry in items(listed):
            if NamedNode(f"{MF}{kind}") in objects(entry, f"{RDF}type"):
                (action,) = objects(entry, f"{MF}action")
                (query,) = files(action, f"{QT}query") or files(entry, f"{MF}action")
                name = f"{manifest.parent.name}/{entry.value.rpartition('#')[2]}"
                data = (query, files(action, f"{QT}data"), files(action, f"{QT}graphData"))
                found.append(Case(name, *data))
    return found


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


CASES = _cases(MANIFEST) if MANIFEST.is_file() else []
JOINS = [case for case in CASES if _is_join(case)]
# SERVICE reaches outside the graph and is refused before anything is traced.
SYNTAX = [
    case
    for case in (_cases(MANIFEST, "PositiveSyntaxTest11") if CASES else [])
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
    assert len(list(receipts)) == (1 if shown.kind == "ask" else len(shown))
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
