"""SHACL property paths (section 2.3.1) as plain values: read from a shapes graph, followed, written as
SPARQL.

A path is the key of a predicate, or a tuple: `("^", path)`, `("/", path, …)`, `("|", path, …)`,
`("*", path)`, `("+", path)`, `("?", path)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.shapes_graph import IllFormed, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from amcc_kg.validation.engine.data import Data
    from amcc_kg.validation.shapes.shapes_graph import ShapesGraph

Path: TypeAlias = "str | tuple[Any, ...]"

_REPEATS = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
# How deep the reference follows a path, a member of a sequence counting as one step down.
_DEPTH = 9


def read(graph: ShapesGraph, node: int, depth: int = 0) -> Path:
    """Return the path that a node describes; raises `Unreadable` if it is none, or not read alike by all."""
    key = graph.key(node)
    if key[0] == "<":
        return key
    if key[0] == '"':
        raise IllFormed("a literal is no path")
    if depth > _DEPTH:
        raise Unreadable("a path nested too deeply")
    if graph.objects(node, names.FIRST):
        members = graph.items(node)
        if len(members) < 2:
            raise IllFormed("a sequence of fewer than two paths")
        if depth + len(members) > _DEPTH:
            raise Unreadable("a sequence of too many paths")
        return _joined("/", [read(graph, member, depth + i + 1) for i, member in enumerate(members)])
    found = [n for n in ("inversePath", "alternativePath", *_REPEATS) if graph.objects(node, names.sh(n))]
    if len(found) != 1:
        raise IllFormed(f"{key} is no path")
    inner = graph.value(node, names.sh(found[0]))
    assert inner is not None
    if found[0] == "alternativePath":
        members = graph.items(inner)
        if len(members) < 2:
            raise IllFormed("fewer than two alternative paths")
        return _joined("|", [read(graph, member, depth + 1) for member in members])
    path = read(graph, inner, depth + 1)
    if found[0] == "inversePath":
        if "/" in operators(path):
            # pyshacl turns each step of an inverted sequence, but not their order; its word is taken.
            raise Unreadable("the inverse of a sequence")
        return ("^", path)
    return (_REPEATS[found[0]], path)


def _joined(operator: str, parts: list[Path]) -> Path:
    """Return a sequence or alternative of paths; one inside another of its kind is one with it, as for
    rdflib.
    """
    flat: list[Path] = []
    for part in parts:
        flat += part[1:] if part[0] == operator else [part]
    return (operator, *flat)


def operators(path: Path) -> set[str]:
    """Return the operators of a path."""
    if isinstance(path, str):
        return set()
    return {path[0]}.union(*(operators(part) for part in path[1:]))


def predicates(path: Path) -> Iterator[str]:
    """Yield the keys of the predicates of a path."""
    if isinstance(path, str):
        yield path
    else:
        for part in path[1:]:
            yield from predicates(part)


def text(path: Path | None) -> str:
    """Return a path in SPARQL's syntax with full IRIs; the empty string for none."""
    if path is None or isinstance(path, str):
        return path or ""
    operator, *parts = path
    if operator in ("/", "|"):
        return str(operator.join(_inside(part) for part in parts))
    return f"^{_inside(parts[0])}" if operator == "^" else f"{_inside(parts[0])}{operator}"


def sparql(path: Path) -> str:
    """Return a path in SPARQL's syntax, every part in brackets."""
    if isinstance(path, str):
        return path
    operator, *parts = path
    if operator in ("/", "|"):
        return f"({operator.join(sparql(part) for part in parts)})"
    return f"(^{sparql(parts[0])})" if operator == "^" else f"({sparql(parts[0])}{operator})"


def _inside(path: Path) -> str:
    return f"({text(path)})" if path[0] in ("/", "|") else text(path)


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


def follower(data: Data, path: Path) -> Callable[[int], Iterable[int]]:
    """Return the function from a node to its values by that path, each value once."""
    if isinstance(path, str):
        return data.named(path).of
    operator, *parts = path
    if operator == "^":
        return _backwards(data, parts[0])
    steps = [follower(data, part) for part in parts]
    if operator == "|":
        return lambda node: {value for step in steps for value in step(node)}
    if operator == "/":
        return lambda node: _sequence(steps, node)
    return lambda node: _repeated(steps[0], node, operator)


def _backwards(data: Data, path: Path) -> Callable[[int], Iterable[int]]:
    if isinstance(path, str):
        backward = data.named(path).backward
        return lambda node: backward.get(node, ())
    operator, *parts = path
    if operator == "^":
        return follower(data, parts[0])
    if operator == "/":
        return follower(data, ("/", *(("^", part) for part in reversed(parts))))
    return follower(data, (operator, *(("^", part) for part in parts)))


def _sequence(steps: list[Callable[[int], Iterable[int]]], node: int) -> Iterable[int]:
    nodes: Iterable[int] = (node,)
    for step in steps:
        nodes = {value for current in nodes for value in step(current)}
    return nodes


def _repeated(step: Callable[[int], Iterable[int]], node: int, operator: str) -> set[int]:
    if operator == "?":
        return {node, *step(node)}
    found: set[int] = set()
    todo = list(step(node))
    while todo:
        current = todo.pop()
        if current not in found:
            found.add(current)
            todo += step(current)
    if operator == "*":
        found.add(node)
    return found


def of_rdflib(path: Any) -> Path:
    """Return the plain form of rdflib's path."""
    from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath

    if isinstance(path, SequencePath | AlternativePath):
        operator = "/" if isinstance(path, SequencePath) else "|"
        return (operator, *(of_rdflib(part) for part in path.args))
    if isinstance(path, InvPath):
        return ("^", of_rdflib(path.arg))
    if isinstance(path, MulPath):
        return (str(path.mod), of_rdflib(path.path))
    return f"<{path}>"
