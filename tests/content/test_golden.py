"""The saved queries' answers: exactly those kept in tests/golden/, from two engines that agree cell by cell.

`AMCC_WRITE_GOLDEN=1 pytest tests/content/test_golden.py` writes them anew; read the difference before you
keep it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode

import amcc_kg
from amcc_kg.graph import answers, compiler
from amcc_kg.graph.answers import SELECT, Result, Row
from amcc_kg.graph.parameters import Terms
from amcc_kg.graph.store import LocalStore
from amcc_kg.repository import files

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent.parent / "golden"
NAMES = sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))
WANTED = [
    "who-chaired",
    "commitments",
    "commitments-by-status",
    "who-said-what",
    "posts",
    "timeline",
    "norms",
    "mechanism",
    "interim-platform",
    "follows-through",
    "bodies",
    "attendance",
    "topics-by-event",
    "evidence-for",
    "reported-by",
    "member-states",
    "passages",
]


@pytest.fixture(scope="module")
def kg() -> amcc_kg.KnowledgeGraph:
    return amcc_kg.open(ROOT)


@pytest.fixture(scope="module")
def second_engine() -> rdflib.Dataset:
    """The compiled graph in rdflib: an evaluator of SPARQL that shares no code with the first."""
    compiled = compiler.compile_graph(files.find(ROOT))
    dataset = rdflib.Dataset()
    dataset.parse(data=compiled.asserted + compiled.inferred + compiled.named, format="nquads")
    return dataset


def _of_rdflib(term: object) -> NamedNode | BlankNode | Literal | None:
    if term is None:
        return None
    if isinstance(term, rdflib.URIRef):
        return NamedNode(str(term))
    assert isinstance(term, rdflib.Literal), "saved queries return no blank nodes"
    if term.language:
        return Literal(str(term), language=term.language)
    return Literal(str(term), datatype=NamedNode(str(term.datatype))) if term.datatype else Literal(str(term))


def _to_rdflib(term: object) -> rdflib.term.Node:
    if isinstance(term, Literal):
        return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))
    assert isinstance(term, NamedNode)
    return rdflib.URIRef(term.value)


def test_every_question_of_the_model_is_a_saved_query() -> None:
    assert set(WANTED) <= set(NAMES)


def test_every_golden_answer_has_its_query() -> None:
    assert {path.stem for path in GOLDEN.glob("*.csv")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_query_answers_as_expected(kg: amcc_kg.KnowledgeGraph, name: str) -> None:
    answer = kg.query(name).to_string("csv")
    path = GOLDEN / f"{name}.csv"
    if os.environ.get("AMCC_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(answer.encode())
    assert answer.encode() == path.read_bytes()
    assert answer.count("\n") > 1, "an answer without rows shows nothing"


@pytest.mark.parametrize("name", NAMES)
def test_two_engines_agree_cell_by_cell(
    kg: amcc_kg.KnowledgeGraph, second_engine: rdflib.Dataset, name: str
) -> None:
    query = kg.find(name)
    compiled = compiler.compile_graph(files.find(ROOT))
    bound = Terms(LocalStore(compiled)).bind(query, {})
    answer = second_engine.query(query.text, initBindings={k: _to_rdflib(v) for k, v in bound.items()})
    columns = tuple(str(variable) for variable in answer.vars or ())
    rows = tuple(Row(columns, tuple(_of_rdflib(row[c]) for c in columns)) for row in answer)
    first = kg.query(name)
    assert columns == first.columns
    assert [tuple(row) for row in rows] == [tuple(row) for row in first]
    assert (
        answers.write(Result(SELECT, columns, rows), "csv").encode() == (GOLDEN / f"{name}.csv").read_bytes()
    )


def test_membership_is_counted_by_the_day(kg: amcc_kg.KnowledgeGraph) -> None:
    counts = {
        day: len(list(kg.query("member-states", on=day)))
        for day in ("2018-04-26", "2018-09-19", "2025-10-25", "2025-10-26", "2026-01-01")
    }
    assert counts == {"2018-04-26": 0, "2018-09-19": 10, "2025-10-25": 10, "2025-10-26": 11, "2026-01-01": 11}
