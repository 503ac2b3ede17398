"""Evaluating shapes: focus nodes, value nodes, results, and who conforms to a shape that another one names.

One shape is evaluated for all its focus nodes at once, one constraint for all their values at once. Knows no
constraint in particular; those stand in `components`.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from amcc_kg.validation.engine.data import NOTHING
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes.shapes_graph import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.engine.data import Data
    from amcc_kg.validation.engine.results import Result
    from amcc_kg.validation.shapes.shape import Shape, Shapes

    Refer = Callable[[Shape, int, AbstractSet[int], bool], list[Result]]


def _nobody(shape: Shape, node: int, foci: AbstractSet[int], local: bool) -> list[Result]:
    raise Unreadable("a query that the reference is to be asked about")


def _without_words(shape: int) -> str:
    return ""


class Values:
    """The value nodes of focus nodes (SHACL section 2.1.3.1): of those with one, and with more."""

    __slots__ = ("_distinct", "foci", "more", "one")

    def __init__(
        self, foci: AbstractSet[int], one: Mapping[int, int], more: Mapping[int, Collection[int]]
    ) -> None:
        self.foci = foci
        self.one = one
        self.more = more
        self._distinct: set[int] | None = None

    def distinct(self) -> set[int]:
        """Return every value node once."""
        if self._distinct is None:
            self._distinct = set(chain(self.one.values(), *self.more.values()))
        return self._distinct

    def of(self, focus: int) -> Collection[int]:
        """Return the value nodes of a focus node."""
        value = self.one.get(focus)
        return (value,) if value is not None else self.more.get(focus, NOTHING)

    def lacking(self) -> set[int]:
        """Return the focus nodes without a value."""
        return set(self.foci).difference(self.one, self.more)

    def pairs_with(self, bad: AbstractSet[int]) -> Iterator[tuple[int, int]]:
        """Yield focus node and value node wherever the value node is one of `bad`."""
        for focus, value in self.one.items():
            if value in bad:
                yield focus, value
        for focus, values in self.more.items():
            for value in values:
                if value in bad:
                    yield focus, value

    def occurrences(self) -> Counter[int]:
        """Return of how many focus nodes each value node is one."""
        return Counter(chain(self.one.values(), *self.more.values()))


class View(NamedTuple):
    """A shape beside the focus nodes it is evaluated for."""

    evaluator: Evaluator
    shape: Shape
    foci: AbstractSet[int]
    values: Values

    @property
    def keys(self) -> list[str]:
        """The key of each term."""
        return self.evaluator.data.terms.keys

    def named(self, shape: int) -> str:
        """Return what to call a shape: its IRI, or what it asks for."""
        key = self.keys[shape]
        if key[0] == "<":
            return key
        words = self.evaluator.describe(shape)
        return f"a shape ({words})" if words else "a shape without a name"


class Evaluator:
    """Evaluates the shapes of one shapes graph on one data graph.

    `refer` returns the reference's results for one SPARQL constraint: given the shape, the constraint's
    node, the focus nodes, and whether it looks at no triples but theirs. `describe` puts a shape without an
    IRI into words.
    """

    def __init__(self, data: Data, shapes: Shapes) -> None:
        self.data = data
        self.shapes = shapes
        self._checked: dict[int, set[int]] = {}
        self._bad: dict[int, set[int]] = {}
        self._foci: dict[object, frozenset[int]] = {}
        self.refer: Refer = _nobody
        self.describe: Callable[[int], str] = _without_words

    def results(self) -> Iterator[Result]:
        """Yield the results of every shape that has targets and that this engine reads."""
        for shape in self.shapes.targeted():
            if self.shapes.unread(shape) is None:
                yield from self.results_of(shape, self.focus_nodes(shape))

    def focus_nodes(self, shape: Shape) -> frozenset[int]:
        """Return the nodes that a shape's targets select (SHACL section 2.1.3)."""
        found = self._foci.get(shape.targets)
        if found is None:
            data, targets = self.data, shape.targets
            nodes = set(targets.nodes)
            nodes.update(*(data.members(kind) for kind in targets.classes))
            nodes.update(*(data.column(p).subjects() for p in targets.subjects_of))
            nodes.update(*(data.column(p).objects() for p in targets.objects_of))
            found = self._foci[shape.targets] = frozenset(nodes)
        return found

    def results_of(self, shape: Shape, foci: AbstractSet[int]) -> Iterator[Result]:
        """Yield what validating these focus nodes against a shape finds (SHACL section 3.4)."""
        if foci and not shape.deactivated:
            view = self.view(shape, foci)
            for constraint in shape.constraints:
                yield from constraint.results(view)

    def violators(self, shape: Shape, nodes: AbstractSet[int]) -> set[int]:
        """Return the nodes that do not conform to a shape (SHACL section 3.4.1)."""
        if shape.deactivated:
            return set()
        checked = self._checked.setdefault(shape.number, set())
        bad = self._bad.setdefault(shape.number, set())
        left = nodes - checked
        if left:
            checked |= left
            for constraint in shape.constraints:
                found = constraint.violators(self.view(shape, left))
                bad |= found
                left = left - found
                if not left:
                    break
        return {node for node in nodes if node in bad} if bad else set()

    def view(self, shape: Shape, foci: AbstractSet[int]) -> View:
        """Return the shape with the value nodes of these focus nodes."""
        return View(self, shape, foci, self._values(shape, foci))

    def _values(self, shape: Shape, foci: AbstractSet[int]) -> Values:
        path = shape.path
        if path is None:
            return Values(foci, {focus: focus for focus in foci}, {})
        if isinstance(path, str):
            column = self.data.named(path)
            one, more = column.one, column.more
            # Mostly all subjects of a property are focus nodes: then the column is used as it stands.
            if len(foci) >= len(one) + len(more) and foci >= one.keys() and foci >= more.keys():
                return Values(foci, one, more)
            return Values(
                foci, {f: one[f] for f in one.keys() & foci}, {f: more[f] for f in more.keys() & foci}
            )
        follow = property_paths.follower(self.data, path)
        several = {focus: values for focus in foci if (values := tuple(follow(focus)))}
        return Values(foci, {}, several)
