"""Statements of the query engine as JSON-LD, written as the downloads are.

The engine's own writer gives no context and puts classes where no frame looks for them.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from amcc_kg.serving.resources.wellformed import UnsayableError
from amcc_kg.syntax.writing import jsonld
from amcc_kg.syntax.writing.jsonld import Term
from amcc_kg.terms import prefixes

_PLAIN = frozenset((f"{prefixes.XSD}string", f"{prefixes.RDF}langString", f"{prefixes.RDF}dirLangString"))


def write(triples: Iterable[Triple]) -> bytes:
    """Return triples as JSON-LD; raises `UnsayableError` for a triple term, for which it has no words."""
    parts = ((_term(t.subject), _term(t.predicate), _term(t.object)) for t in triples)
    return jsonld.document(parts, prefixes.PREFIXES)


def _term(node: object) -> Term:
    if isinstance(node, NamedNode):
        return Term(jsonld.IRI, node.value)
    if isinstance(node, BlankNode):
        return Term(jsonld.BLANK, node.value)
    if not isinstance(node, Literal):
        raise UnsayableError("JSON-LD has no way to write a triple term")
    datatype = node.datatype.value
    direction = node.direction.value if node.direction is not None else ""
    return Term(
        jsonld.LITERAL, node.value, "" if datatype in _PLAIN else datatype, node.language or "", direction
    )
