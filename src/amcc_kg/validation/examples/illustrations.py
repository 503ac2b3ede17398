"""Shapes by example: what passes and what fails, from the data at hand or made up.

Nothing is called an example that the shape was not evaluated on. What passes a shape that something failed is
a line of the same data, or else a change of it. What illustrates a shape by itself stands alone: it is
validated without other data, and without an ontology.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise

from amcc_kg.syntax.reading import Source
from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import RDF, RDFS, XSD
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Evaluator, Shape, Shapes
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.examples.mutations import (
    Row,
    beside,
    components,
    lacking,
    local,
    mutations,
    reified,
)
from amcc_kg.validation.findings.report import Finding
from amcc_kg.validation.findings.spelling import spelt
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes.shapes_graph import Unreadable
from amcc_kg.validation.shapes.vocabulary import TYPE, sh

_CHANGES = 50
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
_THING = "<https://example.org/thing>"
_ANY = ('"text"', '"text"@en', _THING, *(f'"{text}"^^<{XSD}{name}>' for name, text in _SAMPLES.items()))
_THIS = "<https://example.org/this>"
_OTHER = "<https://example.org/other>"
_TRIED = 60  # for each start
_STARTS = 16
_LONGEST = 300  # characters of an example
_LONGEST_TEXT = 200
_DEEPEST = 8
_PREFIXED = re.compile(r"[a-z][a-z0-9]*:[A-Za-z_][\w-]*", re.ASCII)

Start = tuple[int, list[Row]]
"""A node, and what is said so that the shape is about it."""


def given(
    findings: Sequence[Finding], sources: Sequence[Source], data: Data, shapes: Shapes
) -> list[Finding]:
    """Return the findings, each with an example of what passes where one was found."""
    evaluator = Evaluator(data, shapes)
    known: dict[str, str] = {}
    for finding in findings:
        key = finding.source_shape_key
        number = shapes.graph.number(key)
        if key not in known and number in shapes and shapes.unread(shapes[number]) is None:
            known[key] = _example(shapes[number], sources, evaluator)
            if not known[key] and len(data) <= _MOST_ROWS:
                known[key] = _made_up(finding, shapes[number], data, shapes)
    return [replace(finding, example=known.get(finding.source_shape_key, "")) for finding in findings]


def _example(shape: Shape, sources: Sequence[Source], evaluator: Evaluator) -> str:
    """Return the first line where something has a value by the shape's path and passes the shape."""
    if not isinstance(shape.path, str):
        return ""
    tried: set[int] = set()
    for source in sources:
        predicate = source.terms.ids.get(shape.path)
        for row, (subject, number) in enumerate(zip(source.s, source.p, strict=True)):
            if number != predicate or subject in tried:
                continue
            tried.add(subject)
            if not list(evaluator.results_of(shape, {subject})):
                line = source.lines.place(source.o_at[row])[0]
                return f"{source.lines.line(line).strip()} ({source.name}:{line})"
            if len(tried) > _CHANGES:
                return ""
    return ""


def _made_up(finding: Finding, shape: Shape, data: Data, shapes: Shapes) -> str:
    """Return, in words, the first change of what is said of the focus node after which the shape is content.

    A change that contents every shape with the same path is preferred.
    """
    focus, names = data.terms.ids[finding.focus_key], data.terms.keys
    rows = list(dict.fromkeys(data.rows()))

    def changes() -> Iterator[tuple[str, list[Row]]]:
        if isinstance(shape.path, str):
            subject = spelt(finding.focus_key)
            for said, changed in _valued(focus, shape.path, rows, data, shapes):
                yield f"{subject} {said}" if said else f"the same without {spelt(shape.path)}", changed
            return
        for row in rows:
            if row[0] == focus and finding.value_key in (None, finding.focus_key, names[row[2]]):
                left = [other for other in rows if other != row]
                yield f"the same without {spelt(names[row[1]])} {spelt(names[row[2]])}", left

    second = ""
    for words, changed in islice(changes(), _CHANGES):
        evaluator = beside(changed, shapes)
        left = {result.component for result in evaluator.results_of(shape, {focus})}
        # What else is wrong with a node has its own findings; a property shape is short enough to pass whole.
        if finding.component_key in left or (left and shape.path is not None):
            continue
        if _content(evaluator, shape, focus):
            return words
        second = second or words
    return second


def _content(evaluator: Evaluator, shape: Shape, focus: int) -> bool:
    """Tell whether all shapes with the same path find nothing: shapes often share the work."""
    shapes = evaluator.shapes
    return not any(
        list(evaluator.results_of(other, {focus}))
        for other in shapes
        if other.path == shape.path is not None and not other.deactivated and shapes.unread(other) is None
    )


def _valued(
    focus: int, path: str, rows: list[Row], data: Data, shapes: Shapes
) -> Iterator[tuple[str, list[Row]]]:
    """Yield other values of a node by a predicate, in words, and the rows then; in the end without any."""
    names, intern = data.terms.keys, data.terms.intern
    predicate = intern(path)
    others = lacking(rows, focus, predicate)
    own = [o for s, p, o in rows if (s, p) == (focus, predicate)]
    known = sorted(data.column(predicate).distinct())[:_OTHERS]
    wished = [*own, *map(intern, _wished(path, data, shapes)), *known, *map(intern, _ANY)]
    candidates = [number for number in dict.fromkeys(wished) if names[number][0] in '<"']
    verb = spelt(path)
    for values in (*([one] for one in candidates), candidates[:2], candidates[:3]):
        said = ", ".join(spelt(names[value]) for value in values)
        yield f"{verb} {said} (made up)", [*others, *((focus, predicate, o) for o in values)]
    for kind in _classes(path, shapes):
        typed = [(focus, predicate, intern(_THING)), (intern(_THING), intern(TYPE), kind)]
        words = f"{verb} {spelt(_THING)} (made up), an instance of {spelt(names[kind])}"
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
    found = (shapes.graph.objects(shape.number, sh("class")) for shape in shapes if shape.path == path)
    return list(dict.fromkeys(chain.from_iterable(found)))


class Illustrator:
    """Makes up examples for the shapes of a shapes graph.

    They are Turtle whose prefixes are those of `amcc_kg.terms.prefixes.PREFIXES`.
    """

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._terms = shapes.graph.terms
        self._nothing = Data(self._terms)
        self._flawed = {flaw.shape for flaw in shapes.flaws}
        self._above: dict[int, list[Shape]] = {}
        names = self._terms.keys
        for owner, part in sorted(shapes.graph.pairs(sh("property")), key=lambda pair: names[pair[0]]):
            if owner in shapes and not shapes[owner].deactivated:
                self._above.setdefault(part, []).append(shapes[owner])

    def illustrated(self, shape: Shape) -> tuple[str, list[tuple[str, str]]]:
        """Return what a shape finds nothing in, and what each component, by local name, finds fault with.

        What was not found is left out; all, if it is switched off, flawed, or not read by the engine.
        """
        stated = sorted(components(shape))
        unusable = shape.number in self._flawed or self._shapes.unread(shape) is not None
        if shape.deactivated or unusable or not stated:
            return "", []
        starts = list(islice(self._starts(shape), _STARTS))
        passes = self._passing(shape, starts)
        before = [passes, *starts] if passes else starts
        fails = ((local(component), self._failing(shape, component, before)) for component in stated)
        shown = self._turtle(*passes) if passes else ""
        return shown, [(name, text) for name, text in fails if text]

    def _passing(self, shape: Shape, starts: Iterable[Start]) -> Start | None:
        """Return what passes, preferably every shape with the same path."""
        second: Start | None = None
        for focus, rows in starts:
            for tried in islice(self._candidates(shape, focus, rows), _TRIED):
                found, looked_at = self._results(shape, focus, tried)
                if found or not looked_at:
                    continue
                if _content(beside(tried, self._shapes), shape, focus):
                    return focus, tried
                second = second or (focus, tried)
        return second

    def _failing(self, shape: Shape, component: str, starts: Iterable[Start]) -> str:
        """Return what a constraint finds fault with, no triple too many."""
        for start, rows in starts:
            sized = ((tried, start) for tried in self._sized(shape, start, rows))
            mutants = [(tried, node) for (_, tried), node in mutations(shape, start, rows, self._terms)]
            mutants.sort(key=lambda mutant: mutant[1] != start)  # another focus node only where it must be
            for tried, focus in chain(sized, mutants):
                if not self._fails(shape, component, focus, tried):
                    continue
                for row in tried:
                    fewer = [other for other in tried if other != row]
                    if self._fails(shape, component, focus, fewer):
                        tried = fewer
                return self._turtle(focus, tried)
        return ""

    def _fails(self, shape: Shape, component: str, focus: int, rows: list[Row]) -> bool:
        # A target that is a literal may be at fault whatever is said of others.
        said = {node for s, _, o in rows for node in (s, o)}
        found, _ = self._results(shape, focus, rows)
        return any(result.component == component and result.focus in said for result in found)

    def _shown(self, focus: int, rows: list[Row]) -> bool:
        """Tell whether Turtle can say it, shortly, and says something of the focus node."""
        names = self._terms.keys
        return (
            any(focus in (s, o) for s, _, o in rows)
            and all(names[s][0] != '"' for s, _, _ in rows)
            and len(self._turtle(focus, rows)) <= _LONGEST
        )

    def _results(self, shape: Shape, focus: int, rows: list[Row]) -> tuple[list[Result], bool]:
        """Return what the shape itself finds, and whether it looks at the node; nothing if none can tell."""
        if not self._shown(focus, rows):
            return [], False
        evaluator = beside(rows, self._shapes)
        try:
            foci = self._foci(evaluator, shape) if self._reached(shape) else {focus}
            found = [r for r in evaluator.results_of(shape, foci) if r.shape == shape.number]
        except Unreadable:  # a query that only pyshacl evaluates
            return [], False
        return found, focus in foci

    def _foci(self, evaluator: Evaluator, shape: Shape, depth: int = 0) -> set[int]:
        """Return every node that the targets lead to for this shape, by whatever shape above it."""
        found = set(evaluator.focus_nodes(shape))
        for owner in self._owners(shape) if depth < _DEEPEST else ():
            found |= evaluator.view(owner, self._foci(evaluator, owner, depth + 1)).values.distinct()
        return found

    def _reached(self, shape: Shape) -> bool:
        """Tell whether the shape or one above it has a target."""
        return any(other.targets for other in self._related(shape, self._owners))

    def _owners(self, shape: Shape) -> list[Shape]:
        return self._above.get(shape.number, [])

    def _node_owners(self, shape: Shape) -> list[Shape]:
        return [owner for owner in self._owners(shape) if owner.path is None]

    def _named(self, shape: Shape) -> list[Shape]:
        return [self._shapes[number] for number in shape.refers if number in self._shapes]

    def _related(
        self, shape: Shape, onward: Callable[[Shape], list[Shape]], depth: int = 0
    ) -> Iterator[Shape]:
        """Yield a shape, and those that lead on from it, and so on."""
        yield shape
        for other in onward(shape) if depth < _DEEPEST else ():
            yield from self._related(other, onward, depth + 1)

    def _starts(self, shape: Shape) -> Iterator[Start]:
        intern, order = self._terms.intern, self._terms.keys.__getitem__
        this, other, kind_of = intern(_THIS), intern(_OTHER), intern(TYPE)
        resource = intern(f"<{RDFS}Resource>")
        if not self._reached(shape):
            # Another shape may name it: it is about whatever it is asked about, a literal too.
            if shape.path is not None:
                yield this, []
            yield this, [(this, kind_of, resource)]
            if shape.path is None:
                yield from ((value, [(other, intern(f"<{RDF}value>"), value)]) for value in map(intern, _ANY))
        for root in self._related(shape, self._node_owners):
            for kind in sorted(root.targets.classes, key=order):
                yield this, [(this, kind_of, kind)]
            for predicate in sorted(root.targets.subjects_of, key=order):
                for key in ('"text"', _THING):
                    yield this, [(this, predicate, intern(key))]
            for predicate in sorted(root.targets.objects_of, key=order):
                for key in (_THIS, '"text"', "_:this"):
                    yield intern(key), [(other, predicate, intern(key))]
            for node in sorted(root.targets.nodes, key=order):
                yield node, []
                yield node, [(node, kind_of, resource)]

    def _candidates(self, shape: Shape, focus: int, rows: list[Row]) -> Iterator[list[Row]]:
        """Yield what may pass, what says more first: nothing at all often passes, and shows little."""
        intern = self._terms.intern
        thing, kind_of = intern(_THING), intern(TYPE)
        own, *named = self._related(shape, self._named)
        wanted = (self._shapes.graph.objects(other.number, sh("class")) for other in (own, *named))
        kinds = list(dict.fromkeys(chain.from_iterable(wanted)))
        if shape.path is None:
            yield rows
            yield from ([*rows, (focus, kind_of, kind)] for kind in kinds)
            paths = dict.fromkeys(other.path for other in named if isinstance(other.path, str))
            yield from ([*rows, (focus, intern(path), thing)] for path in paths)
            return
        yield from self._sized(shape, focus, rows)
        if isinstance(shape.path, str):
            predicate = intern(shape.path)
            *more, (_, last) = _valued(focus, shape.path, rows, self._nothing, self._shapes)
            if any(constraint.parameter == "reifierShape" for constraint in shape.constraints):
                yield from ([*tried, reified(tried[-1], thing, self._terms)] for _, tried in more)
            yield from (tried for _, tried in more)
            for kind in kinds:
                yield [*last, (focus, predicate, thing), (thing, kind_of, kind)]
            yield last
            return
        steps = [intern(name) for name in property_paths.predicates(shape.path)]
        between = [intern(f"<https://example.org/step-{n}>") for n in range(1, len(steps))]
        for key in _ANY:
            nodes = [focus, *between, intern(key)]
            chained = [(s, p, o) for (s, o), p in zip(pairwise(nodes), steps, strict=True)]
            yield [*rows, *chained]
            if "^" in property_paths.text(shape.path):  # an inverse path
                yield [*rows, *((o, p, s) for s, p, o in chained)]
            if key == _THING:
                yield from ([*rows, *chained, (thing, kind_of, kind)] for kind in kinds)
        yield rows

    def _sized(self, shape: Shape, focus: int, rows: list[Row]) -> Iterator[list[Row]]:
        """Yield texts just as long as a length that the shape names, and longer by one."""
        if not isinstance(shape.path, str):
            return
        predicate, graph = self._terms.intern(shape.path), self._shapes.graph
        others = lacking(rows, focus, predicate)
        stated = (graph.objects(shape.number, sh(name)) for name in ("minLength", "maxLength"))
        for size in (keys.value(graph.key(number)) for number in chain.from_iterable(stated)):
            if size.isdecimal() and int(size) < _LONGEST_TEXT:
                for length in (int(size), int(size) + 1):
                    yield [*others, (focus, predicate, self._terms.intern(f'"{"x" * length}"'))]

    def _turtle(self, focus: int, rows: list[Row]) -> str:
        names = self._terms.keys
        said: dict[int, list[str]] = {focus: []}
        for subject, predicate, value in dict.fromkeys(rows):
            verb = "a" if names[predicate] == TYPE else _written(names[predicate])
            said.setdefault(subject, []).append(f"{verb} {_written(names[value])}")
        blocks = ((_written(names[node]), " ; ".join(all_)) for node, all_ in said.items() if all_)
        return " ".join(f"{subject} {predicates} ." for subject, predicates in blocks)


def _written(key: str) -> str:
    """Return a term in Turtle, short where Turtle allows it: `spelt` is for people, with slashes in names."""
    if keys.is_triple_term(key):
        return keys.triple_term(*map(_written, keys.parts(key)))
    short = spelt(key)
    if key[0] == "<":
        return short if _PREFIXED.fullmatch(short) else key
    if key[0] == '"' and "^^" in short and short[-1] != ">":
        return short if _PREFIXED.fullmatch(short[short.rindex("^^") + 2 :]) else key
    return short
