"""SHACL property paths (section 2.3.1) as plain values: read from a shapes graph, written as SPARQL
and as rdflib has them.

A path is the key of a predicate, or a tuple: `("^", path)`, `("/", path, …)`, `("|", path, …)`,
`("*", path)`, `("+", path)`, `("?", path)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from amcc_kg.terms import keys
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.shapes_graph import IllFormed, ShapesGraph

Path: TypeAlias = "str | tuple[Any, ...]"

SIGNS = {
    "inversePath": "^",
    "alternativePath": "|",
    "zeroOrMorePath": "*",
    "oneOrMorePath": "+",
    "zeroOrOnePath": "?",
}
"""What describes a path that is no sequence, with its operator."""

# Deeper than anybody writes, and less deep than what Python can follow.
_DEPTH = 100


def read(graph: ShapesGraph, node: int, above: tuple[int, ...] = ()) -> Path:
    """Return the path that a node describes; `above` lead to it. Raises `IllFormed` if it is none."""
    key = graph.key(node)
    if keys.is_iri(key):
        return key
    if key[0] == '"':
        raise IllFormed("a literal is no path")
    if keys.is_triple_term(key):
        raise IllFormed("a triple term is no path")
    if node in above:
        raise IllFormed("a path that leads to itself")
    if len(above) == _DEPTH:
        raise IllFormed(f"a path nested deeper than {_DEPTH} levels")
    above = (*above, node)
    if graph.objects(node, names.FIRST):
        members = graph.items(node)
        if len(members) < 2:
            raise IllFormed("a sequence of fewer than two paths")
        return joined("/", [read(graph, member, above) for member in members])
    found = [name for name in SIGNS if graph.objects(node, names.sh(name))]
    if len(found) != 1:
        raise IllFormed(f"{key} is no path")
    sign, inner = SIGNS[found[0]], graph.value(node, names.sh(found[0]))
    assert inner is not None
    if sign == "|":
        members = graph.items(inner)
        if len(members) < 2:
            raise IllFormed("fewer than two alternative paths")
        return joined("|", [read(graph, member, above) for member in members])
    return (sign, read(graph, inner, above))


def joined(operator: str, parts: Iterable[Path]) -> Path:
    """Return a sequence or alternative; one inside another of its kind is one with it, as for rdflib."""
    flat: list[Path] = []
    for part in parts:
        flat += part[1:] if part[0] == operator else [part]
    return (operator, *flat)


def parts(path: Path) -> Iterator[Path]:
    """Yield a path and the paths in it."""
    yield path
    for part in () if isinstance(path, str) else path[1:]:
        yield from parts(part)


def predicates(path: Path) -> Iterator[str]:
    """Yield the keys of the predicates of a path."""
    return (part for part in parts(path) if isinstance(part, str))


def text(path: Path | None, brackets: bool = False) -> str:
    """Return a path in SPARQL, the empty string for none; with `brackets`, every part stands in some."""
    if path is None or isinstance(path, str):
        return path or ""
    operator, *inner = path
    texts = [f"({text(p)})" if not brackets and p[0] in ("/", "|") else text(p, brackets) for p in inner]
    if operator in ("/", "|"):
        found = str(operator).join(texts)
    else:
        found = f"^{texts[0]}" if operator == "^" else f"{texts[0]}{operator}"
    return f"({found})" if brackets else found


def to_rdflib(path: Path) -> Any:
    """Return a path as rdflib's: a `URIRef` or one of `rdflib.paths`."""
    from rdflib import URIRef
    from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath

    if isinstance(path, str):
        return URIRef(path[1:-1])
    operator, *parts = path
    inner = [to_rdflib(part) for part in parts]
    if operator == "/":
        return SequencePath(*inner)
    if operator == "|":
        return AlternativePath(*inner)
    return InvPath(inner[0]) if operator == "^" else MulPath(inner[0], operator)
