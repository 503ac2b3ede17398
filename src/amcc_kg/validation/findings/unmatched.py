"""Targets that match nothing in the data, and properties in paths that occur nowhere: a slip, or meant so.

Knows shapes and data; no files.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from amcc_kg.terms.prefixes import OWL, RDF, RDFS
from amcc_kg.terms.spelling import NamesBySpace
from amcc_kg.validation.findings.findings import Severity
from amcc_kg.validation.findings.notices import Notice
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from amcc_kg.validation.engine.columns import Data, Shapes

# Nobody declares these anew, so that they do not occur says little.
_VOCABULARIES = tuple(f"<{namespace}" for namespace in (OWL, RDF, RDFS))
_DECLARING = (
    (OWL, "Class"),
    (OWL, "ObjectProperty"),
    (OWL, "DatatypeProperty"),
    (OWL, "AnnotationProperty"),
    (RDFS, "Class"),
    (RDF, "Property"),
)


def of(data: Data, shapes: Shapes) -> Iterator[Notice]:
    """Yield a notice for each target and each property that the data have nothing for."""
    known = _Known(data)
    yield from _targets(data, shapes, known)
    yield from _paths(data, shapes, known)


class _Known:
    """What the data declares and uses, and which of it is spelt most like something."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self.declared = _declared(data)

    @cached_property
    def terms(self) -> NamesBySpace:
        """The classes and properties declared, and the classes used."""
        return self._names(self.declared)

    @cached_property
    def predicates(self) -> NamesBySpace:
        """The properties used."""
        return self._names(self._data.predicates)

    def _names(self, numbers: Iterable[int]) -> NamesBySpace:
        return NamesBySpace(self._data.terms.keys[number] for number in numbers)


def _hint(names: NamesBySpace, name: str) -> str:
    near = names.nearest(name)
    return "" if near is None else f"; did you mean {near!r}?"


def _targets(data: Data, shapes: Shapes, known: _Known) -> Iterator[Notice]:
    keys = data.terms.keys
    for shape in shapes:
        targets, key = shape.targets, keys[shape.number]
        empty = [("targetClass", kind) for kind in targets.classes if not data.members(kind)]
        empty += [("targetSubjectsOf", p) for p in targets.subjects_of if p not in data.predicates]
        empty += [("targetObjectsOf", p) for p in targets.objects_of if p not in data.predicates]
        for name, number in empty:
            usual = number in known.declared or keys[number].startswith(_VOCABULARIES)
            severity = Severity.INFO if usual else Severity.WARNING
            near = "" if usual else _hint(known.terms, keys[number])
            message = f"sh:{name} {keys[number]} matches nothing in the data{near}"
            yield Notice("target-without-match", severity, message, key, sh(name), keys[number])
    named = {number for shape in shapes for number in shape.targets.nodes}
    strangers = data.strangers(named) if named else named
    for shape in shapes:
        for number in sorted(shape.targets.nodes & strangers):
            message = f"sh:targetNode {keys[number]} is a node that the data do not speak of"
            node, about = keys[shape.number], keys[number]
            yield Notice("target-without-match", Severity.WARNING, message, node, sh("targetNode"), about)


def _paths(data: Data, shapes: Shapes, known: _Known) -> Iterator[Notice]:
    ids = data.terms.ids
    said: set[str] = set()
    for number in shapes.reached():
        shape = shapes[number]
        for predicate in property_paths.predicates(shape.path or ()):
            if ids.get(predicate) in data.predicates or predicate in said:
                continue
            said.add(predicate)
            usual = ids.get(predicate) in known.declared or predicate.startswith(_VOCABULARIES)
            severity = Severity.INFO if usual else Severity.WARNING
            near = "" if usual else _hint(known.predicates, predicate)
            message = f"The property {predicate} occurs nowhere in the data{near}"
            key = data.terms.keys[shape.number]
            yield Notice("path-without-triples", severity, message, key, sh("path"), predicate)


def _declared(data: Data) -> set[int]:
    """Return the classes and properties that the data declare, and the classes that it uses."""
    column = data.named(names.TYPE)
    kinds = {data.terms.ids.get(f"<{namespace}{name}>", -1) for namespace, name in _DECLARING}
    declared: set[int] = set()
    for kind in kinds:
        declared |= data.members(kind) if kind >= 0 else set()
    return declared | column.objects()
