"""A shapes graph after it was read: shapes, targets, constraints, and which of them are read at all."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amcc_kg.validation.components.base import Component
    from amcc_kg.validation.shapes.property_paths import Path
    from amcc_kg.validation.shapes.shapes_graph import Flaw, ShapesGraph


class Targets(NamedTuple):
    """The target declarations of a shape (SHACL section 2.1.3), as numbers of terms.

    Attributes:
        nodes: the values of `sh:targetNode`.
        classes: those of `sh:targetClass`, and the shape itself where it is a class.
        subjects_of: those of `sh:targetSubjectsOf`.
        objects_of: those of `sh:targetObjectsOf`.
    """

    nodes: frozenset[int]
    classes: frozenset[int]
    subjects_of: frozenset[int]
    objects_of: frozenset[int]

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.nodes or self.classes or self.subjects_of or self.objects_of)


class Shape(NamedTuple):
    """One shape (SHACL section 2.1).

    Attributes:
        number: the term that it is.
        path: its path, None for a node shape.
        deactivated: whether it is switched off.
        severity: the IRI of its severity, as a key.
        message: its own message, in English or without a language if there is such a one; None without any.
        targets: what it is evaluated for.
        constraints: what it asks.
        refers: the shapes that its constraints name.
        unread: why this engine leaves it to the reference; None if it reads all of it.
        flaw: the breach of a syntax rule because of which it does, None if there is another reason.
    """

    number: int
    path: Path | None
    deactivated: bool
    severity: str
    message: str | None
    targets: Targets
    constraints: tuple[Component, ...]
    refers: tuple[int, ...]
    unread: str | None
    flaw: Flaw | None


class Shapes:
    """All shapes of a shapes graph."""

    def __init__(self, graph: ShapesGraph, shapes: dict[int, Shape]) -> None:
        self.graph = graph
        self._shapes = shapes

    def __getitem__(self, number: int) -> Shape:
        return self._shapes[number]

    def __contains__(self, number: int) -> bool:
        return number in self._shapes

    def __iter__(self) -> Iterator[Shape]:
        return iter(self._shapes.values())

    def __len__(self) -> int:
        return len(self._shapes)

    def targeted(self) -> Iterator[Shape]:
        """Yield the shapes with a target that are not switched off."""
        return (shape for shape in self if shape.targets and not shape.deactivated)

    @cached_property
    def flaws(self) -> tuple[Flaw, ...]:
        """The breaches of the syntax rules, those of a shape together."""
        from amcc_kg.validation.shapes import syntax_rules

        return tuple(syntax_rules.flaws(self))

    def reached(self) -> set[int]:
        """Return the shapes with a target that are not switched off, and those that they lead to."""
        found: set[int] = set()
        todo = [shape.number for shape in self.targeted()]
        while todo:
            number = todo.pop()
            if number not in found and not self._shapes[number].deactivated:
                found.add(number)
                todo += self._shapes[number].refers
        return found

    def unread(self, shape: Shape) -> str | None:
        """Return why a shape is left to the reference: a reason of its own, or of a shape it leads to."""
        return self._unread[shape.number]

    @cached_property
    def _unread(self) -> dict[int, str | None]:
        found: dict[int, str | None] = {}
        for shape in self:
            self._judge(shape, found, [])
        return found

    def _judge(self, shape: Shape, found: dict[int, str | None], above: list[int]) -> str | None:
        number = shape.number
        if number in above:
            return "a shape that leads to itself"
        if number not in found:
            reason = None if shape.deactivated else shape.unread
            if not shape.deactivated:
                for other in shape.refers:
                    below = self._judge(self._shapes[other], found, [*above, number])
                    reason = reason or below
            if above and reason == "a shape that leads to itself":
                return reason  # which of the shapes on the way it is, only a walk from each can tell
            found[number] = reason
        return found[number]
