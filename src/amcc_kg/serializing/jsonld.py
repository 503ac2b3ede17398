"""JSON-LD 1.1, flattened: one object for each subject, sorted, every literal as a string with its datatype.

Numbers stay strings (`{"@type": "xsd:integer", "@value": "01"}`), because a JSON
number has no lexical form to keep.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from rdflib import RDF, XSD, Literal, URIRef

from amcc_kg.serializing import ntriples
from amcc_kg.serializing.turtle import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeAlias

    from rdflib.term import Node

    from amcc_kg.serializing.ntriples import Triple

    Json: TypeAlias = str | dict[str, str]


def serialize(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> bytes:
    """Return the triples as one JSON-LD document with a context of the prefixes it uses."""
    names = Names(prefixes)
    about: dict[Node, dict[str, list[Json]]] = defaultdict(lambda: defaultdict(list))
    for s, p, o in sorted(set(triples), key=lambda t: [ntriples.order(node) for node in t]):
        if p == RDF.type and not isinstance(o, Literal):
            about[s]["@type"].append(_identifier(o, names))
        else:
            about[s][_identifier(p, names)].append(_value(o, names))
    graph = [{"@id": _identifier(subject, names), **properties} for subject, properties in about.items()]
    document = {"@context": dict(sorted(names.used.items())), "@graph": graph}
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _identifier(node: Node, names: Names) -> str:
    if isinstance(node, URIRef):
        return names.shorten(node) or str(node)
    return ntriples.term(node)


def _value(node: Node, names: Names) -> Json:
    if not isinstance(node, Literal):
        return {"@id": _identifier(node, names)}
    if node.language:
        return {"@language": node.language, "@value": str(node)}
    if node.datatype is None or node.datatype == XSD.string:
        return str(node)
    return {"@type": _identifier(node.datatype, names), "@value": str(node)}
