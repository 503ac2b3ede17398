"""Cardinality constraint components (SHACL section 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from amcc_kg.validation.components.base import Component
from amcc_kg.validation.shapes import vocabulary as names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amcc_kg.validation.components.base import Fault
    from amcc_kg.validation.engine.evaluation import View


@dataclass(eq=False, repr=False)
class MinCount(Component):
    """`sh:minCount` (4.2.1): there are at least so many value nodes."""

    iri: ClassVar[str] = names.sh("MinCountConstraintComponent")
    least: int

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield the focus nodes with too few values."""
        if self.least < 1:
            return
        values = view.values
        for focus in values.lacking():
            yield focus, None
        if self.least > 1:
            for focus in values.one:
                yield focus, None
            for focus, several in values.more.items():
                if len(several) < self.least:
                    yield focus, None

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Say how many there are, and how many are expected."""
        return f"There are too few values: {len(view.values.of(focus))}, expected at least {self.least}."


@dataclass(eq=False, repr=False)
class MaxCount(Component):
    """`sh:maxCount` (4.2.2): there are at most so many value nodes."""

    iri: ClassVar[str] = names.sh("MaxCountConstraintComponent")
    most: int

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield the focus nodes with too many values."""
        if self.most < 1:
            for focus in view.values.one:
                yield focus, None
        for focus, several in view.values.more.items():
            if len(several) > self.most:
                yield focus, None

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Say how many there are, and how many are expected."""
        return f"There are too many values: {len(view.values.of(focus))}, expected at most {self.most}."
