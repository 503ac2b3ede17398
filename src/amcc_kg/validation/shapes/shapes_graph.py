"""The shapes graph as it is read: by subject, small, and with the order of lists.

Shares its table of terms with the data, so a class or a value has the same number in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeAlias

from amcc_kg.syntax.reading import Terms
from amcc_kg.validation.shapes import vocabulary as names


class Unreadable(Exception):  # noqa: N818 (a state of affairs, not a failure)
    """Something in a shape that this engine does not read; pyshacl is asked about the shape."""


class IllFormed(Unreadable):
    """Something that breaks the syntax rules (SHACL appendix A): the shape itself if `subject` is None."""

    def __init__(
        self, reason: str, subject: int | None = None, predicate: str | None = None, value: int | None = None
    ) -> None:
        super().__init__(reason)
        self.subject, self.predicate, self.value = subject, predicate, value


Triple: TypeAlias = "tuple[int, int, int]"
"""A statement, as the numbers of its terms."""


class Flaw(NamedTuple):
    """A breach of a syntax rule: the shape that it spoils, the statement at fault, what is wrong in words."""

    shape: int
    subject: int
    predicate: str | None  # as a key; None if no single statement is at fault
    value: int | None  # None if it is not about one
    reason: str


class ShapesGraph:
    """Triples of shapes, by subject and predicate and by predicate and value."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._forward: dict[int, dict[int, list[int]]] = {}
        self._backward: dict[int, dict[int, list[int]]] = {}  # of the predicates that were asked for

    def add(self, subjects: Iterable[int], predicates: Iterable[int], objects: Iterable[int]) -> None:
        """Add triples, given as three sequences of equal length; a triple may come twice."""
        for subject, predicate, value in zip(subjects, predicates, objects, strict=True):
            values = self._forward.setdefault(subject, {}).setdefault(predicate, [])
            if value not in values:
                values.append(value)
        self._backward.clear()

    def __len__(self) -> int:
        """Return the number of triples."""
        return sum(len(values) for row in self._forward.values() for values in row.values())

    def without(self, nodes: AbstractSet[int], statements: AbstractSet[Triple]) -> ShapesGraph:
        """Return a graph without some statements and what is said of some nodes.

        Nor of the blank nodes that nothing else leads to.
        """
        leading: dict[int, set[int]] = {}
        for triple in self.triples():
            if self.key(triple[2])[0] == "_":
                leading.setdefault(triple[2], set()).update(() if triple in statements else triple[:1])
        gone = set(nodes)
        while more := {node for node, others in leading.items() if node not in gone and others <= gone}:
            gone |= more
        left = ShapesGraph(self.terms)
        for triple in self.triples():
            if triple[0] not in gone and triple not in statements:
                left.add(*zip(triple))
        return left

    def number(self, key: str) -> int:
        """Return the number of a term, -1 if nobody has met it."""
        return self.terms.ids.get(key, -1)

    def key(self, number: int) -> str:
        """Return the key of a term."""
        return self.terms.keys[number]

    def objects(self, subject: int, predicate: str) -> list[int]:
        """Return the values of a predicate, given by its key."""
        return self._forward.get(subject, {}).get(self.number(predicate), [])

    def value(self, subject: int, predicate: str) -> int | None:
        """Return the only value of a predicate, None without one; raises `IllFormed` if there are two."""
        values = self.objects(subject, predicate)
        if len(values) > 1:
            raise IllFormed(f"{self.key(subject)} has {len(values)} values of {predicate}")
        return values[0] if values else None

    def subjects(self, predicate: str, value: int | None = None) -> list[int]:
        """Return the subjects that have the predicate, with that value if one is given."""
        number = self.number(predicate)
        if value is None:
            return [subject for subject, row in self._forward.items() if number in row]
        if number not in self._backward:
            found = self._backward[number] = {}
            for subject, said in self.pairs(predicate):
                found.setdefault(said, []).append(subject)
        return self._backward[number].get(value, [])

    def below(self, kind: int) -> dict[int, None]:
        """Return a class and its SHACL subclasses (SHACL section 1.1)."""
        return closure([kind], lambda found: self.subjects(names.SUBCLASS, found) if found >= 0 else ())

    def pairs(self, predicate: str) -> Iterator[tuple[int, int]]:
        """Yield subject and value of each triple with the predicate."""
        number = self.number(predicate)
        for subject, row in self._forward.items():
            for value in row.get(number, ()):
                yield subject, value

    def predicates(self, subject: int) -> Iterable[int]:
        """Return the predicates of a subject."""
        return self._forward.get(subject, {}).keys()

    def described(self) -> Iterable[int]:
        """Return every subject."""
        return self._forward.keys()

    def triples(self) -> Iterator[tuple[int, int, int]]:
        """Yield every triple once."""
        for subject, row in self._forward.items():
            for predicate, values in row.items():
                for value in values:
                    yield subject, predicate, value

    def items(self, head: int) -> list[int]:
        """Return the members of an RDF list; raises `IllFormed` if it is none, or has no end."""
        found, seen = list[int](), set[int]()
        nil = self.number(names.NIL)
        while head != nil:
            first, rest = self.value(head, names.FIRST), self.value(head, names.REST)
            if first is None or rest is None or head in seen:
                raise IllFormed(f"{self.key(head)} is not a well-formed list")
            seen.add(head)
            found.append(first)
            head = rest
        return found

    def members(self, head: int) -> list[int]:
        """Return the members of an RDF list, none if it is no well-formed list."""
        try:
            return self.items(head)
        except IllFormed:
            return []


def closure(nodes: Iterable[int], step: Callable[[int], Iterable[int]]) -> dict[int, None]:
    """Return some nodes and all that steps from them lead to, each once, in the order they are come to."""
    found: dict[int, None] = {}
    todo = list(nodes)
    while todo:
        current = todo.pop()
        if current not in found:
            found[current] = None
            todo += step(current)
    return found
