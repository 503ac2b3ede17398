"""Which constraints of a shapes graph had anything to look at in the data, and which could not have failed.

Walks from each shape with a target to the property shapes below it, with the nodes each is evaluated for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.engine.columns import Evaluator
    from amcc_kg.validation.shapes.shape import Shape

# What is held against a focus node even if it has no value by the path.
_WITHOUT_VALUES = frozenset(("MinCount", "HasValue", "QualifiedMinCount", "Equals", "SPARQL"))
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Covered:
    """One constraint beside the data.

    Attributes:
        shape: the shape that states it.
        component: the component's local name, such as `MinCount`.
        foci: the nodes that it was evaluated for.
        values: how many values they have by the shape's path.
    """

    shape: Shape
    component: str
    foci: frozenset[int]
    values: int

    @property
    def could_fail(self) -> bool:
        """Tell whether it looked at anything."""
        return bool(self.foci) and (self.values > 0 or self.component in _WITHOUT_VALUES)


def coverage(evaluator: Evaluator) -> list[Covered]:
    """Return each constraint that a target leads to, in the order of the shapes' keys."""
    found: dict[tuple[int, str], Covered] = {}
    for shape in evaluator.shapes.targeted():
        for covered in _below(evaluator, shape, evaluator.focus_nodes(shape), 0):
            key = (covered.shape.number, covered.component)
            known = found.get(key)
            if known is not None:
                foci, values = known.foci | covered.foci, known.values + covered.values
                covered = Covered(covered.shape, covered.component, foci, values)
            found[key] = covered
    names = evaluator.data.terms.keys
    return sorted(found.values(), key=lambda c: (names[c.shape.number], c.component))


def _below(evaluator: Evaluator, shape: Shape, foci: AbstractSet[int], depth: int) -> Iterator[Covered]:
    if shape.unread is not None or shape.deactivated or depth > _DEEPEST:
        return
    distinct = evaluator.view(shape, foci).values.distinct()
    # A constraint of a component that the shapes graph defines names it; the others' classes do.
    stated = {getattr(constraint, "component", constraint.iri) for constraint in shape.constraints}
    for name in sorted({local(component) for component in stated} - {"PropertyShapeComponent"}):
        yield Covered(shape, name, frozenset(foci), len(distinct))
    for number in evaluator.shapes.graph.objects(shape.number, sh("property")):
        if number in evaluator.shapes:
            yield from _below(evaluator, evaluator.shapes[number], distinct, depth + 1)


def local(component: str) -> str:
    """Return the local name of a component's key."""
    return component.strip("<>").rpartition("#")[2].removesuffix("ConstraintComponent")
