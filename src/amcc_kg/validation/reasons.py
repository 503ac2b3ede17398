"""Why a finding is one, where its own statement does not show it: the triple because of which its focus node
is a target, and what follows from other triples, with its proof. Knows data and shapes; no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING

from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Shape, Shapes, shown
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.findings.report import Ground
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.shapes_graph import closure

if TYPE_CHECKING:
    from amcc_kg.validation.entailment import Entailed

Triple = tuple[int, int, int]
_MOST = 2  # inferred values that are explained of a finding that names none


class Reasons:
    """The reasons of the findings of one validation; `entailed` is None if nothing was inferred."""

    def __init__(self, data: Data, shapes: Shapes, entailed: Entailed | None) -> None:
        self._data = data
        self._shapes = shapes
        self._entailed = entailed
        self._inferred = frozenset() if entailed is None else entailed.inferred
        self._below = cache(lambda kind: closure([kind], lambda k: self._subclasses.get(k, ())))

    def grounds(self, result: Result) -> Iterator[Ground]:
        """Yield what a result rests on beside the statement that it names."""
        keys = self._data.terms.keys
        target = self._because(result)
        if target is not None:
            subject, predicate, value = (keys[number] for number in target)
            said = " ".join(map(shown, (subject, predicate, value)))
            yield Ground("target", f"a target because {said}", (subject, predicate, value))
        for triple in dict.fromkeys((*([target] if target else ()), *self._of_values(result))):
            if triple in self._inferred and self._entailed is not None:
                yield from self._entailed.grounds(triple)

    def _of_values(self, result: Result) -> Iterator[Triple]:
        """Yield the triples that led to the value, or to some values where none is named."""
        path, turned = result.path, False
        if isinstance(path, tuple) and path[0] == "^":
            path, turned = path[1], True
        if not isinstance(path, str) or not self._inferred:
            return
        column, predicate = self._data.named(path), self._data.terms.ids.get(path, -1)
        found = [result.value] if result.value is not None else column.of(result.focus)
        pairs = ((value, result.focus) if turned else (result.focus, value) for value in found)
        inferred = [t for s, o in pairs if (t := (s, predicate, o)) in self._inferred]
        yield from inferred[:_MOST]

    def _because(self, result: Result) -> Triple | None:
        """Return the triple that makes the focus node a target; None if the shape names it or its class."""
        focus, ids = result.focus, self._data.terms.ids
        kind_of = ids.get(names.TYPE, -1)
        found: list[Triple] = []
        for root in self._roots.get(result.shape, ()):
            targets = root.targets
            if focus in targets.nodes:
                return None
            for kind in targets.classes:
                own = [k for k in self._data.column(kind_of).of(focus) if k in self._below(kind)]
                if kind in own and (focus, kind_of, kind) not in self._inferred:
                    return None
                found += [(focus, kind_of, k) for k in sorted(own)[:1]]
            for predicate in sorted(targets.subjects_of):
                found += [(focus, predicate, v) for v in list(self._data.column(predicate).of(focus))[:1]]
            for predicate in sorted(targets.objects_of):
                found += [
                    (s, predicate, focus) for s in self._data.column(predicate).backward.get(focus, [])[:1]
                ]
        return found[0] if found else None

    @cached_property
    def _subclasses(self) -> dict[int, list[int]]:
        return self._data.named(names.SUBCLASS).backward

    @cached_property
    def _roots(self) -> dict[int, list[Shape]]:
        """The shapes with targets that lead to each shape, itself among them."""
        found: dict[int, list[Shape]] = {}
        for root in self._shapes.targeted():
            for number in closure([root.number], lambda number: self._shapes[number].refers):
                found.setdefault(number, []).append(root)
        return found
