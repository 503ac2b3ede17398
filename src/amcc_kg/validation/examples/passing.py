"""What passes a shape that something failed: a line of the same data, or else one made up that was tried.

Nothing is called an example that the shape was not evaluated on.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.advice.hints import spelt
from amcc_kg.validation.engine.columns import Data, Evaluator
from amcc_kg.validation.shapes.vocabulary import TYPE, sh

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from amcc_kg.validation.engine.columns import Shapes
    from amcc_kg.validation.findings.findings import Finding
    from amcc_kg.validation.inputs.materials import Material
    from amcc_kg.validation.shapes.shape import Shape

Row = tuple[int, int, int]

_TRIED = 50
_OTHERS = 10
_MOST_ROWS = 50_000  # every trial reads the data anew
_BOUNDS = ("hasValue", "minInclusive", "maxInclusive")
_SAMPLES = {
    "integer": "1",
    "decimal": "1.0",
    "double": "1.0E0",
    "boolean": "true",
    "date": "2020-01-31",
    "dateTime": "2020-01-31T12:00:00Z",
    "time": "12:00:00",
    "gYear": "2020",
    "duration": "P1D",
    "anyURI": "https://example.org/",
    "gYearMonth": "2020-01",
}
THING = "<https://example.org/thing>"
ANY = ('"text"', '"text"@en', THING, *(f'"{text}"^^<{XSD}{name}>' for name, text in _SAMPLES.items()))


def given(findings: Sequence[Finding], material: Material, data: Data, shapes: Shapes) -> list[Finding]:
    """Return the findings, each with an example of what passes where one was found."""
    evaluator = Evaluator(data, shapes)
    known: dict[str, str] = {}
    found = []
    for finding in findings:
        key = finding.source_shape_key
        if key not in known:
            number = shapes.graph.number(key)
            fit = number in shapes and shapes.unread(shapes[number]) is None
            known[key] = _example(shapes[number], material, evaluator) if fit else ""
            if fit and not known[key] and len(data) <= _MOST_ROWS:
                known[key] = _made_up(finding, shapes[number], data, shapes)
        found.append(replace(finding, example=known[key]))
    return found


def _example(shape: Shape, material: Material, evaluator: Evaluator) -> str:
    """Return the first line where something has a value by the shape's path and passes the shape."""
    if not isinstance(shape.path, str):
        return ""
    tried: set[int] = set()
    for source in material.sources:
        predicate = source.terms.ids.get(shape.path)
        for row, number in enumerate(source.p):
            subject = source.s[row]
            if number != predicate or subject in tried:
                continue
            tried.add(subject)
            if not list(evaluator.results_of(shape, {subject})):
                line = source.place(source.o_at[row])[0]
                return f"{source.line(line).strip()} ({source.name}:{line})"
            if len(tried) > _TRIED:
                return ""
    return ""


def _made_up(finding: Finding, shape: Shape, data: Data, shapes: Shapes) -> str:
    """Return, in words, the first change of what is said of the focus node after which the shape is content.

    A change that contents every shape with the same path is preferred, as shapes often share the work.
    """
    focus = data.terms.ids[finding.focus_key]
    alike = [
        other
        for other in shapes
        if other.path == shape.path is not None and not other.deactivated and shapes.unread(other) is None
    ]
    rows = list(dict.fromkeys(data.rows()))
    second = ""
    for words, changed in islice(_changes(finding, focus, shape, rows, data, shapes), _TRIED):
        mended = Data(data.terms)
        if changed:
            mended.add(*zip(*changed, strict=True))
        evaluator = Evaluator(mended, shapes)
        # What else is wrong with a node has its own findings; a property shape is short enough to pass whole.
        if any(
            shape.path is not None or result.component == finding.component_key
            for result in evaluator.results_of(shape, {focus})
        ):
            continue
        if not any(list(evaluator.results_of(other, {focus})) for other in alike):
            return words
        second = second or words
    return second


def _changes(
    finding: Finding, focus: int, shape: Shape, rows: list[Row], data: Data, shapes: Shapes
) -> Iterator[tuple[str, list[Row]]]:
    names = data.terms.keys
    if not isinstance(shape.path, str):
        for row in rows:
            if row[0] == focus and finding.value_key in (None, finding.focus_key, names[row[2]]):
                left = [other for other in rows if other != row]
                yield f"the same without {spelt(names[row[1]])} {spelt(names[row[2]])}", left
        return
    subject = spelt(finding.focus_key)
    for said, changed in valued(focus, shape.path, rows, data, shapes):
        yield f"{subject} {said}" if said else f"the same without {spelt(shape.path)}", changed


def valued(
    focus: int, path: str, rows: list[Row], data: Data, shapes: Shapes
) -> Iterator[tuple[str, list[Row]]]:
    """Yield other values of a node by a predicate, in words, and the rows then; in the end without any."""
    names, intern = data.terms.keys, data.terms.intern
    predicate = intern(path)
    others = [row for row in rows if row[:2] != (focus, predicate)]
    own = [o for s, p, o in rows if (s, p) == (focus, predicate)]
    known = sorted(data.column(predicate).objects())[:_OTHERS]
    wished = [*own, *map(intern, _wished(path, data, shapes)), *known, *map(intern, ANY)]
    candidates = [number for number in dict.fromkeys(wished) if names[number][0] in '<"']
    verb = spelt(path)
    for size in range(1, 4):
        for start in range(len(candidates) if size == 1 else 1):
            values = candidates[start : start + size]
            said = ", ".join(spelt(names[value]) for value in values)
            yield f"{verb} {said} (made up)", [*others, *((focus, predicate, o) for o in values)]
    for kind in _classes(path, shapes):
        typed = [(focus, predicate, intern(THING)), (intern(THING), intern(TYPE), kind)]
        words = f"{verb} {spelt(THING)} (made up), an instance of {spelt(names[kind])}"
        yield words, [*others, *typed]
    yield "", others


def _wished(path: str, data: Data, shapes: Shapes) -> Iterator[str]:
    """Yield values that shapes with this path may be content with, by what they name, likelier ones first."""
    graph = shapes.graph
    alike = [shape.number for shape in shapes if shape.path == path]
    for shape in alike:
        for name in _BOUNDS:
            yield from map(graph.key, graph.objects(shape, sh(name)))
        for head in graph.objects(shape, sh("in")):
            yield from map(graph.key, graph.items(head))
    for kind in _classes(path, shapes):
        yield from map(graph.key, data.named(TYPE).backward.get(kind, ())[:_OTHERS])
    for shape in alike:
        for head in graph.objects(shape, sh("languageIn")):
            yield from (f'"text"@{keys.value(graph.key(item))}' for item in graph.items(head))
        for kind in graph.objects(shape, sh("datatype")):
            local = graph.key(kind)[1:-1].removeprefix(XSD)
            if local == "string":
                yield '"text"'
            elif local in _SAMPLES:
                yield f'"{_SAMPLES[local]}"^^<{XSD}{local}>'


def _classes(path: str, shapes: Shapes) -> list[int]:
    """Return the classes that shapes with this path ask for."""
    graph = shapes.graph
    found = [graph.objects(shape.number, sh("class")) for shape in shapes if shape.path == path]
    return list(dict.fromkeys(kind for kinds in found for kind in kinds))
