"""`amcc verify`: quotes and triples against sources, what is inferred against a second reasoner, receipts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from amcc_kg import evidence
from amcc_kg.cli.dataset import meant
from amcc_kg.cli.options import Repo, flag
from amcc_kg.cli.streams import put
from amcc_kg.explain.contradictions import explained
from amcc_kg.graph.answers import ASK, SELECT, Question, Result, display
from amcc_kg.graph.receipt import Receipt
from amcc_kg.knowledge_graph import KnowledgeGraph
from amcc_kg.knowledge_graph import open as open_graph
from amcc_kg.reasoning import closure

_ROWS = 3  # of each query, of which every receipt is checked


def verify(
    seal: Annotated[
        bool,
        flag("First record that the triples now in the passage files are what passages state.", "--seal"),
    ] = False,
    receipts: Annotated[
        bool,
        flag("Check the receipt of every row of every saved query, and every proof.", "--receipts"),
    ] = False,
    repo: Repo = None,
) -> int:
    """Say what does not agree; return 0 if all does and 1 if not."""
    repository = meant(repo)
    if seal:
        for passage in evidence.seal(repository):
            put(f"sealed {passage}\n")
    found = evidence.verify(repository)
    put(f"{found}\n")
    with explained(repository):
        compared = closure.compare(repository.dataset())
    put(f"{compared}\n")
    wrong = receipts and _is_wrong(open_graph(repository.root))
    return 0 if found.holds and compared.holds and not wrong else 1


def _all_receipts(answer: Result) -> Iterator[tuple[int, Receipt]]:
    """Yield the receipts of an answer, of its first rows also the others that there are."""
    for index, receipt in enumerate(answer.receipts):
        if index < _ROWS and answer.kind == SELECT and answer:
            yield from ((index, one) for one in answer.receipts.all(index))
        else:
            yield index, receipt


def _is_wrong(graph: KnowledgeGraph) -> bool:
    """Say which receipt or proof is the first that is wrong, or how many are right; tell whether one is."""
    checker, checked, untraced = graph.receipt_checker(), 0, 0
    for query in graph.queries():
        required = [parameter.name for parameter in query.parameters if parameter.default is None]
        allowed = {name: graph.allowed_values(query, name)[:1] for name in required}
        if missing := [name for name in required if not allowed[name]]:
            put(f"note: {query.name} is not asked: any value will do for its parameter {missing[0]}\n")
            continue
        question = Question(
            query.text, graph.bind(query, {name: found[0] for name, found in allowed.items()})
        )
        answer = graph.ask(question, source=query.source, evidence=True)
        for index, receipt in _all_receipts(answer):
            if fault := checker.fault(question, answer, index, receipt):
                cells = ", ".join(map(display, answer.cells[index])) if answer.kind != ASK else "yes or no"
                put(f"{query.name}, row {index + 1} ({cells}): {fault}\n")
                return True
            checked, untraced = checked + 1, untraced + (not receipt.complete)
    inferred = checker.inferred()
    for triple in inferred:
        if fault := checker.unproved(triple):
            put(f"{fault}\n")
            return True
    gaps = f"; of {untraced} not everything could be followed" if untraced else ""
    counted = f"{checked} receipt(s) of saved queries, {len(inferred)} proof(s) step by step"
    put(f"{counted}: every one holds{gaps}\n")
    return False
