"""Statements written down in the syntaxes of RDF, and as rows for a spreadsheet.

Terms are written as they were read, sorted, so that the same statements are the same bytes. Knows no graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple

from amcc_kg.graph import answers, formats
from amcc_kg.serving.resources import json_ld, wellformed
from amcc_kg.serving.resources.statements import Evidence
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


def write(statements: Evidence, more: Iterable[Triple], format: str, first: str = "") -> bytes:
    """Return statements in a format of `SYNTAXES`, or as CSV.

    Where the format knows named graphs, or as CSV, each statement also stands in those that hold it; `more`
    are triples about them. What is said of the IRI `first` comes first, but in JSON-LD. Raises
    `UnsayableError` for what RDF/XML or JSON-LD cannot say.
    """
    if format == "csv":
        return _rows(statements)
    # Whoever reads Turtle starts at its top: the thing first, and of each subject what kind of thing it is.
    lead, kind = NamedNode(first or "x:"), NamedNode(f"{terms.RDF}type")
    triples = sorted(
        {*statements, *more},
        key=lambda t: (t.subject != lead, str(t.subject), t.predicate != kind, str(t)),
    )
    prefixes = used_prefixes(triples)
    syntax = SYNTAXES[format]
    if syntax is RdfFormat.RDF_XML:
        wellformed.refuse_syntax(triples)
        return wellformed.graph(_serialized(triples, syntax, prefixes), triples)
    if syntax is RdfFormat.JSON_LD:
        return json_ld.write(triples)
    if format not in _DATASETS:
        return _serialized(triples, syntax, prefixes)
    quads = [_quad(triple) for triple in triples]
    named = [(name, triple) for triple, names in statements.items() for name in names]
    quads += [_quad(triple, NamedNode(name)) for name, triple in sorted(named, key=str)]
    return _serialized(quads, syntax, prefixes | used_prefixes(quads))


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


def _quad(triple: Triple, graph: NamedNode | None = None) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def _serialized(
    content: Iterable[Triple] | Iterable[Quad], syntax: RdfFormat, prefixes: dict[str, str]
) -> bytes:
    return pyoxigraph.serialize(content, format=syntax, prefixes=prefixes) or b""


def _rows(statements: Evidence) -> bytes:
    """Return a row for each statement and graph that holds it."""
    solutions = [
        (triple.subject, triple.predicate, triple.object, NamedNode(name) if name else None)
        for triple, names in statements.items()
        for name in names or ("",)
    ]
    columns = ("subject", "predicate", "object", "graph")
    return formats.write(answers.Result(answers.SELECT, columns, tuple(solutions)), "csv").encode()
