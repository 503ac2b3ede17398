"""Shape-based constraint components (SHACL section 4.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from amcc_kg.validation.components.base import Component, ValueComponent
from amcc_kg.validation.shapes import vocabulary as names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.components.base import Fault
    from amcc_kg.validation.engine.evaluation import View
    from amcc_kg.validation.engine.results import Result


@dataclass(eq=False, repr=False)
class Node(ValueComponent):
    """`sh:node` (4.7.1): each value node conforms to the node shape."""

    iri: ClassVar[str] = names.sh("NodeConstraintComponent")
    shape: int

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that do not conform."""
        return view.evaluator.violators(view.evaluator.shapes[self.shape], values)

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the shape."""
        return f"The value does not conform to {view.named(self.shape)}."


@dataclass(eq=False, repr=False)
class Property(ValueComponent):
    """`sh:property` (4.7.2): each value node has the property shape; the results are the property shape's."""

    iri: ClassVar[str] = names.sh("PropertyShapeComponent")
    shape: int

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that do not conform."""
        return view.evaluator.violators(view.evaluator.shapes[self.shape], values)

    def results(self, view: View) -> Iterator[Result]:
        """Yield the results of the property shape for each occurrence of each value node."""
        evaluator = view.evaluator
        shape = evaluator.shapes[self.shape]
        if view.shape.path is None:
            yield from evaluator.results_of(shape, view.foci)
            return
        together: dict[int, set[int]] = {}
        for value, times in view.values.occurrences().items():
            together.setdefault(times, set()).add(value)
        for times, values in together.items():
            for result in evaluator.results_of(shape, values):
                for _ in range(times):
                    yield result


@dataclass(eq=False, repr=False)
class QualifiedValueShape(Component):
    """`sh:qualifiedValueShape` (4.7.3): so many value nodes conform to the shape, and to none of its
    siblings.
    """

    component: str
    shape: int
    siblings: tuple[int, ...]
    least: int | None
    most: int | None

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield the focus nodes with too few such values, or too many."""
        evaluator, values = view.evaluator, view.values
        wanted = values.distinct() - evaluator.violators(evaluator.shapes[self.shape], values.distinct())
        for sibling in self.siblings:
            wanted &= evaluator.violators(evaluator.shapes[sibling], wanted)
        for focus in view.foci:
            number = sum(value in wanted for value in values.of(focus))
            if (self.least is not None and number < self.least) or (
                self.most is not None and number > self.most
            ):
                yield focus, None

    @property
    def iri(self) -> str:  # type: ignore[override]
        """The component: one for the lower bound, one for the upper."""
        return self.component

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the shape and the bound."""
        bound = f"at least {self.least}" if self.most is None else f"at most {self.most}"
        return f"Not the right number of values conform to {view.named(self.shape)}; expected {bound}."
