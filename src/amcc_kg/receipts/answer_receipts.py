"""The receipts of an answer, made page by page when they are asked for.

Knows where each part comes from: witnesses from the tracer, proofs of what was inferred, citations of
passages. Tracing runs where the query ran: in a process of its own if that may die, so that an engine that
breaks off costs the receipts of a page and never the rows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pyoxigraph
from pyoxigraph import RdfFormat

from amcc_kg.graph import child_process
from amcc_kg.receipts import forms
from amcc_kg.receipts.origins import Grounds
from amcc_kg.receipts.receipt import Absence, Leaf, Receipt
from amcc_kg.receipts.tracer import Tracer
from amcc_kg.receipts.witness import gap
from amcc_kg.repository import citations
from amcc_kg.sparql import reader
from amcc_kg.sparql import text as sparql
from amcc_kg.sparql.cursor import UnreadableError
from amcc_kg.terms.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pyoxigraph import Store, Triple

    from amcc_kg.graph.answers import Result
    from amcc_kg.graph.cache import Compiled
    from amcc_kg.reasoning.proofs import Prover
    from amcc_kg.repository.citations import Citation
    from amcc_kg.repository.files import Repository
    from amcc_kg.sparql.text import Term

PAGE = 100


class Receipts:
    """The receipts of one answer: one for each row or triple, in order; one for a yes or no."""

    def __init__(
        self,
        answer: Result,
        text: str,
        bindings: Mapping[str, Term],
        store: Store,
        repository: Repository,
        compiled: Compiled,
        *,
        inference: bool = True,
        isolated: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Take an answer and what gave it: the query, its parameters, the store with its named graphs.

        `compiled` is the graph that absences name and that has proofs; without `inference`, the store has
        only what is asserted. With `isolated` or `timeout` (seconds,
        for each page), tracing runs in a process of its own.
        """
        self._answer = answer
        self._text = text
        self._bindings = bindings
        self._store = store
        self._repository = repository
        self._compiled = compiled
        self._inference = inference
        self._isolated = isolated or timeout is not None
        self._timeout = timeout
        self._pages: dict[int, list[Receipt]] = {}
        self._cited: dict[str, Citation] = {}
        self._grounds = Grounds(store)
        self._proved: dict[str, Any] = {}
        self._kept: dict[str, list[str]] | None = None

    def __len__(self) -> int:
        return 1 if self._answer.kind == "ask" else len(self._answer)

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

    def _page(self, start: int, stop: int) -> list[Receipt]:
        try:
            records = self._apart(lambda: self._records(start, stop))
            self._prove(records)
        except EngineError as error:
            return [Receipt(gaps=(str(error),))] * (stop - start)
        lines = {line for record in records for line in (*record["leaves"], *record["inferred"])}
        triples = dict(zip(lines, _triples(lines), strict=True))
        return [self._receipt(record, triples) for record in records]

    def _apart(self, work: Callable[[], Any]) -> Any:
        """Return what some work returns, done in a process of its own where that is asked for."""
        if not (child_process.AVAILABLE and self._isolated):
            return work()
        encoded = child_process.run(lambda: json.dumps(work(), separators=(",", ":")).encode(), self._timeout)
        return json.loads(encoded)

    def _records(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Trace a page."""
        try:
            tracer = self._tracer()
            traced = forms.witnesses(tracer, self._answer, start, stop)
        except UnreadableError as error:
            reason = f"the query has {error}, which cannot be traced"
        except LookupError:
            reason = "the query is written in a way that cannot be traced"
        except (RuntimeError, OSError, ValueError, SyntaxError) as error:
            reason = (
                f"the query engine did not answer when asked about a part: {' '.join(str(error).split())}"
            )
        else:
            clauses = tracer.probe.clauses
            return [self._grounds.record(witness) | {"clauses": clauses} for witness in traced]
        return [self._grounds.record(gap(reason)) | {"clauses": ((), ())} for _ in range(start, stop)]

    def _tracer(self) -> Tracer:
        bindings, text = self._bindings, self._text
        if self._answer.kind != "select":
            # As the query was asked: only a SELECT takes its parameters as terms.
            text, bindings = sparql.with_values(text, bindings), {}
        return Tracer(self._store, reader.read(text), bindings, self._grounds.weight)

    def _prove(self, records: list[dict[str, Any]]) -> None:
        """Add to each record the leaves of the proofs of what it has inferred."""
        lines = list(dict.fromkeys(line for record in records for line in record["inferred"]))
        if lines and self._kept is None:
            self._kept = json.loads(self._compiled.proofs)
        kept = {line: self._kept[line] for line in lines if self._kept and line in self._kept}
        for line in kept.keys() - self._proved.keys():
            self._proved[line] = self._grounds.leaves(_triples(kept[line]))
        if unknown := [line for line in lines if line not in self._proved]:
            prover = self._prover()
            triples = dict(zip(unknown, _triples(unknown), strict=True))
            self._proved |= self._apart(lambda: self._grounds.proved(triples, prover.prove))
        for record in records:
            for line in record["inferred"]:
                if self._proved[line] is None:
                    record["gaps"].append(f"no proof was found of the inferred triple {line}")
                for leaf, (passages, files) in (self._proved[line] or {}).items():
                    known = record["leaves"].setdefault(leaf, [[], []])
                    record["leaves"][leaf] = [
                        sorted({*known[0], *passages}),
                        sorted({*known[1], *files}),
                    ]

    def _prover(self) -> Prover:
        """Return a prover that is ready: where it will run, nothing can be imported."""
        # Only here, because most answers rest on nothing inferred; heapq is the prover's.
        import heapq  # noqa: F401

        from amcc_kg.reasoning.proofs import Prover

        prover = Prover(self._store, self._grounds.is_asserted)
        _ = prover.matcher
        return prover

    def _receipt(self, record: dict[str, Any], triples: Mapping[str, Triple]) -> Receipt:
        leaves = tuple(
            Leaf(triples[line], tuple(passages), tuple(files))
            for line, (passages, files) in sorted(record["leaves"].items())
        )
        cited = dict.fromkeys(passage for leaf in leaves for passage in leaf.passages)
        return Receipt(
            leaves,
            tuple(triples[line] for line in record["inferred"]),
            tuple(self._absence(pattern, *record["clauses"]) for pattern in record["absences"]),
            tuple(record["gaps"]),
            tuple(self._citation(passage) for passage in sorted(cited)),
            tuple(record["remarks"]),
        )

    def _absence(self, pattern: str, defaults: Iterable[str], named: Iterable[str]) -> Absence:
        scope = (tuple(defaults), tuple(named), not self._inference)
        return Absence(pattern, self._compiled.key.graph, *scope)

    def _citation(self, passage: str) -> Citation:
        if passage not in self._cited:
            self._cited[passage] = citations.cite(self._store, self._repository, passage)
        return self._cited[passage]


def of(answer: Result) -> list[Receipt]:
    """Return the receipts of an answer of a graph at hand; raises `InputError` for one of an endpoint."""
    return cast("list[Receipt]", list(answer.receipts))  # what `answers` knows only by its protocol


def _triples(lines: Iterable[str]) -> list[Triple]:
    text = "".join(f"{line} .\n" for line in lines)
    return [quad.triple for quad in pyoxigraph.parse(text, RdfFormat.N_TRIPLES, lenient=True)]
