"""Other constraint components (SHACL section 4.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from amcc_kg.validation.components.base import Component, ValueComponent, shown
from amcc_kg.validation.shapes import vocabulary as names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.components.base import Fault
    from amcc_kg.validation.engine.evaluation import View
    from amcc_kg.validation.engine.results import Result


@dataclass(eq=False, repr=False)
class Closed(Component):
    """`sh:closed` and `sh:ignoredProperties` (4.8.1): value nodes have only the shape's properties."""

    iri: ClassVar[str] = names.sh("ClosedConstraintComponent")
    allowed: frozenset[str]

    def _triples(self, view: View) -> Iterator[tuple[int, int, str]]:
        """Yield value node, object and predicate of each triple too many."""
        data, keys, nodes = view.evaluator.data, view.keys, view.values.distinct()
        for predicate in data.predicates:
            key = keys[predicate]
            if key in self.allowed:
                continue
            column = data.column(predicate)
            for node in column.one.keys() & nodes:
                yield node, column.one[node], key
            for node in column.more.keys() & nodes:
                for value in column.more[node]:
                    yield node, value, key

    def _faults(self, view: View) -> Iterator[tuple[int, int, str]]:
        everything = (names.TYPE, view.evaluator.data.terms.ids.get(names.RESOURCE, -1))
        triples: dict[int, list[tuple[int, str]]] = {}
        for node, value, predicate in self._triples(view):
            if (predicate, value) != everything:
                triples.setdefault(node, []).append((value, predicate))
        for focus, node in view.values.pairs_with(triples.keys()):
            for value, predicate in triples[node]:
                yield focus, value, predicate

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield focus node and value of each triple too many."""
        for focus, value, _ in self._faults(view):
            yield focus, value

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each triple too many, with its predicate as path."""
        for focus, value, predicate in self._faults(view):
            yield self.result(view, focus, value, predicate)

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Say that the shape is closed."""
        return "The property is not one of those that this shape allows."


@dataclass(eq=False, repr=False)
class HasValue(Component):
    """`sh:hasValue` (4.8.2): the term is among the value nodes."""

    iri: ClassVar[str] = names.sh("HasValueConstraintComponent")
    term: int

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield the focus nodes that lack the value."""
        having = {focus for focus, _ in view.values.pairs_with({self.term})}
        for focus in view.foci - having:
            yield focus, None

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the value."""
        return f"The value {shown(view.keys[self.term])} is missing."


@dataclass(eq=False, repr=False)
class In(ValueComponent):
    """`sh:in` (4.8.3): each value node is a member of the list."""

    iri: ClassVar[str] = names.sh("InConstraintComponent")
    listed: tuple[int, ...]
    members: frozenset[int]

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that are no members."""
        return values - self.members

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the members in the order of the shape, if they are few."""
        listed = [shown(view.keys[member]) for member in dict.fromkeys(self.listed)]
        more = f" and {len(listed) - 8} more" if len(listed) > 8 else ""
        return f"The value is not one of {', '.join(listed[:8])}{more}."
