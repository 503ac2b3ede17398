"""Finding what a verdict does not cover: what the data leave untouched, and what is wrong with the shapes.

Knows data, shapes and whose verdict it is; no files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.validation.advice import slips
from amcc_kg.validation.engine.columns import Evaluator
from amcc_kg.validation.findings import unmatched
from amcc_kg.validation.findings.findings import Severity
from amcc_kg.validation.findings.notices import GIVEN_UP, ILL_FORMED, NOTHING_CHECKED, Notice
from amcc_kg.validation.shapes import known_terms
from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from amcc_kg.terms.errors import InputError
    from amcc_kg.validation.engine.columns import Data, Shapes
    from amcc_kg.validation.engine.scope import Scope
    from amcc_kg.validation.shapes.shape import Shape
    from amcc_kg.validation.shapes.shapes_graph import Flaw


def of(data: Data, shapes: Shapes, scope: Scope | None = None) -> list[Notice]:
    """Return what validating this data against these shapes does not cover.

    All of the data count where no `scope` is given.
    """
    found = of_shapes(shapes, data, scope)
    if not len(data):
        return [Notice("empty-data", Severity.WARNING, "The data graph is empty."), *found]
    if not _looked_at(data, shapes, scope):
        message = "No target of any shape matches a node of the data: nothing was validated."
        found.insert(0, Notice(NOTHING_CHECKED, Severity.WARNING, message))
    return [*found, *unmatched.of(data, shapes)]


def of_shapes(shapes: Shapes, data: Data | None = None, scope: Scope | None = None) -> list[Notice]:
    """Return what no data could be validated for: slips in the shapes themselves.

    `data` and `scope` tell what is at hand of what the shapes import.
    """
    return [
        *slips.misspelt(shapes),
        *slips.undefined(shapes),
        *slips.datatypes(shapes),
        *slips.idle_flags(shapes),
        *slips.imports(shapes, data, frozenset() if scope is None else scope.documents),
        *ill_formed(shapes),
        *_left(shapes),
        *_unused(shapes),
    ]


def given_up(shapes: Shapes, stopped: Mapping[int, InputError]) -> list[Notice]:
    """Return a notice for each shape at which pyshacl, to which it is left, has stopped."""
    return [
        Notice(GIVEN_UP, Severity.WARNING, f"The shape is not evaluated: {error}.", shapes.graph.key(number))
        for number, error in stopped.items()
    ]


def fatal(shapes: Shapes, queries: bool = False) -> list[Notice]:
    """Return what makes any verdict of the shapes worthless, so that SHACL wants a failure: flaws of shapes
    that data are held against, and entailment that is asked for; `queries` as for `ill_formed`.
    """
    held = shapes.reached()
    flaws = [_told(shapes, flaw) for flaw in _flaws(shapes, queries) if flaw.shape in held]
    spelling = slips.misspelt(shapes) if flaws else ()  # what explains a flaw best
    return [*spelling, *flaws, *slips.entailment(shapes)]


def ill_formed(shapes: Shapes, queries: bool = False) -> list[Notice]:
    """Return each breach of the syntax rules; with `queries`, every query is read, not only the odd ones."""
    return [_told(shapes, flaw) for flaw in _flaws(shapes, queries)]


def _flaws(shapes: Shapes, queries: bool = False) -> list[Flaw]:
    found = list(shapes.flaws)
    asked = shapes.graph.number(sh("sparql")) >= 0
    if asked and (queries or any(shape.unread is not None for shape in shapes)):
        # Two parsers of SPARQL come with it, which well-formed shapes need not pay for.
        from amcc_kg.validation.shapes import query_syntax

        found += query_syntax.flaws(shapes, queries)
    return found


def _told(shapes: Shapes, flaw: Flaw) -> Notice:
    graph = shapes.graph
    return Notice(
        ILL_FORMED,
        Severity.WARNING,
        f"The shape breaks SHACL's rules: {flaw.reason}.",
        graph.key(flaw.subject),
        flaw.predicate,
        None if flaw.value is None else graph.key(flaw.value),
    )


def _looked_at(data: Data, shapes: Shapes, scope: Scope | None) -> bool:
    if scope is not None and scope.described:
        return scope.looked_at(Evaluator(data, shapes))
    return any(_matches(data, shape) for shape in shapes.targeted())


def _matches(data: Data, shape: Shape) -> bool:
    targets, known = shape.targets, data.predicates
    return bool(
        any(data.members(kind) for kind in targets.classes)
        or any(predicate in known for predicate in targets.subjects_of | targets.objects_of)
        or targets.nodes - data.strangers(targets.nodes)
    )


def _left(shapes: Shapes) -> Iterator[Notice]:
    """Yield the shapes that the default engine does not read, though they break no rule."""
    for shape in shapes:
        # A shape that another one makes unreadable is told of where it has a target, and so is left over.
        reason = shape.unread or (shapes.unread(shape) if shape.targets else None)
        if reason is not None and shape.flaw is None and not shape.deactivated:
            message = f"The shape is left to pyshacl: {reason}."
            yield Notice("left-to-pyshacl", Severity.INFO, message, shapes.graph.key(shape.number))


def _unused(shapes: Shapes) -> Iterator[Notice]:
    reached = shapes.reached()
    led = {number for shape in shapes for number in shape.refers}
    graph = shapes.graph
    parameters = {graph.number(sh(name)) for name in known_terms.PARAMETERS}
    nodes = {node for node in graph.described() if not parameters.isdisjoint(graph.predicates(node))}
    nodes -= {value for _, value in graph.pairs(sh("parameter"))}
    for number in sorted(nodes | {shape.number for shape in shapes}):
        if number not in reached and number not in led and not (number in shapes and shapes[number].unread):
            message = "The shape has no target, and no other shape leads to it; it is never used."
            yield Notice("unused-shape", Severity.WARNING, message, graph.key(number))
