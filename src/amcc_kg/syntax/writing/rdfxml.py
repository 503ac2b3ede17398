"""RDF/XML in its plainest subset, which every reader reads: an `rdf:Description` a subject, all sorted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from rdflib import RDF, XSD, BNode, Literal
from rdflib.term import Node

from amcc_kg.syntax.writing import ntriples
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import xml_text
from amcc_kg.terms.errors import InputError

_NAME_AT_END = re.compile(r"[A-Za-z_][-.\w]*\Z")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def serialize(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> bytes:
    """Return the triples as RDF/XML.

    Raises `InputError` for what XML cannot say: a predicate that ends in no name, a control character.
    """
    about: dict[Node, list[Triple]] = defaultdict(list)
    for triple in sorted(set(triples), key=lambda t: [ntriples.order(node) for node in t]):
        about[triple[0]].append(triple)
    names = _element_names({t[1] for group in about.values() for t in group}, prefixes)
    namespaces = {prefix: namespace for prefix, namespace, _ in names.values()} | {"rdf": str(RDF)}
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF']
    parts += [f"\n    xmlns:{prefix}={xml_text.attribute(ns)}" for prefix, ns in sorted(namespaces.items())]
    parts.append(">\n")
    for subject, group in about.items():
        kind = "nodeID" if isinstance(subject, BNode) else "about"
        parts.append(f"\n  <rdf:Description rdf:{kind}={xml_text.attribute(str(subject))}>\n")
        parts += [_property(names[p], o) for _, p, o in group]
        parts.append("  </rdf:Description>\n")
    parts.append("</rdf:RDF>\n")
    return "".join(parts).encode()


def _property(name: tuple[str, str, str], node: Node) -> str:
    element = f"{name[0]}:{name[2]}"
    if not isinstance(node, Literal):
        kind = "nodeID" if isinstance(node, BNode) else "resource"
        return f"    <{element} rdf:{kind}={xml_text.attribute(str(node))}/>\n"
    if _NOT_XML.search(node):
        raise InputError(f"{ntriples.term(node)} holds a control character, which XML cannot carry")
    attribute = ""
    if node.language:
        attribute = f' xml:lang="{node.language}"'
    elif node.datatype is not None and node.datatype != XSD.string:
        attribute = f" rdf:datatype={xml_text.attribute(node.datatype)}"
    return f"    <{element}{attribute}>{xml_text.text(node)}</{element}>\n"


def _element_names(predicates: set[Node], prefixes: Mapping[str, str]) -> dict[Node, tuple[str, str, str]]:
    """Return the prefix, the namespace and the local name of each predicate."""
    known = {namespace: prefix for prefix, namespace in prefixes.items()}
    names = {}
    for predicate in sorted(predicates, key=str):
        match = _NAME_AT_END.search(str(predicate))
        if match is None:
            raise InputError(f"<{predicate}> ends in no XML name, so RDF/XML cannot say it")
        namespace = str(predicate)[: match.start()]
        prefix = known.setdefault(namespace, f"ns{len(known)}")
        names[predicate] = (prefix, namespace, match[0])
    return names
