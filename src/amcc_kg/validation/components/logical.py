"""Logical constraint components (SHACL section 4.6)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from amcc_kg.validation.components.base import ValueComponent
from amcc_kg.validation.shapes import vocabulary as names

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.engine.evaluation import View


@dataclass(eq=False, repr=False)
class Not(ValueComponent):
    """`sh:not` (4.6.1): no value node conforms to the shape."""

    iri: ClassVar[str] = names.sh("NotConstraintComponent")
    shape: int

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that conform."""
        return values - view.evaluator.violators(view.evaluator.shapes[self.shape], values)

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the shape."""
        return f"The value conforms to {view.named(self.shape)}, and must not."


@dataclass(eq=False, repr=False)
class Members(ValueComponent):
    """A list of shapes."""

    shapes: tuple[int, ...]

    def named(self, view: View) -> str:
        """Return the names of the shapes, of those that have none what they ask for."""
        return ", ".join(view.named(shape) for shape in self.shapes)


class And(Members):
    """`sh:and` (4.6.2): each value node conforms to every shape of the list."""

    __slots__ = ()
    iri = names.sh("AndConstraintComponent")

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that violate one of the shapes."""
        found: set[int] = set()
        for shape in self.shapes:
            found |= view.evaluator.violators(view.evaluator.shapes[shape], values - found)
        return found

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the shapes."""
        return f"The value does not conform to every one of {self.named(view)}."


class Or(Members):
    """`sh:or` (4.6.3): each value node conforms to one of the shapes of the list at least."""

    __slots__ = ()
    iri = names.sh("OrConstraintComponent")

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that violate all of the shapes."""
        for shape in self.shapes:
            if not values:
                break
            values = view.evaluator.violators(view.evaluator.shapes[shape], values)
        return values

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the shapes."""
        return f"The value conforms to none of {self.named(view)}."


class Xone(Members):
    """`sh:xone` (4.6.4): each value node conforms to exactly one of the shapes of the list."""

    __slots__ = ()
    iri = names.sh("XoneConstraintComponent")

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that conform to none, or to several."""
        passed: Counter[int] = Counter()
        for shape in self.shapes:
            passed.update(values - view.evaluator.violators(view.evaluator.shapes[shape], values))
        return {value for value in values if passed[value] != 1}

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the shapes."""
        return f"The value does not conform to exactly one of {self.named(view)}."
