"""Receipts held against the graph: whether each is true, is enough, and claims nothing absent that is there.

Knows of how a receipt was found nothing: it takes one for what it says and asks the engine plain questions.
That the row is an answer where there is nothing else is `sufficiency`'s to tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import product

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple, Variable

from amcc_kg.evidence import proof_checker
from amcc_kg.evidence.citation_checker import CitationChecker
from amcc_kg.evidence.proof_checker import Proof
from amcc_kg.evidence.sufficiency import Case, Sufficiency
from amcc_kg.graph.answers import Question, Result
from amcc_kg.graph.cache import Compiled
from amcc_kg.graph.receipt import Absence, Leaf, Receipt
from amcc_kg.graph.store import LocalStore
from amcc_kg.repository.files import Repository
from amcc_kg.sparql import reader
from amcc_kg.sparql.deviations import mended
from amcc_kg.sparql.prologue import with_values
from amcc_kg.sparql.reader import UnreadableError
from amcc_kg.terms import prefixes

_INFERRED = NamedNode(prefixes.INFERRED_GRAPH)
_MANY = 200  # solutions beyond which not all are compared


class ReceiptChecker:
    """Checks the receipts of answers from one compiled graph."""

    def __init__(
        self,
        graph: LocalStore,
        compiled: Compiled,
        repository: Repository,
        ontology: Iterable[str],
        prove: Callable[[Triple, frozenset[Triple] | None], Proof | None],
    ) -> None:
        """Take a graph, what it was loaded of, its files, the names of the graphs that are its ontology.

        `prove` gives a proof of a triple, one that rests on some leaves only if any are given.
        """
        self._graph, self._whole = graph, graph.engine()
        self._version = compiled.key.graph
        self._lines = frozenset(compiled.named.decode().splitlines())
        self._prove = prove
        self._citations = CitationChecker(self._whole, repository)
        # What a receipt is added to: the ontology, and of the other graphs that they are there.
        alone, pattern = Store(), self._whole.quads_for_pattern
        for name in self._whole.named_graphs():
            alone.add_graph(name)
        stated = [quad for iri in ontology for quad in pattern(None, None, None, NamedNode(iri))]
        self._ontology = frozenset(quad.triple for quad in stated)
        alone.extend(stated)
        alone.extend(Quad(t.subject, t.predicate, t.object) for t in self._ontology)
        self._alone = alone
        self._enough: dict[bool, Sufficiency] = {}  # with inference and without

    def fault(self, question: Question, answer: Result, index: int, receipt: Receipt) -> str:
        """Return the first thing that is wrong with the receipt of a row, in words; empty if nothing is."""
        try:
            query = reader.read(with_values(question.whole, question.bindings))
            untraceable = bool(query.constructs)
        except UnreadableError:
            untraceable = True
        if untraceable:
            return "" if receipt.gaps and not receipt.leaves else "it is of a query that cannot be followed"
        case = Case(query, answer, index)
        whole = self._graph.engine(inference=question.inference)
        if question.inference not in self._enough:
            self._enough[question.inference] = Sufficiency(whole, self._alone, self._follows)
        enough = self._enough[question.inference]
        if receipt.gaps:
            return "" if case.is_fleeting else f"it is not whole: {receipt.gaps[0]}"
        parts = (
            *map(self._unasserted, receipt.leaves),
            self._unstated(enough, case, receipt),
            self._uncited(receipt),
            *(self.unproved(triple, frozenset(receipt.triples)) for triple in receipt.inferred),
            *(self._misplaced(absence, question, case) for absence in receipt.absences),
            *(self._affirmed(absence) for absence in receipt.absences),
            *(self._unremarkable(remark, whole, case, receipt) for remark in receipt.remarks),
        )
        return next(filter(None, parts), "") or enough.fault(case, receipt)

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

    def _unstated(self, enough: Sufficiency, case: Case, receipt: Receipt) -> str:
        """Say which graph states a triple of the receipt, too; it may be left out where another was asked."""
        for triple in receipt.triples:
            leaves = [leaf for leaf in receipt.leaves if leaf.triple == triple]
            named = {graph for leaf in leaves for graph in (*leaf.passages, *leaf.files)}
            found = self._whole.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
            graphs = {q.graph_name.value for q in found if isinstance(q.graph_name, NamedNode)}
            others = graphs - named - {_INFERRED.value}
            if others and not (case.asks_graphs and enough.needs_graphs(case, receipt, triple)):
                return f"{leaves[0].line} is asserted in {prefixes.shorten(min(others))}, too"
            for leaf in leaves:
                if not all(map(self._is_passage, leaf.passages)) or any(map(self._is_passage, leaf.files)):
                    return (
                        f"{leaf.line} is asserted in a passage that is called a file, or the other way round"
                    )
        return ""

    def _is_passage(self, graph: str) -> bool:
        kind = NamedNode(f"{prefixes.RDF}type"), NamedNode(f"{prefixes.ONTOLOGY}Passage")
        return Quad(NamedNode(graph), *kind, DefaultGraph()) in self._whole

    def _uncited(self, receipt: Receipt) -> str:
        stating = {passage for leaf in receipt.leaves for passage in leaf.passages}
        cited = {citation.passage for citation in receipt.passages}
        if stating != cited:
            return f"it cites other passages than state it: {sorted(stating ^ cited)}"
        return next(filter(None, map(self._citations.fault, receipt.passages)), "")

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

        def is_axiom(axiom: Triple) -> bool:
            return axiom in self._ontology or is_leaf(axiom)

        return proof_checker.fault(proof, is_leaf, is_axiom)

    def _follows(self, triple: Triple, leaves: frozenset[Triple]) -> bool:
        return self._prove(triple, leaves) is not None

    def _is_stated(self, triple: Triple) -> bool:
        """Tell whether somebody wrote a triple, so that it stands in a graph of a file."""
        found = self._whole.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        return any(quad.graph_name not in (DefaultGraph(), _INFERRED) for quad in found)

    def _misplaced(self, absence: Absence, question: Question, case: Case) -> str:
        """Say that an absence is claimed of another graph, or of other parts of it, than was asked."""
        if absence.version != self._version:
            return f"an absence is claimed of another version of the graph, {absence.version}"
        asked = (*case.clauses, not question.inference)
        claimed = (sorted(absence.defaults), sorted(absence.named), absence.asserted)
        return (
            "" if claimed == asked else f"an absence is claimed{absence.scope}, where the query did not ask"
        )

    def _affirmed(self, absence: Absence) -> str:
        """Say that the graph has what is claimed to be absent."""
        question = absence.question
        try:
            found = self._graph.engine(inference=not absence.asserted).query(mended(question))
        except (SyntaxError, ValueError, RuntimeError):
            return f"what is said to be absent cannot be asked: {question}"
        return f"what is said to be absent is there: {question}" if found else ""

    def _unremarkable(self, remark: str, whole: Store, case: Case, receipt: Receipt) -> str:
        """Say that a remark is none of those that a receipt may have, or is not true."""
        for form, is_true in _REMARKS.items():
            if found := re.fullmatch(form, remark, re.DOTALL):
                return "" if is_true(found, whole, case, receipt) else f"this is not so: {remark}"
        return f"it is not known why it says: {remark}"


def _is_named(found: re.Match[str], whole: Store, case: Case, receipt: Receipt) -> bool:
    return case.asks_graphs and NamedNode(found[1]) in [*whole.named_graphs()]


def _has_empty_path(found: re.Match[str], whole: Store, case: Case, receipt: Receipt) -> bool:
    return case.has_empty_paths


def _is_cut_off(found: re.Match[str], whole: Store, case: Case, receipt: Receipt) -> bool:
    """Tell whether there are solutions, and none left of them behind a slice of the query."""
    return not case.answer and case.is_cut_off_by(found[1], whole)


def _is_own_doing(found: re.Match[str], whole: Store, case: Case, receipt: Receipt) -> bool:
    return not case.answer and case.is_impossible


def _is_sliced(found: re.Match[str], whole: Store, case: Case, receipt: Receipt) -> bool:
    return found[1] in case.inner_slices


def _has_many(found: re.Match[str], whole: Store, case: Case, receipt: Receipt) -> bool:
    return case.has_more_than(_MANY, whole)


def _is_said(found: re.Match[str], whole: Store, case: Case, receipt: Receipt) -> bool:
    return True


def _is_absent(found: re.Match[str], whole: Store, case: Case, receipt: Receipt) -> bool:
    """Tell whether nodes without names that the receipt has make true that nothing matches a pattern."""
    names = [Variable(name.strip()[1:]) for name in found[2].split(" and ")]
    terms = [term for triple in receipt.triples for term in (triple.subject, triple.object)]
    nodes = {term for term in (*terms, *case.row) if isinstance(term, BlankNode)}
    text = f"SELECT {' '.join(map(str, names))} {case.dataset} WHERE {{ {found[1]} }}"
    for some in product(sorted(nodes, key=str), repeat=len(names)):
        rows = whole.query(mended(text), substitutions=dict(zip(names, some, strict=True)))
        if isinstance(rows, QuerySolutions) and next(rows, None) is None:
            return True
    return False


# What a receipt may say besides, and how it is seen whether that is so.
_REMARKS: dict[str, Callable[[re.Match[str], Store, Case, Receipt], bool]] = {
    r"the graph <([^>]*)> is there": _is_named,
    r"a path of length zero goes from each node .*": _has_empty_path,
    r"the query's (.*) cuts off every solution of its pattern": _is_cut_off,
    r"(.*) leaves none of the rows over": _is_cut_off,
    r"the parameter .* has no value|.*, which does not depend on the graph": _is_own_doing,
    r"nothing in the graph says (.*) where (.*) (?:is|are) the nodes? without a name found here": _is_absent,
    r"more than 200 solutions give this, .*": _has_many,
    r"more than 20 sets of triples give this.*|other sets of triples may give this.*": _is_said,
    r"only the rows within the subquery's (.*) count": _is_sliced,
}


def _quad(triple: Triple, graph: str) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, NamedNode(graph))
