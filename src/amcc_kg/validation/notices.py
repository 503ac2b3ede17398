"""What a verdict does not cover, so that nothing passes in silence.

A shapes graph with a slip in it is not refused by SHACL: a misspelt `sh:minCuont` is just another property, a
target that matches nothing is satisfied. Each such thing is said here. Knows nothing of files.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from amcc_kg.errors import InputError, nearest
from amcc_kg.terms import OWL, RDF, RDFS
from amcc_kg.validation.columns import known_terms, property_paths
from amcc_kg.validation.columns import vocabulary as names
from amcc_kg.validation.columns.vocabulary import sh
from amcc_kg.validation.findings import NOTICES, Finding, Severity
from amcc_kg.validation.near_names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from amcc_kg.validation.columns import Data, Shapes
    from amcc_kg.validation.columns.shapes import Shape
    from amcc_kg.validation.locating import Place

KINDS = {
    "empty-data": "the data graph holds no triple",
    "nothing-checked": "no target of any shape matches a node of the data",
    "misspelt-term": "a term in SHACL's namespace that SHACL does not have",
    "not-evaluated": "a constraint of another document than SHACL 1.0, which is not evaluated",
    "ill-formed-shape": "a shape that breaks the syntax rules of SHACL",
    "target-without-match": "a target that matches no node of the data",
    "path-without-triples": "a property in a path that occurs nowhere in the data",
    "unused-shape": "a shape without a target that no other shape leads to",
    "left-to-pyshacl": "a shape that the default engine leaves to pyshacl",
}
"""The kinds of notice and what each means."""

# Nobody declares these anew, so that they do not occur says little.
_VOCABULARIES = tuple(f"<{namespace}" for namespace in (OWL, RDF, RDFS))


class Notice(NamedTuple):
    """One thing that the verdict does not cover.

    Attributes:
        kind: one of `KINDS`.
        severity: a warning where it is probably a slip, a remark where it may well be meant.
        message: what it is, in words.
        shape_key: the shape or other subject in the shapes graph that it is about; None if it is about none.
        predicate_key: the predicate of that subject which it is about; None if it is about all of it.
        term_key: the term that it is about; None if there is none in particular.
        place: where that stands in the shapes, if it is known.
    """

    kind: str
    severity: Severity
    message: str
    shape_key: str | None = None
    predicate_key: str | None = None
    term_key: str | None = None
    place: Place | None = None

    def __str__(self) -> str:
        """Return the notice in one line, its place first."""
        where = "" if self.place is None else f"{self.place.file}:{self.place.line}:{self.place.column}: "
        return f"{where}{self.severity}: {self.message}"

    def finding(self) -> Finding:
        """Return the notice as a finding, for those who ask that nothing be left open."""
        component = f"{NOTICES}{self.kind}>"
        about = self.shape_key or self.term_key or component
        named = self.shape_key if self.shape_key and self.shape_key[0] == "<" else None
        return Finding(
            self.severity, self.message, about, self.predicate_key, self.term_key, component, about, named
        )


class UnvalidatedError(InputError):
    """Nothing was validated, whatever the verdict might have said.

    Attributes:
        reason: why.
        at_fault: `data` or `shapes`: what has to be mended.
        notices: what may explain it.
    """

    def __init__(
        self, reason: str, at_fault: str, notices: Sequence[Notice] = (), names: Sequence[str] = ()
    ) -> None:
        """Take the reason; `names` are those of the files at fault."""
        self.reason = reason
        self.at_fault = at_fault
        self.notices = tuple(notices)
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        super().__init__(f"{', '.join(names[:3])}{more}: {reason}" if names else reason)


def of(data: Data, shapes: Shapes) -> list[Notice]:
    """Return what validating this data against these shapes does not cover."""
    checked = any(_matches(data, shape) for shape in shapes.targeted())
    found = of_shapes(shapes)
    if not len(data):
        return [Notice("empty-data", Severity.WARNING, "The data graph is empty."), *found]
    if not checked:
        message = "No target of any shape matches a node of the data: nothing was validated."
        found.insert(0, Notice("nothing-checked", Severity.WARNING, message))
    known = _Known(data)
    return [*found, *_targets(data, shapes, known), *_paths(data, shapes, known)]


def of_shapes(shapes: Shapes) -> list[Notice]:
    """Return what no data could be validated for: slips in the shapes themselves."""
    return [*_terms(shapes), *_flaws(shapes), *_unused(shapes)]


def _matches(data: Data, shape: Shape) -> bool:
    targets, known = shape.targets, data.predicates
    return bool(
        targets.nodes
        or any(data.members(kind) for kind in targets.classes)
        or any(predicate in known for predicate in targets.subjects_of | targets.objects_of)
    )


def _terms(shapes: Shapes) -> Iterator[Notice]:
    """Yield the terms of SHACL's namespace that are not known, or known and not evaluated."""
    graph = shapes.graph
    start = len(names.SHACL) + 1
    strange: dict[int, str] = {}
    for number, key in enumerate(graph.terms.keys):
        if key.startswith(names.SHACL, 1) and key[0] == "<":
            name = key[start:-1]
            if name and name not in known_terms.CORE:
                strange[number] = name
    if not strange:
        return
    said: set[tuple[int, str]] = set()
    for subject, predicate, value in graph.triples():
        for number in (predicate, value):
            name = strange.get(number, "")
            if name and (subject, name) not in said:
                said.add((subject, name))
                notice = _strange(graph.key(subject), graph.key(predicate), name)
                if notice is not None:
                    yield notice


def _strange(subject: str, predicate: str, name: str) -> Notice | None:
    if name in known_terms.DECIDING:
        message = f"sh:{name} is not evaluated: it belongs to another document than SHACL 1.0."
        return Notice("not-evaluated", Severity.WARNING, message, subject, predicate, sh(name))
    if name in known_terms.NOT_EVALUATED:
        return None
    same = [known for known in known_terms.CORE if known.lower() == name.lower()]
    near = nearest(same[0] if same else name, known_terms.CORE).replace(
        "; did you mean '", "; did you mean 'sh:"
    )
    message = f"sh:{name} is no term of SHACL, and is ignored{near}"
    return Notice("misspelt-term", Severity.WARNING, message, subject, predicate, sh(name))


def _flaws(shapes: Shapes) -> Iterator[Notice]:
    for shape in shapes:
        key = shapes.graph.key(shape.number)
        # A shape that another one makes unreadable is told of where it has a target, and so is left over.
        reason = shape.unread or (shapes.unread(shape) if shape.targets else None)
        if reason is not None and not shape.deactivated:
            kind = "ill-formed-shape" if shape.flawed else "left-to-pyshacl"
            severity = Severity.WARNING if shape.flawed else Severity.INFO
            what = "breaks SHACL's rules" if shape.flawed else "is left to pyshacl"
            yield Notice(kind, severity, f"The shape {what}: {reason}.", key)


def _reached(shapes: Shapes) -> set[int]:
    """Return the shapes with a target, and those that they lead to."""
    found: set[int] = set()
    todo = [shape.number for shape in shapes if shape.targets]
    while todo:
        number = todo.pop()
        if number not in found:
            found.add(number)
            todo += shapes[number].refers
    return found


def _unused(shapes: Shapes) -> Iterator[Notice]:
    reached = _reached(shapes)
    led = {number for shape in shapes for number in shape.refers}
    graph = shapes.graph
    parameters = {graph.number(sh(name)) for name in known_terms.PARAMETERS}
    nodes = {node for node in graph.described() if not parameters.isdisjoint(graph.predicates(node))}
    nodes -= {value for _, value in graph.pairs(sh("parameter"))}
    for number in sorted(nodes | {shape.number for shape in shapes}):
        if number not in reached and number not in led and not (number in shapes and shapes[number].unread):
            message = "The shape has no target, and no other shape leads to it; it is never used."
            yield Notice("unused-shape", Severity.WARNING, message, graph.key(number))


class _Known:
    """What the data declares and uses, and which of it is spelt most like something."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self.declared = _declared(data)

    @cached_property
    def terms(self) -> Names:
        """The classes and properties declared, and the classes used."""
        return self._names(self.declared)

    @cached_property
    def predicates(self) -> Names:
        """The properties used."""
        return self._names(self._data.predicates)

    def _names(self, numbers: Iterable[int]) -> Names:
        return Names((self._data.terms.keys[number] for number in numbers), 0.6)


def _hint(names: Names, name: str) -> str:
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
    for number in _reached(shapes):
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


_DECLARING = (
    (OWL, "Class"),
    (OWL, "ObjectProperty"),
    (OWL, "DatatypeProperty"),
    (OWL, "AnnotationProperty"),
    (RDFS, "Class"),
    (RDF, "Property"),
)
