"""The receipts of an answer, made page by page when they are asked for.

Knows where each part comes from: witnesses from the tracer, the passages and files that state their triples
or proofs of what was inferred, citations of passages. Tracing runs where the query ran: in a process of its
own if that may die, so that an engine that breaks off costs the receipts of a page and never the rows.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple

from amcc_kg.graph import child_process
from amcc_kg.graph.answers import ASK, SELECT, Question, Result
from amcc_kg.graph.cache import Compiled
from amcc_kg.graph.receipt import Absence, Leaf, Receipt
from amcc_kg.graph.written_forms import WrittenForms
from amcc_kg.receipts import forms
from amcc_kg.receipts.tracer import Tracer
from amcc_kg.receipts.witness import Witness, gap
from amcc_kg.repository import citations
from amcc_kg.repository.files import Repository
from amcc_kg.sparql import reader
from amcc_kg.sparql.prologue import with_values
from amcc_kg.sparql.reader import UnreadableError
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import EngineError

PAGE = 200
"""So many rows are traced at once: a query of their groups, and a process, serve them all."""
_INFERRED = NamedNode(prefixes.INFERRED_GRAPH)

if TYPE_CHECKING:
    from amcc_kg.reasoning.proofs import Prover

T = TypeVar("T")


class Receipts:
    """The receipts of one answer, in order: one for each row or triple; one for a yes or no or no rows."""

    def __init__(
        self,
        answer: Result,
        question: Question,
        store: Store,
        repository: Repository,
        compiled: Compiled,
        *,
        isolated: bool = False,
    ) -> None:
        """Take an answer and what gave it: the question, and the store with its named graphs.

        `compiled` is the graph that absences name and that has proofs. With `isolated`, or if the question
        has a timeout, which is then that of each page, tracing runs in a process of its own.
        """
        self._answer = answer
        self._question = question
        self._store = store
        self._compiled = compiled
        self._isolated = child_process.AVAILABLE and (isolated or question.timeout is not None)
        self._pages: dict[int, list[Receipt]] = {}
        self._is_passage = cache(partial(citations.is_passage, store))
        self._citation = cache(partial(citations.cite, store, repository))
        self._written = WrittenForms(compiled.rewritten)
        self._proved: dict[Triple, list[Triple] | None] = {}  # inferred triples and the leaves of a proof
        # What rows were matched with, asserted and inferred, and the asserted triples that prove it.
        self._least: dict[tuple[frozenset[Quad], frozenset[Quad]], frozenset[Triple]] = {}

    def __len__(self) -> int:
        # Why there are no rows is known of the query, not of a limit that leaves none.
        is_one = self._answer.kind == ASK or (self._answer.kind == SELECT and self._question.limit != 0)
        return len(self._answer) or int(is_one)

    def __getitem__(self, index: int) -> Receipt:
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        page, place = divmod(index, PAGE)
        if page not in self._pages:
            self._pages[page] = self._page(page * PAGE, min((page + 1) * PAGE, len(self)))
        return self._pages[page][place]

    def __iter__(self) -> Iterator[Receipt]:
        return (self[index] for index in range(len(self)))

    def all(self, index: int) -> list[Receipt]:
        """Return every receipt of a row: the smallest, then what else gives it and can spare nothing.

        At most `amcc_kg.receipts.tracer.EVERY` of them, the last of which says if there are more, or may be.
        """
        found = self._page(index % len(self), index % len(self) + 1, every=True)

        def can_spare(one: Receipt) -> bool:
            # What was matched may differ, and be inferred from less.
            return any(
                {*other.triples} < {*one.triples} and {*other.absences} <= {*one.absences} for other in found
            )

        return [one for n, one in enumerate(found) if one not in found[:n] and not can_spare(one)]

    def _page(self, start: int, stop: int, *, every: bool = False) -> list[Receipt]:
        try:
            witnesses, clauses = self._witnesses(start, stop, every)
            inferred = [frozenset(filter(self._weight, witness.quads)) for witness in witnesses]
            self._prove({quad.triple for quads in inferred for quad in quads})
            leaves = self._leaves(witnesses, inferred)
        except EngineError as error:
            return [Receipt(gaps=(str(error),))] * (stop - start)
        found = zip(witnesses, inferred, leaves, strict=True)
        return [self._receipt(*parts, *clauses) for parts in found]

    def _weight(self, quad: Quad) -> int:
        """Return 0 for what is asserted and 1 for what is inferred: the nearer to words, the better."""
        if quad.graph_name != DefaultGraph():
            return int(quad.graph_name == _INFERRED)
        return int(Quad(quad.subject, quad.predicate, quad.object, _INFERRED) in self._store)

    def _is_asserted(self, triple: Triple) -> bool:
        """Tell whether somebody wrote a triple of the graph; it may stand in no named graph at all."""
        quad = Quad(*triple)
        return quad in self._store and not self._weight(quad)

    def _witnesses(
        self, start: int, stop: int, every: bool
    ) -> tuple[list[Witness], tuple[list[str], list[str]]]:
        """Return what `_traced` does, traced where that is to be done."""
        if not self._isolated:
            return self._traced(start, stop, every)

        def written() -> tuple[list[tuple[Any, ...]], tuple[list[str], list[str]]]:
            witnesses, clauses = self._traced(start, stop, every)
            return [(list(map(str, quads)), *said) for quads, *said in witnesses], clauses

        # Quads as text, because the engine reads many of them much faster than they can be pickled.
        records, clauses = self._apart(written)
        lines = list({line for quads, *_ in records for line in quads})
        read = dict(zip(lines, _read(lines), strict=True))
        return [Witness(frozenset(map(read.__getitem__, quads)), *said) for quads, *said in records], clauses

    def _apart(self, work: Callable[[], T]) -> T:
        """Return what some work returns, done in a process of its own where that is asked for."""
        if not self._isolated:
            return work()
        return cast(
            "T", pickle.loads(child_process.run(lambda: pickle.dumps(work()), self._question.timeout))
        )

    def _traced(
        self, start: int, stop: int, every: bool
    ) -> tuple[list[Witness], tuple[list[str], list[str]]]:
        """Return the witnesses of a page, or all of one row; and the graphs of FROM and FROM NAMED."""
        try:
            query = reader.read(with_values(self._question.whole, self._question.bindings))
            if not query.constructs:
                tracer = Tracer(self._store, query, self._weight)
                if every:
                    return forms.alternatives(tracer, self._answer, start), tracer.probe.clauses
                return forms.witnesses(tracer, self._answer, start, stop), tracer.probe.clauses
            reason = f"{query.constructs[0]} are not traced"
        except UnreadableError as error:
            reason = f"the query has {error}, which cannot be traced"
        except LookupError:
            reason = "the query is written in a way that cannot be traced"
        except (RuntimeError, OSError, ValueError, SyntaxError) as error:
            said = " ".join(str(error).split())
            reason = f"the query engine did not answer when asked about a part: {said}"
        return [gap(reason)] * (stop - start), ([], [])

    def _prove(self, inferred: set[Triple]) -> None:
        """Find the leaves of a proof of each triple, first of those whose proofs are kept."""
        unknown = {str(triple): triple for triple in sorted(inferred - self._proved.keys(), key=str)}
        for line in [line for line in unknown if line in self._kept]:
            self._proved[unknown.pop(line)] = [quad.triple for quad in _read(self._kept[line])]
        if unknown:

            def leaves(triple: Triple) -> list[Triple] | None:
                proof = self._prover.prove(triple)
                return None if proof is None else list(proof.leaves)

            _ = self._prover
            self._proved |= self._apart(lambda: {triple: leaves(triple) for triple in unknown.values()})

    def _leaves(self, witnesses: list[Witness], inferred: list[frozenset[Quad]]) -> list[frozenset[Triple]]:
        """Return the asserted triples that each row rests on: matched ones, and few to prove others."""
        rows = [(witness.quads - some, some) for witness, some in zip(witnesses, inferred, strict=True)]
        if unknown := {row for row in rows if row[1]} - self._least.keys():
            _ = self._prover
            self._least |= self._apart(lambda: {row: self._entailing(*row) for row in unknown})
        return [self._least.get(row, frozenset(quad.triple for quad in row[0])) for row in rows]

    def _entailing(self, asserted: frozenset[Quad], derived: frozenset[Quad]) -> frozenset[Triple]:
        prover, leaves = self._prover, frozenset(quad.triple for quad in asserted)
        matched, goals = leaves, sorted({q.triple for q in derived if self._proved[q.triple]}, key=str)
        for triple in goals:
            if prover.prove_from(triple, leaves) is None:
                leaves |= frozenset(self._proved[triple] or ())
        for leaf in sorted(leaves - matched, key=str):
            if all(prover.prove_from(goal, leaves - {leaf}) for goal in goals):
                leaves -= {leaf}
        return leaves

    @cached_property
    def _prover(self) -> Prover:
        # Only here, because most answers rest on nothing inferred.
        from amcc_kg.reasoning.proofs import Prover

        prover = Prover(self._store, self._is_asserted)
        _ = prover.matcher  # made here: where it will run, nothing can be imported
        return prover

    @cached_property
    def _kept(self) -> dict[str, list[str]]:
        kept: dict[str, list[str]] = json.loads(self._compiled.proofs)
        return kept

    def _receipt(
        self,
        witness: Witness,
        derived: frozenset[Quad],
        entailing: frozenset[Triple],
        defaults: list[str],
        named: list[str],
    ) -> Receipt:
        """Return the receipt of a witness: `derived` of it is inferred, it follows from `entailing`."""
        inferred = sorted({quad.triple for quad in derived}, key=str)
        unproved = [triple for triple in inferred if self._proved[triple] is None]
        # A quad that was matched in a named graph is stated there; any other triple wherever it is.
        stated: dict[Triple, set[str]] = {}
        for quad in witness.quads - derived:
            if isinstance(quad.graph_name, NamedNode):
                stated.setdefault(quad.triple, set()).add(quad.graph_name.value)
        leaves = []
        for triple in sorted(entailing, key=str):
            written: dict[str, set[str]] = {}
            for graph in stated.get(triple) or self._graphs(triple):
                for form in self._written.objects(triple, graph) or [""]:
                    written.setdefault(form, set()).add(graph)
            for form, graphs in sorted((written or {"": set[str]()}).items()):
                passages = sorted(filter(self._is_passage, graphs))
                others = sorted(graphs.difference(passages))
                leaves.append(Leaf(triple, tuple(passages), tuple(others), form))
        scope = self._compiled.key.graph, tuple(defaults), tuple(named), not self._question.inference
        unfollowed = [f"no proof was found of the inferred triple {triple}" for triple in unproved]
        return Receipt(
            tuple(leaves),
            tuple(inferred),
            tuple(Absence(pattern, *scope) for pattern in sorted(witness.absences)),
            (*sorted(witness.gaps), *unfollowed),
            tuple(map(self._citation, sorted({passage for leaf in leaves for passage in leaf.passages}))),
            tuple(sorted(witness.remarks)),
        )

    def _graphs(self, triple: Triple) -> set[str]:
        quads = self._store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        names = (quad.graph_name for quad in quads)
        return {name.value for name in names if isinstance(name, NamedNode) and name != _INFERRED}


def _read(lines: Iterable[str]) -> Iterator[Quad]:
    """Yield what lines of N-Quads say that have no ends."""
    return pyoxigraph.parse("".join(f"{line} .\n" for line in lines), RdfFormat.N_QUADS, lenient=True)
