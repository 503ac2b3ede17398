"""Property paths written as the patterns that they stand for: joins, unions, triples.

`p/q` and `p|q` give a row once for every way (SPARQL 1.1 §18.2.2.4 and §18.4 make them joins and unions);
`p*`, `p+` and `p?` give it once. So does `!p` by §18.4, but the engine, if an end is free, gives it once for
each triple. Knows no graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from amcc_kg.sparql import tree


def opened(pattern: tree.Group, own: str) -> tree.Group:
    """Return a pattern with the same solutions, one for each way along its paths, to count them by.

    `own` is how the variables start that stand between the steps.
    """
    names = (f"{own}o{number}" for number in count(1))

    def group(pattern: tree.Group) -> tree.Group:
        return tree.Group(tuple(part for element in pattern.elements for part in parts(element)))

    def parts(element: tree.Element) -> list[tree.Element]:
        match element:
            case tree.Triples():
                return [part for pattern in element.patterns for part in steps(pattern, names, edges=True)]
            case tree.Group():
                return [group(element)]
            case tree.Union():
                return [element._replace(branches=tuple(map(group, element.branches)))]
            case tree.Optional() | tree.Graph():
                return [element._replace(group=group(element.group))]
            case _:
                return [element]

    return group(pattern)


def steps(pattern: tree.TriplePattern, names: Iterator[str], *, edges: bool = False) -> list[tree.Element]:
    """Return a path pattern as what it stands for; `names` are of new variables.

    With `edges`, `!p` becomes a triple pattern whose predicate is any other.
    """
    subject, path, object_ = pattern

    def step(subject: str, path: tree.Path, object_: str) -> list[tree.Element]:
        return steps(tree.TriplePattern(subject, path, object_), names, edges=edges)

    match path:
        case tree.Inverse():
            return step(object_, path.path, subject)
        case tree.Alternative():
            return _union([step(subject, side, object_) for side in path.paths], names)
        case tree.Sequence():
            between = [next(names) for _ in path.paths[1:]]
            ends = zip([subject, *between], path.paths, [*between, object_], strict=True)
            return [part for triple in ends for part in step(*triple)]
        case tree.Negated() if edges:
            directions = ((path.forwards, subject, object_), (path.backwards, object_, subject))
            sides = [_any_but(iris, next(names), s, o) for iris, s, o in directions if iris is not None]
            return _union(sides, names)
    return [tree.Triples((pattern,))]


def branches(path: tree.Path) -> bool:
    """Tell whether a path stands for a union."""
    match path:
        case tree.Inverse(inner):
            return branches(inner)
        case tree.Sequence(inners):
            return any(map(branches, inners))
    return isinstance(path, tree.Alternative)


def _union(sides: list[list[tree.Element]], names: Iterator[str]) -> list[tree.Element]:
    groups = tuple(tree.Group(tuple(side)) for side in sides)
    return [tree.Union(groups, next(names)) if len(groups) > 1 else groups[0]]


def _any_but(iris: tuple[str, ...], predicate: str, subject: str, object_: str) -> list[tree.Element]:
    triple = tree.Triples((tree.TriplePattern(subject, predicate, object_),))
    return [triple, tree.Filter(tree.Expression((f"{predicate} NOT IN ({', '.join(iris)})",)))]
