"""Statements written down in the syntaxes of RDF, and as rows for a spreadsheet; a few are read, too.

The engine writes, but for JSON-LD: its own has no context and puts classes where no frame looks for them.
Terms are written as they were read, sorted, so that the same statements are the same bytes. Knows no graph.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple

from amcc_kg.graph import answers
from amcc_kg.serving.resources import wellformed
from amcc_kg.serving.resources.statements import TYPE, Evidence
from amcc_kg.syntax.writing import jsonld
from amcc_kg.terms import prefixes as terms

SYNTAXES = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
    "trig": RdfFormat.TRIG,
    "nquads": RdfFormat.N_QUADS,
}
_PLAIN = re.compile(r"[A-Za-z0-9_]+(?:[-A-Za-z0-9_]*[A-Za-z0-9_])?")
_DATASETS = ("trig", "nquads")
_TEXT = frozenset((f"{terms.XSD}string", f"{terms.RDF}langString", f"{terms.RDF}dirLangString"))


class TooLargeError(Exception):
    """What is written has grown beyond its bound; the text says which."""


class Sink(BytesIO):
    """Takes what the engine writes until it is more than `most` bytes; then raises `TooLargeError`."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, chunk: Any) -> int:
        """Take a piece; return how long it is."""
        written = super().write(chunk)
        if self.tell() > self._most:
            raise TooLargeError(f"{self._most} bytes")
        return written


def within(body: bytes, most: int) -> bytes:
    """Return what may have grown after it was written; raises `TooLargeError`."""
    if len(body) > most:
        raise TooLargeError(f"{most} bytes")
    return body


def read(turtle: str, base: str, prefixes: Mapping[str, str] = terms.PREFIXES) -> list[Triple]:
    """Return what a text of this program says in Turtle, in which prefixes need no declaration."""
    declared = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in prefixes.items())
    return [quad.triple for quad in pyoxigraph.parse(declared + turtle, RdfFormat.TURTLE, base_iri=base)]


def write(statements: Evidence, more: Iterable[Triple], format: str, first: str = "") -> bytes:
    """Return statements in a format of `SYNTAXES`, or as CSV.

    Where the format knows named graphs, or as CSV, each statement also stands in those that hold it; `more`
    are triples about them. What is said of the IRI `first` comes first, but in JSON-LD. Raises
    `UnsayableError` for what RDF/XML or JSON-LD cannot say.
    """
    if format == "csv":
        return _rows(statements)
    # Whoever reads Turtle starts at its top: the thing first, and of each subject what kind of thing it is.
    lead, kind = NamedNode(first or "x:"), NamedNode(TYPE)
    triples = sorted(
        {*statements, *more},
        key=lambda t: (t.subject != lead, str(t.subject), t.predicate != kind, str(t)),
    )
    named = [(name, triple) for triple, names in statements.items() for name in names]
    in_graphs = sorted(named, key=str) if format in _DATASETS else ()
    graphs = [Quad(t.subject, t.predicate, t.object, NamedNode(name)) for name, t in in_graphs]
    return serialize(triples, format, used_prefixes([*triples, *graphs]), graphs)


def serialize(
    triples: list[Triple],
    format: str,
    prefixes: Mapping[str, str],
    graphs: Iterable[Quad] = (),
    most: int = sys.maxsize,
) -> bytes:
    """Return triples in a format of `SYNTAXES`, in their order but in JSON-LD, and after them named graphs.

    Raises `UnsayableError`, and `TooLargeError` for what takes more than `most` bytes.
    """
    if format == "jsonld":
        parts = ((_term(t.subject), _term(t.predicate), _term(t.object)) for t in triples)
        return within(jsonld.document(parts, terms.PREFIXES), most)
    if format == "rdfxml":
        wellformed.refuse_syntax(triples)
    content = [*(Quad(*triple) for triple in triples), *graphs] if format in _DATASETS else triples
    sink = Sink(most)
    pyoxigraph.serialize(content, sink, SYNTAXES[format], prefixes=dict(prefixes))
    body = sink.getvalue()
    return within(wellformed.graph(body, triples), most) if format == "rdfxml" else body


def used_prefixes(content: Iterable[Triple | Quad]) -> dict[str, str]:
    """Return the prefixes that IRIs of the content may be shortened with.

    A prefix that would leave a slash in some name is left out: not every parser knows the escape for it.
    """
    found, slashed = {}, set()
    for item in content:
        for node in item:
            node = getattr(node, "datatype", node)
            if isinstance(node, NamedNode):
                prefix, mark, name = terms.shorten(node.value).partition(":")
                if mark and prefix in terms.PREFIXES:
                    found[prefix] = terms.PREFIXES[prefix]
                    if not _PLAIN.fullmatch(name):
                        slashed.add(prefix)
    return {prefix: found[prefix] for prefix in sorted(found.keys() - slashed)}


def _rows(statements: Evidence) -> bytes:
    """Return a row for each statement and graph that holds it."""
    rows = [
        (*triple, NamedNode(name) if name else None)
        for triple, names in statements.items()
        for name in names or ("",)
    ]
    columns = ("subject", "predicate", "object", "graph")
    return answers.write(answers.Result(answers.SELECT, columns, tuple(rows)), "csv").encode()


def _term(node: object) -> jsonld.Term:
    """Return a term as the writer of JSON-LD takes it; raises `UnsayableError` for a triple term."""
    if isinstance(node, NamedNode):
        return jsonld.Term(jsonld.IRI, node.value)
    if isinstance(node, BlankNode):
        return jsonld.Term(jsonld.BLANK, node.value)
    if not isinstance(node, Literal):
        raise wellformed.UnsayableError("JSON-LD has no way to write a triple term")
    datatype = "" if node.datatype.value in _TEXT else node.datatype.value
    direction = node.direction.value if node.direction is not None else ""
    return jsonld.Term(jsonld.LITERAL, node.value, datatype, node.language or "", direction)
