"""The compiled graph in memory, and how it is asked.

Knows the query engine's habits and loads only what a query can see. Knows nothing of saved queries;
`amcc_kg.graph.remote` is the same for a graph behind a SPARQL endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pyoxigraph
from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from amcc_kg.graph import answers, child_process
from amcc_kg.graph.answers import Question, Result
from amcc_kg.graph.cache import Compiled
from amcc_kg.sparql.checks import engine_error, mentions, refuse_outside, syntax_error
from amcc_kg.sparql.deviations import mended
from amcc_kg.sparql.prologue import with_values
from amcc_kg.sparql.tokens import load_names
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import EngineError, InputError


class QueryStore(Protocol):
    """What can be asked: this module's `LocalStore`, or `amcc_kg.graph.remote.RemoteStore`."""

    def evaluate(self, question: Question, *, source: str = "<query>", named: bool = False) -> Result:
        """Answer a question; see `LocalStore.evaluate`."""


class LocalStore:
    """A compiled graph in the query engine, loaded piece by piece as queries need it."""

    def __init__(self, compiled: Compiled, *, isolated: bool = False, whole: Store | None = None) -> None:
        """Hold a compiled graph; with `isolated`, every query runs in a process of its own that may die.

        `whole` is a store that already holds all of it, as `engine` returns it.
        """
        self._compiled = compiled
        self._isolated = isolated
        self._stores = {} if whole is None else {(True, True): whole}

    def evaluate(self, question: Question, *, source: str = "<query>", named: bool = False) -> Result:
        """Answer a question, reading no further than its limit.

        `source` is what an error calls the query. With `named`, the store that is asked holds the named
        graphs even if the query names none, because that of evidence will be asked next. Raises
        `PlacedError` for a syntax error, `InputError` for a query that reaches outside the graph or a
        parameter that it cannot take, `EngineError` if the engine gives up.
        """
        text, limit = question.whole, question.limit
        ahead = len(text) - len(question.text)
        named = named or mentions(text, "graph") or mentions(text, "from")
        store = self.engine(inference=question.inference, named=named)

        if not text.isascii():
            load_names()

        def known(iri: str) -> bool:
            return store.contains_named_graph(NamedNode(iri))

        written = with_values(text, question.bindings)
        engine_text = mended(written, cut=limit is not None)

        def graphs() -> Iterator[str]:
            return (graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode))

        def answer() -> QuerySolutions | QueryBoolean | QueryTriples:
            refuse_outside(text, source, known, ahead, graphs)
            try:
                return store.query(engine_text)
            except SyntaxError as error:
                # Of the text as the user wrote it, for the place.
                if found := engine_error(text):
                    raise found from error
                for name, bound in question.bindings.items():
                    if engine_error(with_values(text, {name: bound})):
                        reason = f"the query computes ?{name} itself, so that it is no parameter"
                        raise InputError(f"{source}: {reason}") from error
                return store.query(written)

        try:
            if not child_process.AVAILABLE or not (self._isolated or question.timeout is not None):
                return answers.of_engine(answer(), limit)
            if limit is None:
                return _decoded(child_process.run(lambda: _encoded(answer()), question.timeout))
            # What is read row by row is not the engine's to write down. Imported before the child is forked.
            import pickle

            def read() -> bytes:
                return pickle.dumps(answers.of_engine(answer(), limit))

            found: Result = pickle.loads(child_process.run(read, question.timeout))
            return found
        except SyntaxError as error:
            raise syntax_error(text, source, error, ahead) from error
        except (RuntimeError, OSError, ValueError) as error:
            raise EngineError(f"{source}: {' '.join(str(error).split())}") from error

    def engine(self, *, inference: bool = True, named: bool = True) -> Store:
        """Return the engine's store with the default graph and, where asked for, the named graphs."""
        if not named and (inference, True) in self._stores:
            # Without GRAPH and FROM a query sees no named graphs, so it need not be told that they are there.
            named = True
        if (inference, named) not in self._stores:
            store, compiled = Store(), self._compiled
            parts = [compiled.asserted, compiled.inferred if inference else b""]
            content = b"".join([*parts, compiled.named if named else b""])  # N-Triples are N-Quads
            plain, blank = _divided(content)
            store.load(plain, RdfFormat.N_QUADS, lenient=True)
            # Not by `load`, which gives blank nodes new names each time: with those that they were compiled
            # with, an answer is the same in every process.
            store.extend(pyoxigraph.parse(blank, RdfFormat.N_QUADS, lenient=True))
            if named and inference:
                graph = NamedNode(prefixes.INFERRED_GRAPH)
                store.load(compiled.inferred, RdfFormat.N_TRIPLES, lenient=True, to_graph=graph)
            self._stores[inference, named] = store
        return self._stores[inference, named]


def _divided(content: bytes) -> tuple[bytes, bytes]:
    """Return the lines of N-Quads that have no blank node, and those that may have one."""
    plain: list[bytes] = []
    blank: list[bytes] = []
    end = 0
    while (found := content.find(b"_:", end)) >= 0:
        start = content.rfind(b"\n", end, found) + 1 or end
        plain.append(content[end:start])
        end = content.index(b"\n", found) + 1
        blank.append(content[start:end])
    return b"".join([*plain, content[end:]]), b"".join(blank)


def _encoded(answer: QuerySolutions | QueryBoolean | QueryTriples) -> bytes:
    """Serialise an answer in the engine: G and N-Triples, or R and SPARQL JSON."""
    if isinstance(answer, QueryTriples):
        return b"G" + (answer.serialize(format=RdfFormat.N_TRIPLES) or b"")
    return b"R" + (answer.serialize(format=QueryResultsFormat.JSON) or b"")


def _decoded(encoded: bytes) -> Result:
    kind, payload = encoded[:1], encoded[1:]
    if kind == b"G":
        return answers.of_triples(quad.triple for quad in pyoxigraph.parse(payload, RdfFormat.N_TRIPLES))
    return answers.of_engine(pyoxigraph.parse_query_results(payload, QueryResultsFormat.JSON))
