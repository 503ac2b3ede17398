"""The data graph as columns: for each predicate, who has which values; and paths followed along them.

Knows numbers only; what a number stands for is known to the table of terms. A column is made when it is first
asked for, so a predicate that no shape names costs eight bytes a triple and no more.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, KeysView, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from amcc_kg.syntax.reading import Terms
from amcc_kg.terms import keys
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.shapes_graph import closure

if TYPE_CHECKING:
    from rdflib.term import Node

NOTHING: tuple[int, ...] = ()

Rows = tuple["array[int]", "array[int]", "array[int]"]
"""Subjects, predicates and objects of triples, as numbers."""


def rows_of(triples: Iterable[tuple[Node, Node, Node]], terms: Terms) -> Rows:
    """Return triples of rdflib's terms as numbers."""
    number = cache(lambda node: terms.intern(keys.of_rdflib(node)))
    rows: Rows = (array("I"), array("I"), array("I"))
    for triple in triples:
        for column, node in zip(rows, triple, strict=True):
            column.append(number(node))
    return rows


class Values:
    """What some subjects have for values: `one` of those with one, `more` (each once) of the others."""

    __slots__ = ("_distinct", "more", "one")

    def __init__(self, one: Mapping[int, int], more: Mapping[int, Collection[int]]) -> None:
        self.one = one
        self.more = more
        self._distinct: set[int] | None = None

    def of(self, subject: int) -> Collection[int]:
        """Return the values of a subject."""
        value = self.one.get(subject)
        return (value,) if value is not None else self.more.get(subject, NOTHING)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield subject and value of each triple."""
        several = ((subject, value) for subject, values in self.more.items() for value in values)
        return chain(self.one.items(), several)

    def pairs_with(self, wanted: AbstractSet[int]) -> Iterator[tuple[int, int]]:
        """Yield subject and value wherever the value is one of those wanted."""
        return (pair for pair in self.pairs() if pair[1] in wanted)

    def objects(self) -> Iterator[int]:
        """Yield the value of each triple."""
        return chain(self.one.values(), *self.more.values())

    def distinct(self) -> set[int]:
        """Return every value once, in a set that is kept."""
        if self._distinct is None:
            self._distinct = set(self.objects())
        return self._distinct


class Column(Values):
    """The triples of one predicate."""

    __slots__ = ("_backward",)

    def __init__(self, subjects: Sequence[int], objects: Sequence[int]) -> None:
        one = dict(zip(subjects, objects, strict=True))
        more: dict[int, tuple[int, ...]] = {}
        if len(one) < len(subjects):
            others: dict[int, dict[int, None]] = {}
            for subject, value in zip(subjects, objects, strict=True):
                if one[subject] != value:
                    others.setdefault(subject, {})[value] = None
            for subject, values in others.items():
                values[one.pop(subject)] = None
                more[subject] = tuple(values)
        super().__init__(one, more)
        self._backward: dict[int, list[int]] | None = None

    @property
    def backward(self) -> dict[int, list[int]]:
        """The subjects of each value."""
        if self._backward is None:
            self._backward = {}
            for subject, value in self.pairs():
                self._backward.setdefault(value, []).append(subject)
        return self._backward

    def subjects(self) -> Iterator[int]:
        """Yield every subject."""
        return chain(self.one, self.more)


class Data:
    """A graph, by predicate; rows are added first and asked for afterwards."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._rows = defaultdict[int, tuple["array[int]", "array[int]"]](lambda: (array("I"), array("I")))
        self._columns: dict[int, Column] = {}
        self._members: dict[int, frozenset[int]] = {}
        self._numbers: list[int] = []

    def add(self, subjects: Iterable[int], predicates: Iterable[int], objects: Iterable[int]) -> None:
        """Add triples, given as three sequences of equal length; a triple may come twice."""
        rows = self._rows
        for subject, predicate, value in zip(subjects, predicates, objects, strict=True):
            of_predicate = rows[predicate]
            of_predicate[0].append(subject)
            of_predicate[1].append(value)
        self._columns.clear()

    def __len__(self) -> int:
        """Return the number of rows, repeated ones counted."""
        return sum(len(subjects) for subjects, _ in self._rows.values())

    @property
    def predicates(self) -> KeysView[int]:
        """The predicates that occur."""
        return self._rows.keys()

    def column(self, predicate: int) -> Column:
        """Return the column of a predicate, an empty one if it occurs nowhere."""
        found = self._columns.get(predicate)
        if found is None:
            subjects, values = self._rows.get(predicate, (NOTHING, NOTHING))
            found = Column(self._shared(subjects), self._shared(values))
            self._columns[predicate] = found
        return found

    def _shared(self, numbers: Sequence[int]) -> list[int]:
        """Return numbers as objects that all columns share: an array makes a new one each time."""
        if len(self._numbers) < len(self.terms):
            self._numbers.extend(range(len(self._numbers), len(self.terms)))
        return list(map(self._numbers.__getitem__, numbers))

    def named(self, key: str) -> Column:
        """Return the column of a predicate given by its key."""
        return self.column(self.terms.ids.get(key, -1))

    def rows(self) -> Iterator[tuple[int, int, int]]:
        """Yield every triple, repeated ones as often as they were added."""
        for predicate, (subjects, objects) in self._rows.items():
            for subject, value in zip(subjects, objects, strict=True):
                yield subject, predicate, value

    def subjects(self) -> set[int]:
        """Return every subject."""
        return set().union(*(subjects for subjects, _ in self._rows.values()))

    def strangers(self, nodes: Iterable[int]) -> set[int]:
        """Return those of some nodes that are neither subject nor value of any triple."""
        left = set(nodes)
        for subjects, values in self._rows.values():
            if not left:
                break
            left.difference_update(subjects)
            left.difference_update(values)
        return left

    def members(self, kind: int) -> frozenset[int]:
        """Return the SHACL instances of a class: `rdf:type/rdfs:subClassOf*` (SHACL section 1.1)."""
        found = self._members.get(kind)
        if found is None:
            instances, below = self.named(names.TYPE).backward, self.named(names.SUBCLASS).backward
            kinds = closure([kind], lambda kind: below.get(kind, ()))
            lists = (instances.get(kind, ()) for kind in kinds)
            found = self._members[kind] = frozenset(chain.from_iterable(lists))
        return found


def follower(data: Data, path: Path) -> Callable[[int], Iterable[int]]:
    """Return the function from a node to its values by that path, each value once."""
    if isinstance(path, str):
        return data.named(path).of
    operator, *parts = path
    if operator == "^":
        if isinstance(parts[0], str):
            backward = data.named(parts[0]).backward
            return lambda node: backward.get(node, ())
        return follower(data, _inverse(*parts[0]))
    steps = [follower(data, part) for part in parts]
    match operator:
        case "|":
            return lambda node: {value for step in steps for value in step(node)}
        case "/":
            return lambda node: _sequence(steps, node)
        case "?":
            return lambda node: {node, *steps[0](node)}
        case _:
            # By `+`, a node is its own value only if steps lead back to it.
            return lambda node: closure([node] if operator == "*" else steps[0](node), steps[0])


def _inverse(operator: str, *parts: Path) -> Path:
    if operator == "^":
        return parts[0]
    turned = [("^", part) for part in parts]
    return (operator, *(reversed(turned) if operator == "/" else turned))


def _sequence(steps: list[Callable[[int], Iterable[int]]], node: int) -> Iterable[int]:
    nodes: Iterable[int] = (node,)
    for step in steps:
        nodes = {value for current in nodes for value in step(current)}
    return nodes
