"""A shape by example: a few made-up triples that pass it, and a few that each constraint of it fails.

Nothing is shown that was not tried. What is shown stands alone: it is validated without other data, and
without an ontology. Knows shapes; no data of anybody's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import RDF, RDFS
from amcc_kg.validation.advice.hints import spelt
from amcc_kg.validation.engine.columns import Data, Evaluator
from amcc_kg.validation.examples.coverage import local
from amcc_kg.validation.examples.mutations import mutations
from amcc_kg.validation.examples.passing import ANY, THING, Row, valued
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes.shapes_graph import Unreadable
from amcc_kg.validation.shapes.vocabulary import TYPE, sh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from amcc_kg.validation.engine.columns import Result, Shapes
    from amcc_kg.validation.shapes.shape import Shape

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


@dataclass(frozen=True, slots=True)
class Illustration:
    """A shape by example, in Turtle whose prefixes are those of `amcc_kg.terms.prefixes.PREFIXES`.

    Attributes:
        passes: what the shape finds nothing in; empty if nothing was found.
        fails: the local name of each component that was made to find fault, and what it finds fault with.
    """

    passes: str
    fails: tuple[tuple[str, str], ...]


class Illustrator:
    """Makes up examples for the shapes of a shapes graph."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._terms = shapes.graph.terms
        self._nothing = Data(self._terms)
        self._flawed = {flaw.shape for flaw in shapes.flaws}
        self._above: dict[int, list[int]] = {}
        for owner, part in shapes.graph.pairs(sh("property")):
            if owner in shapes and not shapes[owner].deactivated:
                self._above.setdefault(part, []).append(owner)

    def illustrated(self, shape: Shape) -> Illustration:
        """Return the examples of a shape; none if it is switched off, flawed, or not read by the engine."""
        stated = {getattr(constraint, "component", constraint.iri) for constraint in shape.constraints}
        components = sorted(stated - {sh("PropertyShapeComponent")})
        unusable = shape.number in self._flawed or self._shapes.unread(shape) is not None
        if shape.deactivated or unusable or not components:
            return Illustration("", ())
        starts = list(islice(self._starts(shape), _STARTS))
        passes = self._passing(shape, starts)
        before = [passes, *starts] if passes else starts
        fails = ((local(component), self._failing(shape, component, before)) for component in components)
        return Illustration(
            self._turtle(*passes) if passes else "", tuple((name, text) for name, text in fails if text)
        )

    def _passing(self, shape: Shape, starts: Iterable[Start]) -> Start | None:
        """Return what passes, preferably every shape with the same path: shapes often share the work."""
        alike = [
            other
            for other in self._shapes
            if other.path == shape.path is not None
            and not other.deactivated
            and self._shapes.unread(other) is None
        ]
        second: Start | None = None
        for focus, rows in starts:
            for tried in islice(self._candidates(shape, focus, rows), _TRIED):
                if not self._shown(focus, tried):
                    continue
                found, looked_at = self._results(shape, focus, tried)
                if found is None or found or not looked_at:
                    continue
                evaluator = self._evaluator(tried)
                if not any(list(evaluator.results_of(other, {focus})) for other in alike):
                    return focus, tried
                second = second or (focus, tried)
        return second

    def _failing(self, shape: Shape, component: str, starts: Iterable[Start]) -> str:
        """Return what a constraint finds fault with, no triple too many."""
        for start, rows in starts:
            sized = ((tried, start) for tried in self._sized(shape, start, rows))
            mutants = [(tried, node) for _, tried, node in mutations(shape, start, rows, self._nothing)]
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
        if not self._shown(focus, rows):
            return False
        found, _ = self._results(shape, focus, rows)
        # A target that is a literal may be at fault whatever is said of others.
        said = {node for s, _, o in rows for node in (s, o)}
        return any(result.component == component and result.focus in said for result in found or ())

    def _shown(self, focus: int, rows: list[Row]) -> bool:
        """Tell whether Turtle can say it, shortly, and says something of the focus node."""
        names = self._terms.keys
        return (
            any(focus in (s, o) for s, _, o in rows)
            and all(names[s][0] != '"' for s, _, _ in rows)
            and len(self._turtle(focus, rows)) <= _LONGEST
        )

    def _evaluator(self, rows: list[Row]) -> Evaluator:
        data = Data(self._terms)
        if rows:
            data.add(*zip(*rows, strict=True))
        return Evaluator(data, self._shapes)

    def _results(self, shape: Shape, focus: int, rows: list[Row]) -> tuple[list[Result] | None, bool]:
        """Return what the shape itself finds, None if the engine cannot tell, and if it looks at the node."""
        evaluator = self._evaluator(rows)
        try:
            foci = self._foci(evaluator, shape, 0) if self._reached(shape) else {focus}
            found = [r for r in evaluator.results_of(shape, foci) if r.shape == shape.number]
        except Unreadable:  # a query that only the reference evaluates
            return None, False
        return found, focus in foci

    def _foci(self, evaluator: Evaluator, shape: Shape, depth: int) -> set[int]:
        """Return every node that the targets lead to for this shape, by whatever shape above it."""
        found = set(evaluator.focus_nodes(shape))
        if depth < _DEEPEST:
            for number in self._above.get(shape.number, ()):
                owner = self._shapes[number]
                found |= evaluator.view(owner, self._foci(evaluator, owner, depth + 1)).values.distinct()
        return found

    def _reached(self, shape: Shape, depth: int = 0) -> bool:
        return bool(shape.targets) or (
            depth < _DEEPEST
            and any(
                self._reached(self._shapes[owner], depth + 1) for owner in self._above.get(shape.number, ())
            )
        )

    def _targeted(self, shape: Shape, depth: int = 0) -> Iterator[Shape]:
        """Yield the shape and the node shapes above it, as far as they have targets."""
        if shape.targets:
            yield shape
        for number in sorted(self._above.get(shape.number, ()), key=self._terms.keys.__getitem__):
            if self._shapes[number].path is None and depth < _DEEPEST:
                yield from self._targeted(self._shapes[number], depth + 1)

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
                yield from ((value, [(other, intern(f"<{RDF}value>"), value)]) for value in map(intern, ANY))
        for root in self._targeted(shape):
            for kind in sorted(root.targets.classes, key=order):
                yield this, [(this, kind_of, kind)]
            for predicate in sorted(root.targets.subjects_of, key=order):
                for key in ('"text"', THING):
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
        thing, kind_of = intern(THING), intern(TYPE)
        kinds = list(dict.fromkeys(self._kinds(shape, 0)))
        if shape.path is None:
            yield rows
            yield from ([*rows, (focus, kind_of, kind)] for kind in kinds)
            paths = map(intern, dict.fromkeys(self._paths(shape, 0)))
            yield from ([*rows, (focus, path, thing)] for path in paths)
            return
        yield from self._sized(shape, focus, rows)
        if isinstance(shape.path, str):
            predicate = intern(shape.path)
            others = [row for row in rows if row[:2] != (focus, predicate)]
            *more, last = (tried for _, tried in valued(focus, shape.path, rows, self._nothing, self._shapes))
            yield from more
            for kind in kinds:
                yield [*others, (focus, predicate, thing), (thing, kind_of, kind)]
            yield last
            return
        steps = [intern(name) for name in property_paths.predicates(shape.path)]
        between = [intern(f"<https://example.org/step-{n}>") for n in range(1, len(steps))]
        for key in ANY:
            nodes = [focus, *between, intern(key)]
            chained = [(s, p, o) for (s, o), p in zip(pairwise(nodes), steps, strict=True)]
            yield [*rows, *chained]
            if "^" in property_paths.text(shape.path):  # an inverse path
                yield [*rows, *((o, p, s) for s, p, o in chained)]
            if key == THING:
                yield from ([*rows, *chained, (thing, kind_of, kind)] for kind in kinds)
        yield rows

    def _sized(self, shape: Shape, focus: int, rows: list[Row]) -> Iterator[list[Row]]:
        """Yield texts just as long as a length that the shape names, and longer by one."""
        if not isinstance(shape.path, str):
            return
        predicate, graph = self._terms.intern(shape.path), self._shapes.graph
        others = [row for row in rows if row[:2] != (focus, predicate)]
        for name in ("minLength", "maxLength"):
            for size in map(keys.value, map(graph.key, graph.objects(shape.number, sh(name)))):
                if size.isdecimal() and int(size) < _LONGEST_TEXT:
                    for length in (int(size), int(size) + 1):
                        yield [*others, (focus, predicate, self._terms.intern(f'"{"x" * length}"'))]

    def _kinds(self, shape: Shape, depth: int) -> Iterator[int]:
        """Yield the classes that a shape, or a shape that it names, asks for."""
        yield from self._shapes.graph.objects(shape.number, sh("class"))
        if depth < _DEEPEST:
            for number in shape.refers:
                if number in self._shapes:
                    yield from self._kinds(self._shapes[number], depth + 1)

    def _paths(self, shape: Shape, depth: int) -> Iterator[str]:
        """Yield the properties whose values a shape that this one names asks for."""
        if depth < _DEEPEST:
            for number in shape.refers:
                if number in self._shapes:
                    named = self._shapes[number]
                    yield from (named.path,) if isinstance(named.path, str) else ()
                    yield from self._paths(named, depth + 1)

    def _turtle(self, focus: int, rows: list[Row]) -> str:
        names = self._terms.keys
        said: dict[int, list[str]] = {focus: []}
        for subject, predicate, value in dict.fromkeys(rows):
            verb = "a" if names[predicate] == TYPE else _written(names[predicate])
            said.setdefault(subject, []).append(f"{verb} {_written(names[value])}")
        return " ".join(
            f"{_written(names[node])} {' ; '.join(all_)} ." for node, all_ in said.items() if all_
        )


def _written(key: str) -> str:
    """Return a term in Turtle, short where Turtle allows it: `spelt` is for people, with slashes in names."""
    short = spelt(key)
    if key[0] == "<":
        return short if _PREFIXED.fullmatch(short) else key
    if key[0] == '"' and "^^" in short and short[-1] != ">":
        return short if _PREFIXED.fullmatch(short[short.rindex("^^") + 2 :]) else key
    return short
