"""Shapes that break SHACL's rules, left out so that the others can be used; SHACL 3.4 lets a processor go on.

What cannot be told without such a shape goes with it: a constraint of another shape that leads there. Each is
told, for the verdict is then about the rest only.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from amcc_kg.validation.components import reader
from amcc_kg.validation.engine.evaluation import Shapes
from amcc_kg.validation.findings import notices
from amcc_kg.validation.findings.report import Notice
from amcc_kg.validation.shapes.shapes_graph import Flaw, ShapesGraph, Triple
from amcc_kg.validation.shapes.vocabulary import sh

WAYS = ("refuse", "skip")
"""What may become of shapes that break SHACL's rules: none is used, or the others are."""

_NAMING = (sh("node"), sh("property"))
_OF_SHAPES = (*_NAMING, sh("not"), sh("qualifiedValueShape"))
_OF_LISTS = (sh("and"), sh("or"), sh("xone"))
_QUALIFIED = (sh("qualifiedMinCount"), sh("qualifiedMaxCount"), sh("qualifiedValueShapesDisjoint"))


def salvaged(graph: ShapesGraph, strict: bool = False) -> tuple[Shapes, list[Notice]]:
    """Return the shapes that can be used, of a graph without the others, and a notice of each of those.

    `strict` as for `reader.read`. Raises `UnvalidatedError` if no shape with a target is left.
    """
    said: list[Notice] = []
    while flaws := notices.fatal_flaws(shapes := reader.read(graph, strict)):
        broken: dict[int, list[Flaw]] = {}
        statements: set[Triple] = set()
        for flaw in flaws:
            # A shape that names one which is none keeps what else it asks for.
            if (named := _named(graph, flaw)) is not None:
                statements.add(named)
                said.append(notices.left_out(shapes, flaw))
            else:
                broken.setdefault(flaw.shape, []).append(flaw)
        said += [notices.left_out(shapes, *together) for together in broken.values()]
        smaller = graph.without(broken.keys(), statements | set(_leading_to(graph, broken.keys())))
        if len(smaller) == len(graph):
            break
        graph = smaller
    if said and not any(shape.targets for shape in shapes):
        reason = "every shape with a target breaks SHACL's rules and is left out; nothing would be validated"
        raise notices.UnvalidatedError(reason, "shapes", said)
    return shapes, said


def _named(graph: ShapesGraph, flaw: Flaw) -> Triple | None:
    """Return the statement that names a node as a shape, if that is what is wrong with it."""
    if flaw.predicate not in _NAMING or flaw.value is None or graph.key(flaw.value)[0] == '"':
        return None
    return flaw.subject, graph.number(flaw.predicate), flaw.value


def _leading_to(graph: ShapesGraph, shapes: AbstractSet[int]) -> Iterator[Triple]:
    """Yield the statements by which others lead to some shapes, themselves or in lists."""
    for predicate in (*_OF_SHAPES, *_OF_LISTS):
        for subject, value in graph.pairs(predicate):
            if not shapes.isdisjoint(graph.members(value) if predicate in _OF_LISTS else [value]):
                yield subject, graph.number(predicate), value
                # These say how many values conform to it, and nothing without it (SHACL 4.7.3).
                for other in _QUALIFIED if predicate == sh("qualifiedValueShape") else ():
                    for number in graph.objects(subject, other):
                        yield subject, graph.number(other), number
