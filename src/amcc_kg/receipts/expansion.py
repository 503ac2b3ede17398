"""Patterns laid open for counting: paths taken apart, so that each way along them is a solution of its own.

`p/q` and `p|q` give a row once for every way (SPARQL 1.1 §18.2.2.4 makes them joins and unions); `p*`, `p+`,
`p?` and `!p` give it once. A group that counts rests on all the ways. Knows query shapes only.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from amcc_kg.sparql.tree import (
    Alternative,
    Element,
    Graph,
    Group,
    Inverse,
    Negated,
    Optional,
    Path,
    Repeat,
    Sequence,
    TriplePattern,
    Triples,
    Union,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def opened(pattern: Group, own: str) -> Group:
    """Return a pattern with the same solutions, its paths taken apart; `own` is how new variables start."""
    numbers = count(1)
    return _Opening(f"{own}o{number}" for number in numbers).group(pattern)


class _Opening:
    """One pattern being opened; gives names to what stands between the steps of a path."""

    def __init__(self, names: Iterator[str]) -> None:
        self._names = names

    def group(self, pattern: Group) -> Group:
        return Group(tuple(part for element in pattern.elements for part in self.element(element)))

    def element(self, element: Element) -> list[Element]:
        match element:
            case Triples():
                return [part for pattern in element.patterns for part in self.pattern(pattern)]
            case Group():
                return [self.group(element)]
            case Union():
                return [Union(tuple(map(self.group, element.branches)), element.mark)]
            case Optional():
                return [Optional(self.group(element.group), element.mark)]
            case Graph():
                return [Graph(element.name, self.group(element.group))]
            case _:
                return [element]

    def pattern(self, pattern: TriplePattern) -> list[Element]:
        return self.path(pattern.subject, pattern.predicate, pattern.object)

    def path(self, subject: str, path: Path, object_: str) -> list[Element]:
        match path:
            case str() | Repeat() | Negated():
                return [Triples((TriplePattern(subject, path, object_),))]
            case Inverse():
                return self.path(object_, path.path, subject)
            case Alternative():
                sides = [Group(tuple(self.path(subject, side, object_))) for side in path.paths]
                return [Union(tuple(sides), next(self._names))]
            case Sequence():
                between = [next(self._names) for _ in path.paths[1:]]
                ends = zip([subject, *between], path.paths, [*between, object_], strict=True)
                return [part for start, step, end in ends for part in self.path(start, step, end)]
