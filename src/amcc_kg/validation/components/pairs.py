"""Property pair constraint components (SHACL section 4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from amcc_kg.validation.components import literals
from amcc_kg.validation.components.base import Component
from amcc_kg.validation.shapes import vocabulary as names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amcc_kg.validation.components.base import Fault
    from amcc_kg.validation.engine.evaluation import View


@dataclass(eq=False, repr=False)
class Equals(Component):
    """`sh:equals` (4.5.1): the value nodes are the values of another property."""

    iri: ClassVar[str] = names.sh("EqualsConstraintComponent")
    predicate: str

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield each value of the one that is no value of the other."""
        other = view.evaluator.data.named(self.predicate)
        for focus in view.foci:
            for value in set(view.values.of(focus)) ^ set(other.of(focus)):
                yield focus, value

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the other property."""
        return f"The values are not the same as those of {self.predicate}."


@dataclass(eq=False, repr=False)
class Disjoint(Component):
    """`sh:disjoint` (4.5.2): no value node is a value of another property."""

    iri: ClassVar[str] = names.sh("DisjointConstraintComponent")
    predicate: str

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield each value that both have."""
        other = view.evaluator.data.named(self.predicate)
        for focus in view.foci:
            for value in set(view.values.of(focus)) & set(other.of(focus)):
                yield focus, value

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the other property."""
        return f"The value is a value of {self.predicate} too."


@dataclass(eq=False, repr=False)
class LessThan(Component):
    """`sh:lessThan` (4.5.3): each value node is less than each value of another property."""

    iri: ClassVar[str] = names.sh("LessThanConstraintComponent")
    or_equal: ClassVar[bool] = False
    sign: ClassVar[str] = "less than"
    predicate: str

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield a value once for each value of the other property that it is not less than."""
        other = view.evaluator.data.named(self.predicate)
        keys, or_equal = view.keys, self.or_equal
        for focus in view.foci:
            for bound in other.of(focus):
                for value in view.values.of(focus):
                    if not literals.less(keys[value], keys[bound], or_equal):
                        yield focus, value

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the other property."""
        return f"The value is not {self.sign} each value of {self.predicate}."


class LessThanOrEquals(LessThan):
    """`sh:lessThanOrEquals` (4.5.4): each value node is less than, or equal to, those of another."""

    __slots__ = ()
    iri = names.sh("LessThanOrEqualsConstraintComponent")
    or_equal = True
    sign = "less than or equal to"
