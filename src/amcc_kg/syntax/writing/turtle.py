"""Turtle and TriG: subjects, predicates and objects sorted, one predicate a line, prefixes only where used.

Blank nodes that one triple refers to are written inside it, lists as `( … )`; both are ordered by what they
say, so that the labels which a parser happened to give do not show.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from rdflib import RDF, XSD, BNode, Literal, URIRef
from rdflib.term import Node

from amcc_kg.syntax.writing import ntriples
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms.prefixes import ShortNames

# Only what every parser reads back as it stands: rdflib takes a bare 01 for 1 and a bare .5 for 0.5.
_BARE = {XSD.integer: re.compile(r"0|-?[1-9][0-9]*"), XSD.boolean: re.compile(r"true|false")}
_INDENT = "    "


def serialize(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> bytes:
    """Return the triples as Turtle."""
    names = ShortNames(prefixes)
    return _document(names, statements(triples, names))


def statements(triples: Iterable[Triple], names: ShortNames) -> str:
    """Return the triples as Turtle without the `@prefix` lines that `names` now asks for."""
    return _Block(triples, names, frozenset()).text("")


def serialize_quads(graphs: Mapping[Node | None, Iterable[Triple]], prefixes: Mapping[str, str]) -> bytes:
    """Return named graphs as TriG: the default graph (the key None) first, the others by name.

    A blank node that stands in several graphs keeps its label, so that it stays one node.
    """
    names = ShortNames(prefixes)
    contents = {name: set(triples) for name, triples in graphs.items()}
    places = Counter(node for triples in contents.values() for node in _blank_nodes(triples))
    shared = frozenset(node for node, count in places.items() if count > 1)
    blocks = []
    for name in sorted((n for n in contents if n is not None), key=ntriples.order):
        text = _Block(contents[name], names, shared).text(_INDENT)
        title = names.shorten(str(name)) or ntriples.term(name)
        blocks.append(f"{title} {{\n{text}}}\n")
    default = _Block(contents.get(None, ()), names, shared).text("")
    return _document(names, "\n".join(part for part in (default, *blocks) if part))


def spell(node: Node, names: ShortNames) -> str:
    """Return a term as Turtle: a short name, a bare integer or boolean, or its full spelling."""
    if isinstance(node, URIRef):
        return names.shorten(node) or ntriples.term(node)
    if isinstance(node, Literal) and node.datatype is not None and node.datatype != XSD.string:
        if (bare := _BARE.get(node.datatype)) and bare.fullmatch(node):
            return str(node)
        return f"{ntriples.quoted(node)}^^{spell(node.datatype, names)}"
    return ntriples.term(node)


class _Block:
    """The triples of one graph on their way to text."""

    def __init__(self, triples: Iterable[Triple], names: ShortNames, shared: frozenset[Node]) -> None:
        self._names = names
        self._about: dict[Node, dict[Node, list[Node]]] = defaultdict(lambda: defaultdict(list))
        references: Counter[Node] = Counter()
        parents: dict[Node, Node] = {}
        for s, p, o in set(triples):
            self._about[s][p].append(o)
            if isinstance(o, BNode):
                references[o] += 1
                parents[o] = s
        nested = {n for n, count in references.items() if count == 1 and n not in shared}
        self._nested = {n for n in nested if not _in_cycle(n, parents, nested)}

    def text(self, indent: str) -> str:
        """Return the statements, each indented by `indent` and parted by an empty line."""
        subjects = sorted((s for s in self._about if s not in self._nested), key=ntriples.order)
        said = [f"{indent}{spell(s, self._names)}{self._predicates(s, indent)} .\n" for s in subjects]
        return "\n".join(said)

    def _predicates(self, subject: Node, indent: str) -> str:
        deeper = indent + _INDENT
        lines = []
        for predicate in sorted(self._about[subject], key=lambda p: (p != RDF.type, str(p))):
            verb = "a" if predicate == RDF.type else spell(predicate, self._names)
            ordered = sorted((*_key(o), self._object(o, deeper)) for o in self._about[subject][predicate])
            lines.append(f"{verb} {', '.join(text for *_, text in ordered)}")
        return " " + f" ;\n{deeper}".join(lines)

    def _object(self, node: Node, indent: str) -> str:
        members = self._members(node)
        if members is not None:
            return f"( {' '.join(self._object(m, indent) for m in members)} )" if members else "()"
        if node not in self._nested:
            return spell(node, self._names)
        return f"[{self._predicates(node, indent)} ]" if node in self._about else "[]"

    def _members(self, node: Node) -> list[Node] | None:
        """Return the members of a list that can be written as `( … )`, or None."""
        members: list[Node] = []
        while node != RDF.nil:
            about = self._about.get(node, {})
            if node not in self._nested or set(about) != {RDF.first, RDF.rest}:
                return None
            if len(about[RDF.first]) != 1 or len(about[RDF.rest]) != 1:
                return None
            members.append(about[RDF.first][0])
            node = about[RDF.rest][0]
        return members


def _key(node: Node) -> tuple[int, str]:
    return (2, "") if isinstance(node, BNode) else ntriples.order(node)


def _in_cycle(node: Node, parents: Mapping[Node, Node], nested: set[Node]) -> bool:
    seen = {node}
    while node in nested:
        node = parents[node]
        if node in seen:
            return True
        seen.add(node)
    return False


def _blank_nodes(triples: Iterable[Triple]) -> set[Node]:
    return {node for triple in triples for node in triple if isinstance(node, BNode)}


def _document(names: ShortNames, body: str) -> bytes:
    header = names.header()
    return f"{header}\n{body}".encode() if header else body.encode()
