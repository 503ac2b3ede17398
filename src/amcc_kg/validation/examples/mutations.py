"""Which constraints of a shapes graph the data put to the test, and whether each can fail.

Coverage walks from each shape with a target to the property shapes below it, with the nodes each is evaluated
for. Mutation breaks the data on purpose, a little, until a constraint says so; one that no mutation trips is
named: it may be one that nothing can break, or one that needs a mutation that is not tried here. Nothing is
claimed about data other than what is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import chain, product

from amcc_kg.syntax.reading import Terms
from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.components.core import Pair
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Evaluator, Shape, Shapes
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.shapes_graph import Unreadable
from amcc_kg.validation.shapes.vocabulary import REIFIES, sh

Row = tuple[int, int, int]
Change = tuple[str, list[Row]]
"""What is done, in words, and the rows after it."""

# What is held against a focus node even if it has no value by the path.
_WITHOUT_VALUES = frozenset(("MinCount", "HasValue", "QualifiedMinCount", "Equals", "SPARQL"))
_DEEPEST = 8
_DATES = tuple(f'"{text}"^^<{XSD}date>' for text in ("0001-01-01", "9999-12-31"))
_NUMBERS = tuple(f'"{text}"^^<{XSD}integer>' for text in ("1", "2"))
_PAIRS = (
    _DATES[::-1],
    _NUMBERS[::-1],
    (_DATES[0], _DATES[0]),
    ("<urn:example:mutant>", "<urn:example:mutant>"),
)
_VALUES = (
    "<urn:example:mutant>",
    "_:mutant",
    '"mutant"',
    '"mutant"@en',
    '""',
    '"' + "long " * 400 + '"',
    *(f'"{text}"^^<{XSD}integer>' for text in ("-999999999", "999999999", "mutant")),
    *_DATES,
    f'"mutant"^^<{XSD}boolean>',
)
_FOCI_TRIED = 3


@dataclass(slots=True)
class Covered:
    """One constraint beside the data: a shape and the local name of a component, such as `MinCount`; the
    nodes that it was evaluated for, and how many values they have by the shape's path.
    """

    shape: Shape
    component: str
    foci: set[int] = field(default_factory=set)
    values: int = 0

    @property
    def could_fail(self) -> bool:
        """Tell whether it looked at anything."""
        return bool(self.foci) and (self.values > 0 or self.component in _WITHOUT_VALUES)


def coverage(evaluator: Evaluator) -> list[Covered]:
    """Return each constraint that a target leads to, in the order of the shapes' keys."""
    found: dict[tuple[int, str], Covered] = {}
    shapes, names = evaluator.shapes, evaluator.data.terms.keys

    def cover(shape: Shape, foci: AbstractSet[int], depth: int = 0) -> None:
        if shape.unread is not None or shape.deactivated or depth > _DEEPEST:
            return
        distinct = evaluator.view(shape, foci).values.distinct()
        for name in map(local, components(shape)):
            covered = found.setdefault((shape.number, name), Covered(shape, name))
            covered.foci |= foci
            covered.values += len(distinct)
        for number in shapes.graph.objects(shape.number, sh("property")):
            if number in shapes:
                cover(shapes[number], distinct, depth + 1)

    for shape in shapes.targeted():
        cover(shape, evaluator.focus_nodes(shape))
    return sorted(found.values(), key=lambda c: (names[c.shape.number], c.component))


def components(shape: Shape) -> set[str]:
    """Return the components of a shape's constraints, but for `sh:property`, which asks nothing itself."""
    return {constraint.iri for constraint in shape.constraints} - {sh("PropertyShapeComponent")}


def local(component: str) -> str:
    """Return the local name of a component's key."""
    return component.strip("<>").rpartition("#")[2].removesuffix("ConstraintComponent")


def mutate(data: Data, shapes: Shapes) -> list[tuple[Covered, str]]:
    """Return each constraint that a target leads to, with the mutation that made it fail, if one did.

    Of one that has no node to look at nothing is known: nothing is tried.
    """
    rows = list(dict.fromkeys(data.rows()))
    return [(c, _killed(c, rows, data, shapes)) for c in coverage(Evaluator(data, shapes))]


def _killed(covered: Covered, rows: list[Row], data: Data, shapes: Shapes) -> str:
    names = data.terms.keys
    for focus in sorted(covered.foci, key=names.__getitem__)[:_FOCI_TRIED]:
        # The last is no example of what is said of the node itself, so only this asks for it.
        mutant = data.terms.intern("<urn:example:mutant>")
        referring = [*rows, (mutant, data.terms.intern("<urn:example:unknown>"), focus)]
        last = ("refer to it by an unknown property", referring), focus
        for (mutation, changed), node in chain(mutations(covered.shape, focus, rows, data.terms), [last]):
            try:
                results = list(beside(changed, shapes).results_of(covered.shape, {node}))
            except Unreadable:
                continue  # a query that only pyshacl evaluates
            if any(local(result.component) == covered.component for result in results):
                return mutation
    return ""


def beside(rows: list[Row], shapes: Shapes) -> Evaluator:
    """Return what evaluates shapes on these rows."""
    data = Data(shapes.graph.terms)
    if rows:
        data.add(*zip(*rows, strict=True))
    return Evaluator(data, shapes)


def lacking(rows: list[Row], node: int, predicate: int) -> list[Row]:
    """Return the rows but for the values of a node by a predicate."""
    return [row for row in rows if row[:2] != (node, predicate)]


def mutations(shape: Shape, focus: int, rows: list[Row], terms: Terms) -> Iterator[tuple[Change, int]]:
    """Yield what is done, and the node to look at then."""
    path = shape.path
    yield ("as it is", rows), focus
    for key in ("_:mutant", '"mutant"', "<urn:example:mutant>"):
        number = terms.intern(key)
        moved = rows if key[0] == '"' else [(number if s == focus else s, p, o) for s, p, o in rows]
        yield (f"look at {key}", moved), number
    if isinstance(path, str):
        changes = _of_values(shape, terms.intern(path), focus, rows, terms)
    else:
        changes = chain(_of_node(focus, rows, terms), _along(path or (), focus, rows, terms))
    for change in changes:
        yield change, focus


def _varied(
    holders: set[int], predicate: int, rows: list[Row], terms: Terms, name: str = "", end: str = ""
) -> Iterator[Change]:
    """Yield mutations of the values of some nodes by a predicate, named if it is not the shape's own."""
    others = [row for row in rows if row[1] != predicate or row[0] not in holders]
    whose, to = (name, f" to {name}") if name else ("its values", "")
    yield f"take {whose} away{end}", others
    for key in _VALUES:
        said = [(holder, predicate, terms.intern(key)) for holder in sorted(holders)]
        yield f"put {key[:40]} for {whose}{end}", [*others, *said]
        yield f"add {key[:40]}{to}{end}", [*rows, *said]


def _of_values(shape: Shape, predicate: int, focus: int, rows: list[Row], terms: Terms) -> Iterator[Change]:
    """Yield mutations of the values of a node, for a shape with a simple path."""
    yield from _varied({focus}, predicate, rows, terms)
    more = [(focus, predicate, terms.intern(f'"mutant {n}"@en')) for n in range(2)]
    yield "add two texts in one language", [*rows, *more]
    extra = [(focus, predicate, terms.intern(f"<urn:example:mutant-{n}>")) for n in range(12)]
    yield "add twelve values", [*rows, *extra]
    # Values that are wrong only beside those of another property: each order of two, and both alike.
    for other in sorted({pair.asked for pair in shape.constraints if isinstance(pair, Pair)}):
        bound = terms.intern(other)
        others = lacking(lacking(rows, focus, predicate), focus, bound)
        for ours, theirs in _PAIRS:
            pair = [(focus, predicate, terms.intern(ours)), (focus, bound, terms.intern(theirs))]
            yield f"put {ours} for its values beside {theirs} for {other}", [*others, *pair]
    for value in [o for s, p, o in rows if (s, p) == (focus, predicate)][:1]:
        yield "describe its value no more", [row for row in rows if row[0] != value]
        if any(constraint.parameter == "reifierShape" for constraint in shape.constraints):
            yield from _of_reifiers((focus, predicate, value), rows, terms)


def reified(row: Row, reifier: int, terms: Terms) -> Row:
    """Return what says that a node reifies a statement."""
    term = keys.triple_term(*(terms.keys[number] for number in row))
    return reifier, terms.intern(REIFIES), terms.intern(term)


def _of_reifiers(statement: Row, rows: list[Row], terms: Terms) -> Iterator[Change]:
    """Yield mutations of what reifies a statement."""
    mutant = terms.intern("<urn:example:mutant>")
    added = reified(statement, mutant, terms)
    yield "reify its value no more", [row for row in rows if row[1:] != added[1:]]
    yield "reify its value by <urn:example:mutant>", [*rows, added]
    for reifier, *_ in [row for row in rows if row[1:] == added[1:]][:1]:
        yield (
            "say nothing of what reifies its value",
            [row for row in rows if row[0] != reifier or row[1] == added[1]],
        )
        said = sorted({p for s, p, _ in rows if s == reifier and p != added[1]}, key=terms.keys.__getitem__)
        for predicate in said:
            yield from _varied({reifier}, predicate, rows, terms, terms.keys[predicate])


def _of_node(focus: int, rows: list[Row], terms: Terms) -> Iterator[Change]:
    """Yield mutations of all that is said of a node, for a shape without a simple path."""
    yield "say nothing of it", [row for row in rows if row[0] != focus]
    strange = (focus, terms.intern("<urn:example:unknown>"), terms.intern('"mutant"'))
    yield "give it an unknown property", [*rows, strange]
    for predicate in sorted({p for s, p, _ in rows if s == focus}, key=terms.keys.__getitem__):
        yield from _varied({focus}, predicate, rows, terms, terms.keys[predicate])


def _along(path: Path, focus: int, rows: list[Row], terms: Terms) -> Iterator[Change]:
    """Yield mutations of every value of each predicate of a path, wherever on the way it stands."""
    for name in dict.fromkeys(property_paths.predicates(path)):
        predicate = terms.intern(name)
        holders = {s for s, p, _ in rows if p == predicate}
        yield from _varied(holders | {focus}, predicate, rows, terms, name, " everywhere")
        extra = [terms.intern(f"<urn:example:mutant-{n}>") for n in range(9)]
        yield f"add nine values to {name} everywhere", [*rows, *product(sorted(holders), [predicate], extra)]
