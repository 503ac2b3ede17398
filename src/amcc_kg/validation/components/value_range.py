"""Value range constraint components (SHACL section 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from amcc_kg.validation.components import literals
from amcc_kg.validation.components.base import ValueComponent, shown
from amcc_kg.validation.shapes import vocabulary as names

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.engine.evaluation import View


@dataclass(eq=False, repr=False)
class Range(ValueComponent):
    """A bound; what cannot be compared with it is at fault."""

    allowed: ClassVar[frozenset[int]]
    sign: ClassVar[str]
    bound: str

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values beyond the bound, and those that cannot be compared with it."""
        keys, bound, allowed = view.keys, self.bound, self.allowed
        return {value for value in values if literals.compare(keys[value], bound) not in allowed}

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the bound."""
        return f"The value is not {self.sign} {shown(self.bound)}."


class MinExclusive(Range):
    """`sh:minExclusive` (4.3.1): each value node is greater than the bound."""

    __slots__ = ()
    iri = names.sh("MinExclusiveConstraintComponent")
    allowed = frozenset({1})
    sign = "greater than"


class MinInclusive(Range):
    """`sh:minInclusive` (4.3.2): each value node is the bound or greater."""

    __slots__ = ()
    iri = names.sh("MinInclusiveConstraintComponent")
    allowed = frozenset({0, 1})
    sign = "at least"


class MaxExclusive(Range):
    """`sh:maxExclusive` (4.3.3): each value node is less than the bound."""

    __slots__ = ()
    iri = names.sh("MaxExclusiveConstraintComponent")
    allowed = frozenset({-1})
    sign = "less than"


class MaxInclusive(Range):
    """`sh:maxInclusive` (4.3.4): each value node is the bound or less."""

    __slots__ = ()
    iri = names.sh("MaxInclusiveConstraintComponent")
    allowed = frozenset({-1, 0})
    sign = "at most"
