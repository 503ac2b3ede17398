"""Receipts of random queries: each that was found is right, and each that is forged is found to be wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store
from query_strategies import EX, PROLOGUE, graphs, joins, queries

from amcc_kg.evidence.receipt_checker import ReceiptChecker
from amcc_kg.graph.answers import Question
from amcc_kg.graph.cache import Compiled, Key
from amcc_kg.graph.receipt import Absence, Leaf, Receipt
from amcc_kg.graph.store import LocalStore
from amcc_kg.receipts.answer_receipts import Receipts
from amcc_kg.repository.files import Repository
from amcc_kg.sparql import printer, reader
from amcc_kg.sparql.tokens import variables

ROOT = Path(__file__).parent.parent.parent
VERSION = "0" * 64
ELSEWHERE = NamedNode(f"{EX}elsewhere")
# Which members SAMPLE takes, and which rows a slice leaves, is not a receipt's to say.
many = settings(
    max_examples=int(os.environ.get("AMCC_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class Checked:
    """One query of a graph in which whatever is in no named graph is in one of its own."""

    def __init__(self, quads: list[Quad], text: str) -> None:
        self.store = Store()
        for name in ("g1", "g2"):
            self.store.add_graph(NamedNode(EX + name))
        for quad in quads:
            graph = ELSEWHERE if quad.graph_name == DefaultGraph() else quad.graph_name
            self.store.add(Quad(*quad.triple, graph))
            self.store.add(Quad(*quad.triple))
        lines = "".join(f"{quad} .\n" for quad in self.store if quad.graph_name != DefaultGraph())
        compiled = Compiled(Key(VERSION, "", ""), b"", b"", lines.encode(), [])
        local, repository = LocalStore(compiled, whole=self.store), Repository(ROOT)
        self.question = Question(text)
        self.answer = local.evaluate(self.question, named=True)
        self.receipts = list(Receipts(self.answer, self.question, self.store, repository, compiled))
        self.checker = ReceiptChecker(local, compiled, repository, (), lambda *_: None)

    def fault(self, index: int, receipt: Receipt) -> str:
        return self.checker.fault(self.question, self.answer, index, receipt)


def group_of(text: str) -> str:
    """Return the pattern of a query, which may have other patterns in its columns."""
    return printer.group(reader.read(text).select.where)


def without(receipt: Receipt, at: int) -> Receipt:
    return replace(receipt, leaves=receipt.leaves[:at] + receipt.leaves[at + 1 :])


@many
@given(graphs, queries())
def test_whatever_is_asked_what_is_found_is_right(quads: list[Quad], text: str) -> None:
    assume("SAMPLE" not in text)
    checked = Checked(quads, text)
    for index, receipt in enumerate(checked.receipts):
        if receipt.complete:
            assert checked.fault(index, receipt) == "", (index, str(receipt))


def forged(checked: Checked, index: int) -> Iterator[tuple[str, Receipt]]:
    """Yield receipts that say of a row what is not so, whatever was asked."""
    right = checked.receipts[index]
    other = Literal("nowhere")
    for at, leaf in enumerate(right.leaves):
        rest = (*right.leaves[:at], *right.leaves[at + 1 :])
        strange = leaf._replace(
            triple=leaf.triple.__class__(leaf.triple.subject, leaf.triple.predicate, other)
        )
        for name, planted in {
            "another triple": strange,
            "another graph": leaf._replace(files=("urn:nowhere",)),
            "no graph": leaf._replace(files=()),
            "a passage that is none": leaf._replace(files=(), passages=leaf.files),
        }.items():
            yield name, replace(right, leaves=(*rest, planted))
    unused = NamedNode("urn:unused")
    quad = next(q for q in checked.store if q.graph_name != DefaultGraph())
    yield (
        "a triple that nobody states",
        replace(
            right,
            leaves=(*right.leaves, Leaf(Quad(quad.subject, unused, quad.object).triple, (), ("urn:g",))),
        ),
    )
    for at, absence in enumerate(right.absences):
        rest_of = (*right.absences[:at], *right.absences[at + 1 :])
        for name, claimed in {
            "another version": absence._replace(version="1" * 64),
            "another scope": absence._replace(defaults=(*absence.defaults, f"{EX}g9")),
            "other named graphs": absence._replace(named=(*absence.named, f"{EX}g9")),
            "only what is asserted": absence._replace(asserted=True),
            "what is there": absence._replace(pattern="?s ?p ?o", defaults=(), named=()),
            "no pattern": absence._replace(pattern="?s ?p"),
        }.items():
            yield name, replace(right, absences=(*rest_of, claimed))
    yield "a remark", replace(right, remarks=(*right.remarks, "the graph <urn:nowhere> is there"))
    yield "words", replace(right, remarks=(*right.remarks, "trust me"))
    yield "a gap", replace(right, gaps=("no idea",))


@many
@given(graphs, queries())
def test_whatever_is_asked_what_is_not_so_is_found(quads: list[Quad], text: str) -> None:
    checked = Checked(quads, text)
    for index, receipt in enumerate(checked.receipts[:3]):
        for name, wrong in forged(checked, index) if receipt.complete else ():
            assert checked.fault(index, wrong), (name, str(wrong))


@many
@given(graphs, joins(paths=True))
def test_of_a_join_nothing_can_go_and_nothing_be_added(quads: list[Quad], text: str) -> None:
    checked = Checked(quads, text)
    for index, right in enumerate(checked.receipts[:5]):
        # Nodes that a path of length zero needs are there by edges, which `!p` goes along.
        assume(
            right.complete
            and checked.answer
            and "EXISTS" not in text
            and not re.search(r"!.*[*?]\)|[*?]\).*!", text)
        )
        for at in range(len(right.leaves)):
            assert checked.fault(index, without(right, at)), right.leaves[at].spelt
        known = set(right.triples)
        for quad in checked.store:
            if quad.graph_name != DefaultGraph() and quad.triple not in known:
                found = checked.store.quads_for_pattern(*quad.triple, None)
                graphs = {q.graph_name.value for q in found if q.graph_name != DefaultGraph()}
                leaf = Leaf(quad.triple, (), tuple(sorted(graphs)))
                padded = replace(right, leaves=(*right.leaves, leaf))
                assert "does not need" in checked.fault(index, padded), leaf.spelt


def stays_a_yes(right: Receipt, where: str, denied: str, negation: str) -> bool:
    """Tell whether a question stays a yes however often all that denies its solutions is added.

    What denies one may give another: `?b ex:p ?a` without `?a ex:p 0`.
    """
    store, known = Store(), set(variables(where))
    store.extend(Quad(*triple) for triple in right.triples)
    for number in range(5):
        new = {name for name in variables(denied) if name not in known}
        fresh = " ".join(f"BIND(<urn:new:{name[1:]}:{number}> AS {name})" for name in sorted(new))
        store.update(f"{PROLOGUE}INSERT {denied} WHERE {where} {fresh} }}")
    return bool(store.query(f"{PROLOGUE}ASK {where} {negation} }}"))


@many
@given(graphs, joins(), joins())
def test_no_absence_that_a_row_needs_can_go(quads: list[Quad], text: str, denied: str) -> None:
    pattern, where = group_of(denied), group_of(text)[:-1]
    # No graph says anything of a literal, whatever is claimed; of what has no name it is said in words.
    quads = [quad for quad in quads if isinstance(quad.object, NamedNode) and "_:" not in str(quad)]
    assume(quads)
    for negation in (f"FILTER NOT EXISTS {pattern}", f"MINUS {pattern}", f"FILTER (!EXISTS {pattern})"):
        for form in ("SELECT *", "ASK", "CONSTRUCT { ?a ex:made ?b . ?c ex:made ?d } WHERE"):
            checked = Checked(quads, f"{PROLOGUE}{form} {where} {negation} }}")
            for index, right in enumerate(checked.receipts[:3]):
                if right.complete and right.absences and checked.answer:
                    unrelated = Absence("?x <urn:unrelated> ?y .", VERSION)
                    for absences in ((), (unrelated,)):
                        said = checked.fault(index, replace(right, absences=absences))
                        is_yes = form == "ASK" and not said and stays_a_yes(right, where, pattern, negation)
                        assert is_yes or said.startswith("it does not say"), (negation, form)


@many
@given(graphs, joins())
def test_no_answer_without_rows_can_do_without_an_absence(quads: list[Quad], text: str) -> None:
    for form in ("SELECT *", "ASK"):
        checked = Checked(quads, f"{PROLOGUE}{form} {group_of(text)}")
        if not checked.answer:
            right = checked.receipts[0]
            unrelated = Absence("?x <urn:unrelated> ?y .", VERSION)
            for wrong in (Receipt(), replace(right, absences=()), replace(right, absences=(unrelated,))):
                assert checked.fault(0, wrong).startswith("it does not say")


@many
@given(graphs, joins())
def test_no_member_of_a_group_can_go(quads: list[Quad], text: str) -> None:
    where = group_of(text)
    for call in ("COUNT(*)", "COUNT(DISTINCT ?a)", "GROUP_CONCAT(STR(?a))", "MAX(STR(?a))", "MIN(STR(?b))"):
        checked = Checked(quads, f"{PROLOGUE}SELECT ({call} AS ?n) {where}")
        right = checked.receipts[0]
        if right.complete and checked.answer.cells[0][0] is not None and not call.startswith("COUNT(D"):
            for at in range(len(right.leaves)):
                assert checked.fault(0, without(right, at)), (call, right.leaves[at].spelt)
        elif right.leaves:
            assert checked.fault(0, replace(right, leaves=()))


@pytest.mark.parametrize(
    ("pattern", "own"),
    [
        ("{ FILTER(false) }", True),
        ("{ ?a ex:p0 ?b FILTER(1 > 2) }", True),
        ("{ BIND(1 AS ?x) FILTER(?x > 2) }", True),
        ("{ VALUES ?x {} }", True),
        ("{ VALUES ?x { 1 } } VALUES ?x { 2 }", True),
        ("{ { SELECT (COUNT(*) AS ?n) {} HAVING (COUNT(*) > 1) } }", True),
        ("{ ?a ex:none ?b BIND(?b AS ?x) FILTER(?x > 2) }", False),
        ("{ ?a ex:none ?b FILTER(?b > 2) }", False),
        ("{ VALUES ?x { 1 } FILTER NOT EXISTS { ?s ?p ?o } }", False),
    ],
)
def test_what_the_query_does_alone_is_no_word_of_the_graph(pattern: str, own: bool) -> None:
    node, predicate = NamedNode(f"{EX}n0"), NamedNode(f"{EX}p0")
    quads = [Quad(node, predicate, node, NamedNode("urn:g"))]
    checked = Checked(quads, f"{PROLOGUE}SELECT * {pattern}")
    right = checked.receipts[0]
    assert not checked.answer and checked.fault(0, right) == ""
    assert bool(right.remarks) is own is not bool(right.absences)
    said = "VALUES ?x { } has no solution, which does not depend on the graph"
    assert (checked.fault(0, replace(right, remarks=(said,), absences=())) == "") is own
