"""What all constraint components have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

from amcc_kg.validation.engine.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.engine.evaluation import View
    from amcc_kg.validation.shapes.property_paths import Path

Fault: TypeAlias = "tuple[int, int | None]"
"""A focus node and the value node at fault, None where the fault lies with no single value."""


class Component:
    """A constraint of one component, with its parameters: what it holds against focus nodes.

    A subclass defines `faults`; where a verdict can be had more cheaply, `violators` too. Components are told
    apart by identity: making classes that compare by value would take a tenth of a cold start.
    """

    __slots__ = ()
    iri: ClassVar[str]

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield each fault of the focus nodes in view."""
        raise NotImplementedError

    def violators(self, view: View) -> set[int]:
        """Return the focus nodes in view that have a fault."""
        return {focus for focus, _ in self.faults(view)}

    def results(self, view: View) -> Iterator[Result]:
        """Yield a validation result for each fault."""
        for focus, value in self.faults(view):
            yield self.result(view, focus, value, view.shape.path)

    def result(self, view: View, focus: int, value: int | None, path: Path | None) -> Result:
        """Return the validation result of one fault."""
        shape = view.shape
        message = self.wording(view, focus, value) if shape.message is None else shape.message
        return Result(focus, path, value, self.iri, shape.number, shape.severity, message)

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Return what is wrong, in words, for a shape that has no message of its own."""
        raise NotImplementedError


class ValueComponent(Component):
    """A constraint on each value node by itself: what is at fault once is so wherever it is a value."""

    __slots__ = ()

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return those of the values that are at fault."""
        raise NotImplementedError

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield each occurrence of a bad value."""
        bad = self.bad(view, view.values.distinct())
        if bad:
            yield from view.values.pairs_with(bad)


def shown(key: str) -> str:
    """Return a term for people: IRIs and literals as in N-Triples, blank nodes without their label."""
    return "a blank node" if key[0] == "_" else key
