"""The compiled graph in memory, and how it is asked.

Knows the query engine's habits and loads only what a query can see. Knows nothing of saved queries;
`amcc_kg.graph.remote` is the same for a graph behind a SPARQL endpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import pyoxigraph
from pyoxigraph import NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, Store, Variable

from amcc_kg.graph import answers, child_process
from amcc_kg.sparql import text as sparql
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import EngineError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyoxigraph import QueryTriples

    from amcc_kg.graph.answers import Result
    from amcc_kg.graph.cache import Compiled
    from amcc_kg.sparql.text import Term

T = TypeVar("T")
_KINDS = {b"S": answers.SELECT, b"B": answers.ASK, b"G": answers.GRAPH}


class QueryStore(Protocol):
    """What can be asked: this module's `LocalStore`, or `amcc_kg.graph.remote.RemoteStore`."""

    def evaluate(
        self,
        text: str,
        bindings: Mapping[str, Term] | None = None,
        *,
        inference: bool = True,
        timeout: float | None = None,
        source: str = "<query>",
        named: bool = False,
    ) -> Result:
        """Evaluate a query; see `LocalStore.evaluate`."""


class LocalStore:
    """A compiled graph in the query engine, loaded piece by piece as queries need it."""

    def __init__(self, compiled: Compiled, *, isolated: bool = False) -> None:
        """Hold a compiled graph; with `isolated`, every query runs in a process of its own that may die."""
        self._compiled = compiled
        self._isolated = isolated
        self._stores: dict[tuple[bool, bool], Store] = {}

    def evaluate(
        self,
        text: str,
        bindings: Mapping[str, Term] | None = None,
        *,
        inference: bool = True,
        timeout: float | None = None,
        source: str = "<query>",
        named: bool = False,
    ) -> Result:
        """Evaluate a SPARQL query whose variables named in `bindings` stand for those terms.

        Without `inference` only asserted triples are seen. `timeout` is in seconds. `source` is what an error
        calls the query. With `named`, the store that is asked holds the named graphs even if the query names
        none: only within one store does a blank node keep its name. Raises `PlacedError` for a syntax error,
        `InputError` for a query that reaches outside the graph or a parameter that it cannot take,
        `EngineError` if the engine gives up.
        """
        bound = dict(bindings or {})
        named = named or sparql.mentions(text, "graph") or sparql.mentions(text, "from")
        store = self.engine(inference=inference, named=named)

        def known(iri: str) -> bool:
            return store.contains_named_graph(NamedNode(iri))

        def answer() -> QuerySolutions | QueryBoolean | QueryTriples:
            sparql.refuse_outside(text, source, known)
            return _ask(store, text, bound, source)

        try:
            if child_process.AVAILABLE and (self._isolated or timeout is not None):
                return _decoded(child_process.run(lambda: _encoded(answer(), source), timeout))
            return _guarded(lambda: answers.of_engine(answer()), source)
        except SyntaxError as error:
            raise sparql.syntax_error(text, source, error) from error

    def engine(self, *, inference: bool = True, named: bool = True) -> Store:
        """Return the engine's store with the default graph and, where asked for, the named graphs."""
        if not named and (inference, True) in self._stores:
            # Without GRAPH and FROM a query sees no named graphs, so it need not be told that they are there.
            named = True
        if (inference, named) not in self._stores:
            store, compiled = Store(), self._compiled
            parts = [compiled.asserted, compiled.inferred if inference else b""]
            # One load, because each load names blank nodes anew; N-Triples are N-Quads.
            store.load(b"".join([*parts, compiled.named if named else b""]), RdfFormat.N_QUADS, lenient=True)
            if named and inference:
                graph = NamedNode(prefixes.INFERRED_GRAPH)
                store.load(compiled.inferred, RdfFormat.N_TRIPLES, lenient=True, to_graph=graph)
            self._stores[inference, named] = store
        return self._stores[inference, named]


def _ask(
    store: Store, text: str, bound: dict[str, Term], source: str
) -> QuerySolutions | QueryBoolean | QueryTriples:
    """Hand a query to the engine, parameters as terms: by substitution, by VALUES where that falls short."""
    try:
        if bound and sparql.form(text) != "SELECT":
            # Substitution does not reach a FILTER of an ASK.
            return store.query(sparql.with_values(text, bound))
        return store.query(text, substitutions={Variable(name): term for name, term in bound.items()})
    except RuntimeError as error:
        for name in bound:
            if f"?{name} in its SELECT projection" in str(error):
                raise InputError(
                    f"{source}: the parameter {name} must be one of the SELECTed variables"
                ) from error
        raise EngineError(f"{source}: {' '.join(str(error).split())}") from error


def _guarded(work: Callable[[], T], source: str) -> T:
    try:
        return work()
    except (RuntimeError, OSError, ValueError) as error:
        raise EngineError(f"{source}: {' '.join(str(error).split())}") from error


def _encoded(answer: QuerySolutions | QueryBoolean | QueryTriples, source: str) -> bytes:
    """Serialise an answer in the engine: a letter for its kind, then SPARQL JSON or N-Triples."""

    def serialise() -> bytes:
        if isinstance(answer, QuerySolutions):
            return b"S" + (answer.serialize(format=QueryResultsFormat.JSON) or b"")
        if isinstance(answer, QueryBoolean):
            return b"B" + (b"1" if answer else b"0")
        return b"G" + (answer.serialize(format=RdfFormat.N_TRIPLES) or b"")

    return _guarded(serialise, source)


def _decoded(encoded: bytes) -> Result:
    kind, payload = _KINDS[encoded[:1]], encoded[1:]
    if kind == answers.ASK:
        return answers.Result(kind, boolean=payload == b"1")
    if kind == answers.SELECT:
        answer = pyoxigraph.parse_query_results(payload, QueryResultsFormat.JSON)
        return answers.of_engine(answer)
    triples = {quad.triple for quad in pyoxigraph.parse(payload, RdfFormat.N_TRIPLES)}
    return answers.Result(kind, triples=tuple(sorted(triples, key=str)))
