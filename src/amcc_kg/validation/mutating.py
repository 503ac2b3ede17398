"""Can each constraint fail? The data is broken on purpose, a little, until the constraint says so.

A constraint that no mutation trips is named: it may be one that nothing can break, or one that needs a
mutation that is not tried here. Nothing is claimed about data other than what is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amcc_kg.terms import XSD
from amcc_kg.validation.columns import Data, Evaluator
from amcc_kg.validation.columns.shapes_graph import Unreadable
from amcc_kg.validation.coverage import coverage, local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amcc_kg.validation.columns import Shapes
    from amcc_kg.validation.coverage import Covered

Row = tuple[int, int, int]

_VALUES = (
    "<urn:example:mutant>",
    "_:mutant",
    '"mutant"',
    '"mutant"@en',
    '""',
    '"' + "long " * 400 + '"',
    *(f'"{text}"^^<{XSD}integer>' for text in ("-999999999", "999999999", "mutant")),
    *(f'"{text}"^^<{XSD}date>' for text in ("0001-01-01", "9999-12-31")),
    f'"mutant"^^<{XSD}boolean>',
)
_FOCI_TRIED = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a constraint was made to fail, and by what; `mutation` is empty if it was not."""

    covered: Covered
    mutation: str


def mutate(data: Data, shapes: Shapes) -> list[Verdict]:
    """Return a verdict on each constraint that a target leads to and that had a node to look at."""
    rows = list(dict.fromkeys(data.rows()))
    found = []
    for covered in coverage(Evaluator(data, shapes)):
        if covered.foci:
            found.append(Verdict(covered, _killed(covered, rows, data, shapes)))
    return found


def _killed(covered: Covered, rows: list[Row], data: Data, shapes: Shapes) -> str:
    names = data.terms.keys
    for focus in sorted(covered.foci, key=names.__getitem__)[:_FOCI_TRIED]:
        for mutation, changed, node in _mutations(covered, focus, rows, data):
            mutant = Data(data.terms)
            mutant.add(*zip(*changed, strict=True)) if changed else None
            try:
                results = list(Evaluator(mutant, shapes).results_of(covered.shape, {node}))
            except Unreadable:
                continue  # a query that only the reference evaluates
            if any(local(result.component) == covered.component for result in results):
                return mutation
    return ""


def _mutations(
    covered: Covered, focus: int, rows: list[Row], data: Data
) -> Iterator[tuple[str, list[Row], int]]:
    """Yield what is done, the rows after it, and the node to look at then."""
    terms, path = data.terms, covered.shape.path
    yield "as it is", rows, focus
    for key in ("_:mutant", '"mutant"', "<urn:example:mutant>"):
        number = terms.intern(key)
        moved = rows if key[0] == '"' else [(number if s == focus else s, p, o) for s, p, o in rows]
        yield f"look at {key}", moved, number
    if not isinstance(path, str):
        yield from _everywhere(focus, rows, data)
        return
    predicate = terms.intern(path)
    others = [row for row in rows if row[:2] != (focus, predicate)]
    values = [o for s, p, o in rows if (s, p) == (focus, predicate)]
    yield "take its values away", others, focus
    for key in _VALUES:
        number = terms.intern(key)
        yield f"put {key[:40]} for its values", [*others, (focus, predicate, number)], focus
        yield f"add {key[:40]}", [*rows, (focus, predicate, number)], focus
    more = [(focus, predicate, terms.intern(f'"mutant {n}"@en')) for n in range(2)]
    yield "add two texts in one language", [*rows, *more], focus
    extra = [(focus, predicate, terms.intern(f"<urn:example:mutant-{n}>")) for n in range(12)]
    yield "add twelve values", [*rows, *extra], focus
    for value in values[:1]:
        yield "describe its value no more", [row for row in rows if row[0] != value], focus


def _everywhere(focus: int, rows: list[Row], data: Data) -> Iterator[tuple[str, list[Row], int]]:
    """Yield mutations of all that is said of a node, for a shape without a simple path."""
    terms = data.terms
    yield "say nothing of it", [row for row in rows if row[0] != focus], focus
    strange = (focus, terms.intern("<urn:example:unknown>"), terms.intern('"mutant"'))
    yield "give it an unknown property", [*rows, strange], focus
    for predicate in sorted({p for s, p, _ in rows if s == focus}, key=terms.keys.__getitem__):
        others = [row for row in rows if row[:2] != (focus, predicate)]
        name = terms.keys[predicate]
        yield f"take {name} away", others, focus
        for key in _VALUES:
            number = terms.intern(key)
            yield f"put {key[:40]} for {name}", [*others, (focus, predicate, number)], focus
            yield f"add {key[:40]} to {name}", [*rows, (focus, predicate, number)], focus
