"""Receipts held against the graph: whether each is true, is enough, and claims nothing absent that is there.

Knows of how a receipt was found nothing: it takes one for what it says and asks the engine plain questions.
That the row is an answer is asked of a graph in which there is nothing but the receipt and the ontology.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store, Triple

from amcc_kg.evidence import proof_checker
from amcc_kg.evidence.proof_checker import Proof
from amcc_kg.graph import answers
from amcc_kg.graph.answers import ASK, Question, Result
from amcc_kg.graph.cache import Compiled
from amcc_kg.graph.receipt import Leaf, Receipt
from amcc_kg.graph.store import LocalStore
from amcc_kg.sparql import printer, reader, tree
from amcc_kg.sparql.prologue import with_values
from amcc_kg.sparql.reader import UnreadableError
from amcc_kg.terms import prefixes

_INFERRED = NamedNode(prefixes.INFERRED_GRAPH)


class ReceiptChecker:
    """Checks the receipts of answers from one compiled graph."""

    def __init__(
        self,
        graph: LocalStore,
        compiled: Compiled,
        ontology: Iterable[str],
        prove: Callable[[Triple, frozenset[Triple] | None], Proof | None],
    ) -> None:
        """Take a graph, what it was loaded of, the names of the graphs that are its ontology.

        `prove` gives a proof of a triple, one that rests on some leaves only if any are given.
        """
        self._graph, self._whole = graph, graph.engine()
        self._lines = frozenset(compiled.named.decode().splitlines())
        self._prove = prove
        # What a receipt is added to: the ontology, and of the other graphs that they are there.
        self._alone, pattern = Store(), self._whole.quads_for_pattern
        for name in self._whole.named_graphs():
            self._alone.add_graph(name)
        stated = [quad for iri in ontology for quad in pattern(None, None, None, NamedNode(iri))]
        self._ontology = frozenset(quad.triple for quad in stated)
        self._alone.extend(stated)
        self._alone.extend(Quad(t.subject, t.predicate, t.object) for t in self._ontology)

    def fault(self, question: Question, answer: Result, index: int, receipt: Receipt) -> str:
        """Return the first thing that is wrong with the receipt of a row, in words; empty if nothing is.

        Of what a receipt says it could not follow, nothing is asked.
        """
        parts = (
            *map(self._unasserted, receipt.leaves),
            self._uncited(receipt),
            *(self.unproved(triple, frozenset(receipt.triples)) for triple in receipt.inferred),
            *(self._affirmed(absence.question, asserted=absence.asserted) for absence in receipt.absences),
        )
        return next(filter(None, parts), "") or self._insufficient(question, answer, index, receipt)

    def _unasserted(self, leaf: Leaf) -> str:
        """Say which graph does not state a triple in the form in which it is shown."""
        graphs = (*leaf.passages, *leaf.files)
        for graph in graphs:
            quad = _quad(leaf.asserted, graph)
            # Blank nodes are called otherwise in every store.
            stated = quad in self._whole if "_:" in str(quad) else f"{quad} ." in self._lines
            if not stated or quad.graph_name == _INFERRED:
                return f"{leaf.line} is not asserted in {prefixes.shorten(graph)}"
        return "" if graphs else f"{leaf.line} is asserted in no graph that is named"

    def _uncited(self, receipt: Receipt) -> str:
        stating = {passage for leaf in receipt.leaves for passage in leaf.passages}
        cited = {citation.passage for citation in receipt.passages}
        return "" if stating == cited else f"it cites other passages than state it: {sorted(stating ^ cited)}"

    def inferred(self) -> list[Triple]:
        """Return what the graph infers, in a fixed order."""
        quads = self._whole.quads_for_pattern(None, None, None, _INFERRED)
        return sorted((quad.triple for quad in quads), key=str)

    def unproved(self, triple: Triple, leaves: frozenset[Triple] | None = None) -> str:
        """Say what is wrong with the proof of a triple; if leaves are given, from these and the ontology."""
        proof = self._prove(triple, leaves)
        if proof is None:
            return f"{triple} does not follow from what {'the graph' if leaves is None else 'it'} names"
        if proof.conclusion != triple:
            return f"what is proved is {proof.conclusion}, not {triple}"

        def is_leaf(leaf: Triple) -> bool:
            return self._is_stated(leaf) if leaves is None else leaf in leaves or leaf in self._ontology

        return proof_checker.fault(proof, is_leaf, self._is_stated)

    def _is_stated(self, triple: Triple) -> bool:
        """Tell whether somebody wrote a triple, so that it stands in a graph of a file."""
        found = self._whole.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        return any(quad.graph_name not in (DefaultGraph(), _INFERRED) for quad in found)

    def _affirmed(self, question: str, *, asserted: bool) -> str:
        """Say that the graph has what is claimed to be absent."""
        found = self._graph.engine(inference=not asserted).query(question)
        return f"what is said to be absent is there: {question}" if found else ""

    def _insufficient(self, question: Question, answer: Result, index: int, receipt: Receipt) -> str:
        """Say that a row does not come back from its receipt, nor a solution of what it does not deny."""
        if not (receipt.complete and answer):
            return ""
        try:
            query = reader.read(with_values(question.whole, question.bindings))
        except UnreadableError:
            return ""
        # A receipt justifies the row, not its place.
        query = query._replace(select=query.select._replace(slice=""))
        row = () if answer.kind == ASK else _comparable(answer.cells[index])
        added = [quad for quad in _quads(receipt) if quad not in self._alone]
        self._alone.extend(added)
        try:
            found = answers.of_engine(self._alone.query(printer.query(query)))
            again = found.boolean if answer.kind == ASK else row in map(_comparable, found.cells)
            if again or self._is_partly_given(query, dict(zip(answer.columns, row, strict=True))):
                return ""
        finally:
            for quad in added:
                self._alone.remove(quad)
        return "the row is no answer over its receipt and the ontology alone"

    def _is_partly_given(self, query: tree.Query, row: Mapping[str, str]) -> bool:
        """Tell whether a query denies or counts, and what else it asks for is there with the row's terms."""
        positive = _positive(query.select.where)
        if positive == query.select.where and not query.select.is_grouped:
            return False
        bound = {name: term for name, term in row.items() if f"?{name}" in tree.certain(positive)}
        values = " ".join(f"VALUES ?{name} {{ {term} }}" for name, term in bound.items() if term[0] != "_")
        return bool(self._alone.query(f"{query.prologue} ASK {{ {values} {printer.group(positive)} }}"))


def _quad(triple: Triple, graph: str) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, NamedNode(graph))


def _comparable(row: Iterable[object]) -> tuple[str, ...]:
    """Return a row as text; of a blank node only that it is one, and empty for what is unbound."""
    return tuple("_" if isinstance(term, BlankNode) else "" if term is None else str(term) for term in row)


def _quads(receipt: Receipt) -> list[Quad]:
    """Return what a receipt says, in the graphs in which it says it."""
    stated = [(leaf.triple, [*leaf.passages, *leaf.files]) for leaf in receipt.leaves]
    stated += [(triple, [prefixes.INFERRED_GRAPH]) for triple in receipt.inferred]
    named = [_quad(triple, graph) for triple, graphs in stated for graph in graphs]
    return [*(Quad(t.subject, t.predicate, t.object) for t, _ in stated), *named]


def _positive(group: tree.Group) -> tree.Group:
    """Return a pattern without what it denies: MINUS, and conditions that ask for patterns."""
    kept: list[tree.Element] = []
    for element in group.elements:
        match element:
            case tree.Minus():
                continue
            case tree.Filter() | tree.Bind() if element.expression.patterns:
                continue
            case tree.Group():
                kept.append(_positive(element))
            case tree.Union():
                kept.append(element._replace(branches=tuple(map(_positive, element.branches))))
            case tree.Optional() | tree.Graph():
                kept.append(element._replace(group=_positive(element.group)))
            case _:
                kept.append(element)
    return tree.Group(tuple(kept))
