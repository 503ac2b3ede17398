"""Whose verdict it is: which triples are those that somebody asked about, and which only keep them company.

Knows numbers of terms and targets; no files, no constraints.
"""

from __future__ import annotations

from typing import NamedTuple

from amcc_kg.validation.engine.data import Rows
from amcc_kg.validation.engine.evaluation import Evaluator


class Scope(NamedTuple):
    """What a verdict is about.

    Attributes:
        own: the triples of each file that is asked about.
        described: the subjects of the other files, such as an ontology beside them.
        documents: the keys of the IRIs that the files that were read go by.
    """

    own: tuple[Rows, ...]
    described: frozenset[int] = frozenset()
    documents: frozenset[str] = frozenset()

    def spoken(self) -> set[int]:
        """Return the nodes that the files asked about speak of."""
        return {number for s, _, o in self.own for column in (s, o) for number in column}

    def looked_at(self, evaluator: Evaluator) -> bool:
        """Tell whether a shape looks at anything that the files asked about say.

        That is a subject of theirs, or a value that nothing else describes: a class or a status of an
        ontology is not theirs for being mentioned.
        """
        foci: set[int] = set()
        named: set[int] = set()
        for shape in evaluator.shapes.targeted():
            foci |= evaluator.focus_nodes(shape)
            named |= shape.targets.objects_of
        values = foci - self.described if self.described else foci
        return any(
            not foci.isdisjoint(s) or not values.isdisjoint(o) or not named.isdisjoint(p)
            for s, p, o in self.own
        )
