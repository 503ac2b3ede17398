"""Shapes and their evaluation: focus nodes, value nodes, results, and who conforms to another's shape.

A shape is evaluated for all its focus nodes at once, a constraint for all their values at once. A shape is
made of constraints, and a constraint asks whoever evaluates it about other shapes, so the two stand together.
Knows no constraint in particular; those stand in `components`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from amcc_kg.terms.errors import InputError
from amcc_kg.validation.engine.data import Data, Values, follower
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.shapes import syntax_rules
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.shapes_graph import Flaw, ShapesGraph, closure
from amcc_kg.validation.shapes.vocabulary import sh

Asked = TypeVar("Asked")
_LOOP = "a shape that leads to itself"
Fault: TypeAlias = "tuple[int, int | None]"
"""A focus node and the value node at fault, None where the fault lies with no single value."""


class FailureError(InputError):
    """A failure that a query of the shapes graph reports itself (SHACL sections 3.4.2 and 5.3.1).

    `shape` and `constraint` are numbers of terms, the latter None for a component; `whose` says whose query.
    """

    def __init__(self, shape: int, constraint: int | None, whose: str) -> None:
        super().__init__(f"{whose} reports a failure")
        self.shape, self.constraint = shape, constraint


class CustomTarget(Protocol):
    """A target that is no list of terms."""

    def nodes(self, data: Data) -> Iterable[int]:
        """Return the nodes of the data that it selects."""
        ...


class Targets(NamedTuple):
    """The target declarations of a shape (SHACL section 2.1.3), as numbers of terms."""

    classes: frozenset[int]  # with the shape itself where it is a class
    nodes: frozenset[int]
    objects_of: frozenset[int]
    subjects_of: frozenset[int]
    custom: tuple[CustomTarget, ...] = ()  # of SHACL Advanced Features

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return any(self)


class Shape(NamedTuple):
    """One shape (SHACL section 2.1)."""

    number: int  # the term that it is
    path: Path | None  # None for a node shape
    deactivated: bool
    severity: str  # as a key
    message: str | None  # its own, in English or without a language if there is such a one
    targets: Targets
    constraints: tuple[Component[Any], ...]
    refers: tuple[int, ...]  # the shapes that its constraints name
    unread: str | None  # why this engine leaves it to pyshacl; None if it reads all of it
    flaw: Flaw | None  # the breach of a syntax rule because of which it does, if that is why


class Shapes:
    """All shapes of a shapes graph."""

    def __init__(self, graph: ShapesGraph, shapes: dict[int, Shape]) -> None:
        self.graph = graph
        self._shapes = shapes
        self._reasons: dict[int, str | None] = {}

    def __getitem__(self, number: int) -> Shape:
        return self._shapes[number]

    def __contains__(self, number: int) -> bool:
        return number in self._shapes

    def __iter__(self) -> Iterator[Shape]:
        return iter(self._shapes.values())

    def __len__(self) -> int:
        return len(self._shapes)

    def targeted(self) -> Iterator[Shape]:
        """Yield the shapes with a target that are not switched off."""
        return (shape for shape in self if shape.targets and not shape.deactivated)

    @cached_property
    def flaws(self) -> tuple[Flaw, ...]:
        """The breaches of the syntax rules, those of a shape together."""
        return tuple(syntax_rules.flaws(self.graph, {shape.number: shape.flaw for shape in self}))

    def reached(self) -> set[int]:
        """Return the shapes with a target that are not switched off, and those that they lead to."""

        def below(number: int) -> list[int]:
            return [other for other in self[number].refers if not self[other].deactivated]

        return set(closure((shape.number for shape in self.targeted()), below))

    def unread(self, shape: Shape, above: tuple[int, ...] = ()) -> str | None:
        """Return why a shape, or one that it leads to, is left to pyshacl; `above` lead to it."""
        number = shape.number
        if shape.deactivated:
            return None
        if number in above:
            return _LOOP
        if number not in self._reasons:
            below = (self.unread(self._shapes[other], (*above, number)) for other in shape.refers)
            reason = shape.unread or next(filter(None, below), None)
            if above and reason == _LOOP:
                return reason  # which of the shapes on the way it is, only a walk from each can tell
            self._reasons[number] = reason
        return self._reasons[number]


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

    def violators(self, shape: int, nodes: AbstractSet[int]) -> set[int]:
        """Return the nodes that do not conform to another shape, given by its number."""
        return self.evaluator.violators(self.evaluator.shapes[shape], nodes)

    def detailed(self, results: Iterable[Result], shapes: Iterable[int]) -> Iterator[Result]:
        """Yield results with what their values fail of some shapes."""
        found = list(results)
        values = {result.value for result in found if result.value is not None}
        details = self.evaluator.details(shapes, values)
        for result in found:
            yield result._replace(details=details.get(-1 if result.value is None else result.value, ()))

    def named(self, shape: int) -> str:
        """Return what to call a shape: its IRI, or what it asks for."""
        key = self.keys[shape]
        if key[0] == "<":
            return key
        words = self.evaluator.describe(shape)
        return f"a shape ({words})" if words else "a shape without a name"


class Component(Generic[Asked]):
    """A constraint of one component: what the value of a parameter holds against focus nodes.

    `parameter` is its local name, such as `minCount`, `asked` its value as the reader of shapes has read it.
    A subclass, named as SHACL names the component, defines `_faults`, and says what is wrong: by `words`, or
    by `_wording`. Components are told apart by identity: making classes that compare by value would take a
    tenth of a cold start.
    """

    words: ClassVar[str]
    suffix: ClassVar[str] = "ConstraintComponent"

    def __init__(self, parameter: str, asked: Asked) -> None:
        self.parameter = parameter
        self.asked = asked
        self.iri = sh(f"{parameter[:1].upper()}{parameter[1:]}{self.suffix}")

    def _faults(self, view: View) -> Iterator[Fault]:
        raise NotImplementedError

    def violators(self, view: View) -> set[int]:
        """Return the focus nodes in view that have a fault."""
        return {focus for focus, _ in self._faults(view)}

    def results(self, view: View) -> Iterator[Result]:
        """Yield a validation result for each fault."""
        for focus, value in self._faults(view):
            yield self.result(view, focus, value, view.shape.path)

    def result(self, view: View, focus: int, value: int | None, path: Path | None) -> Result:
        """Return the validation result of one fault."""
        shape = view.shape
        message = self._wording(view, focus) if shape.message is None else shape.message
        return Result(focus, path, value, self.iri, shape.number, shape.severity, message)

    def _wording(self, view: View, focus: int) -> str:
        return self.words.format(self=self)


class ValueComponent(Component[Asked]):
    """A constraint on each value node by itself: what is at fault once is so wherever it is a value."""

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return those of the values that are at fault."""
        raise NotImplementedError

    def _faults(self, view: View) -> Iterator[Fault]:
        bad = self._bad(view, view.values.distinct())
        return view.values.pairs_with(bad) if bad else iter(())


class Evaluator:
    """Evaluates the shapes of one shapes graph on one data graph; `describe` puts a shape into words."""

    def __init__(self, data: Data, shapes: Shapes, describe: Callable[[int], str] = lambda shape: "") -> None:
        self.data = data
        self.shapes = shapes
        self.describe = describe
        self._checked: dict[int, set[int]] = {}
        self._bad: dict[int, set[int]] = {}
        self._foci: dict[object, frozenset[int]] = {}

    def focus_nodes(self, shape: Shape) -> frozenset[int]:
        """Return the nodes that a shape's targets select (SHACL section 2.1.3)."""
        found = self._foci.get(shape.targets)
        if found is None:
            data, targets = self.data, shape.targets
            nodes = set(targets.nodes)
            nodes.update(*(data.members(kind) for kind in targets.classes))
            nodes.update(*(data.column(p).subjects() for p in targets.subjects_of))
            nodes.update(*(data.column(p).objects() for p in targets.objects_of))
            nodes.update(*(target.nodes(data) for target in targets.custom))
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

    def details(self, shapes: Iterable[int], nodes: Collection[int]) -> dict[int, tuple[Result, ...]]:
        """Return, of some nodes, what validating each against some shapes finds."""
        found: dict[int, list[Result]] = {node: [] for node in nodes}
        if not found:
            return {}
        for number in shapes:
            shape, told = self.shapes[number], set[int]()
            for result in self.results_of(shape, found.keys()):
                if result.focus in found:
                    told.add(result.focus)
                    found[result.focus].append(result)
            # What stands below a value of a value is told where nothing is told of the node itself.
            for node in self.violators(shape, found.keys() - told):
                found[node] += self.results_of(shape, {node})
        return {node: tuple(results) for node, results in found.items()}

    def view(self, shape: Shape, foci: AbstractSet[int]) -> View:
        """Return the shape with the value nodes of these focus nodes."""
        return View(self, shape, foci, self._values(shape.path, foci))

    def _values(self, path: Path | None, foci: AbstractSet[int]) -> Values:
        if path is None:
            return Values({focus: focus for focus in foci}, {})
        if isinstance(path, str):
            column = self.data.named(path)
            one, more = column.one, column.more
            # Mostly all subjects of a property are focus nodes: then the column is used as it stands.
            if len(foci) >= len(one) + len(more) and foci >= one.keys() and foci >= more.keys():
                return Values(one, more)
            return Values({f: one[f] for f in one.keys() & foci}, {f: more[f] for f in more.keys() & foci})
        follow = follower(self.data, path)
        return Values({}, {focus: values for focus in foci if (values := tuple(follow(focus)))})


def shown(key: str) -> str:
    """Return a term for people: IRIs and literals as in N-Triples, blank nodes without their label."""
    return "a blank node" if key[0] == "_" else key
