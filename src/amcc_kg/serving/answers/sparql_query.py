"""SPARQL in a worker: parse, refuse, evaluate, write down, all within bounds.

The answer is written by the engine straight into the format that the client prefers; where its rows are to
show what they rest on, they are read first. Knows the engine; nothing of HTTP but the status that fits a
refusal.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any, TypeAlias

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Store,
    Triple,
)

from amcc_kg.diagnosis import diagnosis
from amcc_kg.graph import answers
from amcc_kg.graph.answers import Question, Result, Sought
from amcc_kg.graph.hints import Hint, header, is_doubtful
from amcc_kg.graph.store import LocalStore
from amcc_kg.receipts.answer_receipts import Receipts
from amcc_kg.serving.answers import saved_answers
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, refusal
from amcc_kg.serving.pages import views
from amcc_kg.serving.resources import serialization
from amcc_kg.serving.workers.tasks import Loaded, once, too_large
from amcc_kg.sparql import printer, reader
from amcc_kg.sparql.checks import mentions, refuse_deep, refuse_outside, syntax_error
from amcc_kg.sparql.deviations import mended
from amcc_kg.terms import prefixes as terms
from amcc_kg.terms.errors import EngineError, InputError, PlacedError

Found: TypeAlias = QuerySolutions | QueryBoolean | QueryTriples

_RESULTS = {
    offer.name: syntax
    for offer in negotiation.OFFERS["select"]
    if (syntax := QueryResultsFormat.from_media_type(offer.type))
}
# What the engine's answers are, as `negotiation` names their kinds.
_KINDS = {QuerySolutions: "select", QueryBoolean: "ask", QueryTriples: "graph"}
_EMPTY_LINE = re.compile(rb"(?<=\r\n)\r\n")
_BARE = 4096  # bytes
_MOST_READ = 20_000  # characters of a query that is looked through for slips
# An IRI that may be meant from a base, which the engine is told of beside the query.
_RELATIVE = re.compile("<[^<>:\\s]*>")


def answer(
    loaded: Loaded, call: dict[str, Any], store: Store, show: Callable[[Result], Answer] | None = None
) -> Answer:
    """Answer a query over a store, as `show` does with what has been read or else in a format.

    `call` holds `query`, `default` and `named` (the protocol's graph IRIs), `formats` (for each kind of
    answer the name of the representation to write, None where the client takes none), `evidence` (whether
    rows show what they rest on), `infer` (whether what is inferred counts), `rows` and `bytes` (the bounds),
    and perhaps `ahead` (how many characters at the head of the query are not the client's).
    """
    text, evidence, ahead = call["query"], call["evidence"], call.get("ahead", 0)
    start = monotonic()
    if evidence and loaded.knowledge is None:
        return refusal(400, "plain files are served here, and no evidence with them")
    try:
        refuse_deep(text[ahead:])
        found = _evaluate(store, text, call["default"], call["named"], ahead)
        kind = next(kind for type, kind in _KINDS.items() if isinstance(found, type))
        read = _read(loaded, call, store, found) if evidence or show else None
        if read is not None and show:
            return show(replace(read, hints=_hints(loaded, call, store, start, kind, len(read))))
        offered, format = f"evidence-{kind}" if evidence else kind, call["formats"][kind]
        if format is None:
            return refusal(406, f"this answer can be had as {negotiation.media_types(offered)}")
        if read is not None:
            body = saved_answers.written(loaded, read, format, evidence)
            body = serialization.within(body, call["bytes"])
        else:
            body = _written(found, format, call["rows"], call["bytes"])
    except SyntaxError as error:
        return refusal(400, _placed(syntax_error(text, "", error, ahead)))
    except PlacedError as error:
        return refusal(400, _placed(error))
    except serialization.TooLargeError as error:
        return too_large(str(error))
    except serialization.UnsayableError as error:
        others = negotiation.media_types(offered, without=format)
        return refusal(406, f"{error}; this answer can be had as {others}")
    except InputError as error:
        return refusal(406, str(error))
    except (RuntimeError, OSError, ValueError) as error:
        raise EngineError(f"the query failed: {' '.join(str(error).split())}") from error
    # Without rows there is little besides the names of the columns.
    count = len(read) if read is not None else len(body) > _BARE or _count(body, kind, format)
    hints = header(_hints(loaded, call, store, start, kind, count))
    return Answer(200, body, negotiation.named(offered, format).media, hints)


def _count(body: bytes, kind: str, format: str) -> int:
    """Return how many rows an answer has, whether a graph has triples; one for a yes or no."""
    if kind == answers.GRAPH:
        return body != write_graph((), format, {})
    return ROWS[format](body) if kind == answers.SELECT else 1


def _hints(
    loaded: Loaded, call: dict[str, Any], store: Store, start: float, kind: str, count: int
) -> tuple[Hint, ...]:
    """Return the hints on a query with so many rows or triples; why it has none only if that was fast."""
    if call["default"] or call["named"] or len(call["query"]) > _MOST_READ:
        return ()  # what they were of is another dataset, or they would take longer than the answer
    text = _whole(call)
    is_empty = kind != answers.ASK and not count
    if not is_empty and not is_doubtful(text, store):
        return ()
    ahead = len(text) - len(call["query"]) + call.get("ahead", 0)
    everything = None if call["infer"] else loaded.store
    spent: dict[str, Any] = {"taken": monotonic() - start, "timeout": call.get("seconds"), "isolated": False}
    spent |= {"is_empty": is_empty, "everything": everything, "ahead": ahead}
    return diagnosis.hints(Question(text), store, **spent)


@once
def asserted(loaded: Loaded) -> Store:
    """Return a store without what is inferred; of plain files nothing is."""
    if loaded.knowledge is None:
        return loaded.store
    return LocalStore(loaded.knowledge.compiled).engine(inference=False)


def _read(loaded: Loaded, call: dict[str, Any], store: Store, found: Found) -> Result:
    """Return what an answer holds, and how its receipts are found; raises `TooLargeError`."""
    most = call["rows"]
    result = answers.of_engine(found, most + 1)
    if len(result) > most:
        raise serialization.TooLargeError(f"{most} {'triples' if result.kind == answers.GRAPH else 'rows'}")
    if loaded.knowledge is None:
        return result
    question = Question(_whole(call), inference=call["infer"])
    compiled = loaded.knowledge.compiled
    return replace(
        result, sought=Sought(lambda: Receipts(result, question, store, views.NO_SOURCES, compiled))
    )


def _whole(call: dict[str, Any]) -> str:
    """Return a query that means by itself what it means with the dataset and the base told beside it."""
    text, graphs = call["query"], [[f"<{iri}>" for iri in call[part]] for part in ("default", "named")]
    if any(graphs):
        with suppress(reader.UnreadableError):
            text = printer.query(
                reader.read(text)._replace(defaults=tuple(graphs[0]), named=tuple(graphs[1]))
            )
    # On the first line, so that places in the query keep their lines.
    return f"BASE <{terms.BASE}> {text}" if _RELATIVE.search(text) else text


def _evaluate(store: Store, text: str, default: list[str], named: list[str], ahead: int) -> Found:
    def there() -> list[str]:
        return [graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode)]

    refuse_outside(text, "", lambda iri: store.contains_named_graph(NamedNode(iri)), ahead, there)
    dataset: dict[str, Any] = {}
    if default or named:
        # https://www.w3.org/TR/sparql11-protocol/#dataset: the protocol's dataset replaces the query's.
        graphs = [_graph(iri) for iri in default], [_graph(iri) for iri in named]
        for graph in (*graphs[0], *graphs[1]):
            # A query without patterns looks at no graph, so none is missing: W3C protocol tests rely on it.
            if not store.contains_named_graph(graph) and _has_patterns(text):
                raise PlacedError("", 0, None, f"{graph} is no graph here, and nothing is fetched")
        dataset = {"default_graph": graphs[0], "named_graphs": graphs[1]}
    try:
        return store.query(mended(text, merged=len(default) > 1), base_iri=terms.BASE, **dataset)
    except SyntaxError:
        # Again as the client wrote it, for the place.
        return store.query(text, base_iri=terms.BASE, **dataset)


def _graph(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise PlacedError("", 0, None, f"{iri[:200]!r} is no IRI") from error


def _has_patterns(text: str) -> bool:
    """Tell whether a query may match anything in a graph; in doubt it does."""
    try:
        select = reader.read(text).select
    except reader.UnreadableError:
        return True
    return bool(select.where.elements or select.values) or mentions(text, "exists")


def _placed(error: PlacedError) -> str:
    """Return an error with its place in words; line 0 is the request's, not the query's."""
    if error.line == 0:
        return error.reason
    column = "" if error.column is None else f", column {error.column}"
    return f"line {error.line}{column}: {error.reason}"


def _written(found: Found, format: str, most_rows: int, most_bytes: int) -> bytes:
    if isinstance(found, QuerySolutions | QueryBoolean):
        sink = serialization.Sink(most_bytes)
        found.serialize(sink, format=_RESULTS[format])
        body = sink.getvalue()
        if format == "csv" and isinstance(found, QuerySolutions) and len(found.variables) == 1:
            body = serialization.within(_with_cells(body), most_bytes)
        if format == "xml":
            body = serialization.within(serialization.wellformed_results(body), most_bytes)
        # No row takes fewer than two bytes.
        if len(body) > 2 * most_rows and ROWS[format](body) > most_rows:
            raise serialization.TooLargeError(f"{most_rows} rows")
        return body
    triples: set[Triple] = set()
    for triple in found:
        triples.add(triple)
        if len(triples) > most_rows:
            raise serialization.TooLargeError(f"{most_rows} triples")
    return write_graph(triples, format, {}, most_bytes)


def write_graph(
    triples: Iterable[Triple], format: str, prefixes: dict[str, str], most: int = sys.maxsize
) -> bytes:
    """Return triples in a syntax of `negotiation`'s graphs, with those known prefixes that they use.

    Raises `UnsayableError` for what the syntax cannot say, `TooLargeError` for more than `most` bytes.
    """
    # Sorted, so that what is said of a thing stands together and the same graph is the same bytes.
    ordered = sorted(triples, key=str)
    names = {node.value for triple in ordered for node in triple if isinstance(node, NamedNode)}
    used = {
        prefix: space
        for prefix, space in (terms.PREFIXES | prefixes).items()
        if any(name.startswith(space) for name in names)
    }
    return serialization.serialize(ordered, format, used, most=most)


def _with_cells(body: bytes) -> bytes:
    """Return CSV of one column with `""` for its empty cells: an empty line is no row to most readers."""
    pieces = body.split(b'"')
    # Every other piece is outside of quotation marks.
    pieces[::2] = [_EMPTY_LINE.sub(b'""\r\n', piece) for piece in pieces[::2]]
    return b'"'.join(pieces)


def _csv_rows(body: bytes) -> int:
    # Every other piece between quotation marks is outside of them; a doubled mark only splits a piece.
    return sum(piece.count(b"\n") for piece in body.split(b'"')[::2]) - 1


def _json_rows(body: bytes) -> int:
    # Outside of strings, a row's end meets the next one's beginning nowhere but between rows.
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")
    outside = b"".join(plain.split(b'"')[::2])
    return outside.count(b"},{") + (b"[{" in outside)


ROWS: dict[str, Callable[[bytes], int]] = {
    "json": _json_rows,
    "xml": lambda body: body.count(b"<result>"),
    "csv": _csv_rows,
    "tsv": lambda body: body.count(b"\n") - 1,
}
