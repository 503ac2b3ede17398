"""JSON-LD 1.1, flattened: one object for each subject, sorted, every literal as a string with its datatype.

Numbers stay strings (`{"@type": "xsd:integer", "@value": "01"}`), because a JSON number has no lexical form
to keep. Classes stand in `@type` and prefixes in `@context`, so that frames find what they look for.
Downloads and answers are written here alike: `document` knows no RDF library.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from amcc_kg.terms import prefixes as terms
from amcc_kg.terms.prefixes import ShortNames

if TYPE_CHECKING:
    from rdflib.term import Node

    from amcc_kg.syntax.writing.ntriples import Triple

Json: TypeAlias = str | dict[str, str]
IRI, LITERAL, BLANK = range(3)
_STRING = f"{terms.XSD}string"


class Term(NamedTuple):
    """A term of no library in particular; tuples of them are ordered as they are written.

    `value` is an IRI, a lexical form, or a blank node's label. `datatype` is empty for strings, and for text
    in a language; `direction` is the base direction of RDF 1.2.
    """

    kind: int  # `IRI`, `LITERAL` or `BLANK`
    value: str
    datatype: str = ""
    language: str = ""
    direction: str = ""


def serialize(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> bytes:
    """Return rdflib's triples as one JSON-LD document with a context of the prefixes it uses."""
    return document(((_term(s), _term(p), _term(o)) for s, p, o in triples), prefixes)


def document(triples: Iterable[tuple[Term, Term, Term]], prefixes: Mapping[str, str]) -> bytes:
    """Return triples as one JSON-LD document with a context of the prefixes it uses."""
    ordered = sorted(set(triples))
    names = ShortNames(_safe(prefixes, ordered))
    about: dict[Term, dict[str, list[Json]]] = defaultdict(lambda: defaultdict(list))
    for s, p, o in ordered:
        if p.value == f"{terms.RDF}type" and o.kind != LITERAL:
            about[s]["@type"].append(_identifier(o, names))
        else:
            about[s][_identifier(p, names)].append(_value(o, names))
    graph = [{"@id": _identifier(subject, names), **properties} for subject, properties in about.items()]
    content = {"@context": dict(sorted(names.used.items())), "@graph": graph}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _safe(prefixes: Mapping[str, str], triples: Iterable[tuple[Term, Term, Term]]) -> dict[str, str]:
    """Return the prefixes without those that a whole IRI would be taken to begin with, such as `event:1`."""
    schemes = {node.value.partition(":")[0] for triple in triples for node in triple if node.kind == IRI}
    schemes |= {o.datatype.partition(":")[0] for _, _, o in triples}
    return {prefix: namespace for prefix, namespace in prefixes.items() if prefix not in schemes}


def _identifier(node: Term, names: ShortNames) -> str:
    return (names.shorten(node.value) or node.value) if node.kind == IRI else f"_:{node.value}"


def _value(node: Term, names: ShortNames) -> Json:
    if node.kind != LITERAL:
        return {"@id": _identifier(node, names)}
    if node.language:
        direction = {"@direction": node.direction} if node.direction else {}
        return {"@language": node.language, "@value": node.value, **direction}
    if not node.datatype:
        return node.value
    return {"@type": names.shorten(node.datatype) or node.datatype, "@value": node.value}


def _term(node: Node) -> Term:
    """Return a term of rdflib's; raises `InputError` for what RDF 1.1 does not know, such as a variable."""
    from rdflib import BNode, Literal, URIRef

    from amcc_kg.syntax.writing import ntriples

    if isinstance(node, URIRef):
        return Term(IRI, str(node))
    if isinstance(node, Literal):
        datatype = "" if node.language or node.datatype is None else str(node.datatype)
        return Term(LITERAL, str(node), "" if datatype == _STRING else datatype, node.language or "")
    return Term(BLANK, str(node)) if isinstance(node, BNode) else Term(BLANK, ntriples.term(node))
