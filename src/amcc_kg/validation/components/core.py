"""The constraint components of SHACL Core (section 4), a class for each, in the order of its subsections.

`components.reader` makes them from a shape's parameters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import ClassVar

from amcc_kg.terms import keys as term_keys
from amcc_kg.validation.engine.evaluation import Component, Fault, ValueComponent, View, shown
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.shapes import literals
from amcc_kg.validation.shapes.vocabulary import NODE_KINDS, RESOURCE, SHACL, TYPE, sh

# ---- 4.1 value type ----


@dataclass(eq=False, repr=False)
class Class(ValueComponent):
    """`sh:class` (4.1.1): each value node is an instance of the class, or of one below it."""

    kind: int

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        return values - view.evaluator.data.members(self.kind)

    def _wording(self, view: View, focus: int, value: int | None) -> str:
        return f"The value is not an instance of {view.keys[self.kind]}."


@dataclass(eq=False, repr=False)
class Datatype(ValueComponent):
    """`sh:datatype` (4.1.2): each value node is a well-formed literal of the datatype."""

    words = "The value is not a well-formed literal of datatype <{self.datatype}>."
    datatype: str

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, datatype = view.keys, self.datatype
        return {value for value in values if not literals.conforms(keys[value], datatype)}


@dataclass(eq=False, repr=False)
class NodeKind(ValueComponent):
    """`sh:nodeKind` (4.1.3): each value node is an IRI, a blank node or a literal, as the kind says."""

    kind: str

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, allowed = view.keys, NODE_KINDS.get(self.kind, "")
        return {value for value in values if keys[value][0] not in allowed}

    def _wording(self, view: View, focus: int, value: int | None) -> str:
        return f"The value is not of the kind {self.kind[len(SHACL) + 1 : -1]}."


# ---- 4.2 cardinality ----


@dataclass(eq=False, repr=False)
class MinCount(Component):
    """`sh:minCount` (4.2.1): there are at least so many value nodes."""

    least: int

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield the focus nodes with too few values."""
        if self.least < 1:
            return
        values = view.values
        for focus in values.lacking():
            yield focus, None
        if self.least > 1:
            for focus in values.one:
                yield focus, None
            for focus, several in values.more.items():
                if len(several) < self.least:
                    yield focus, None

    def _wording(self, view: View, focus: int, value: int | None) -> str:
        return f"There are too few values: {len(view.values.of(focus))}, expected at least {self.least}."


@dataclass(eq=False, repr=False)
class MaxCount(Component):
    """`sh:maxCount` (4.2.2): there are at most so many value nodes."""

    most: int

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield the focus nodes with too many values."""
        if self.most < 1:
            for focus in view.values.one:
                yield focus, None
        for focus, several in view.values.more.items():
            if len(several) > self.most:
                yield focus, None

    def _wording(self, view: View, focus: int, value: int | None) -> str:
        return f"There are too many values: {len(view.values.of(focus))}, expected at most {self.most}."


# ---- 4.3 value range ----


@dataclass(eq=False, repr=False)
class Range(ValueComponent):
    """A bound; what cannot be compared with it is at fault."""

    words = "The value is not {self.sign} {self.bound}."
    allowed: ClassVar[frozenset[int]]
    sign: ClassVar[str]
    bound: str

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, bound, allowed = view.keys, self.bound, self.allowed
        return {value for value in values if literals.compare(keys[value], bound) not in allowed}


class MinExclusive(Range):
    """`sh:minExclusive` (4.3.1): each value node is greater than the bound."""

    __slots__ = ()
    allowed = frozenset({1})
    sign = "greater than"


class MinInclusive(Range):
    """`sh:minInclusive` (4.3.2): each value node is the bound or greater."""

    __slots__ = ()
    allowed = frozenset({0, 1})
    sign = "at least"


class MaxExclusive(Range):
    """`sh:maxExclusive` (4.3.3): each value node is less than the bound."""

    __slots__ = ()
    allowed = frozenset({-1})
    sign = "less than"


class MaxInclusive(Range):
    """`sh:maxInclusive` (4.3.4): each value node is the bound or less."""

    __slots__ = ()
    allowed = frozenset({-1, 0})
    sign = "at most"


# ---- 4.4 strings ----


@dataclass(eq=False, repr=False)
class MinLength(ValueComponent):
    """`sh:minLength` (4.4.1): each value node, as a text, has at least so many characters.

    A blank node is no text, here and for the next two.
    """

    words = "The value is too short; expected at least {self.least} characters."
    least: int

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        if self.least == 0:
            return set()  # blank nodes pass, too
        keys, least = view.keys, self.least
        return {v for v in values if keys[v][0] == "_" or len(term_keys.value(keys[v])) < least}


@dataclass(eq=False, repr=False)
class MaxLength(ValueComponent):
    """`sh:maxLength` (4.4.2): each value node, as a text, has at most so many characters."""

    words = "The value is too long; expected at most {self.most} characters."
    most: int

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, most = view.keys, self.most
        return {v for v in values if keys[v][0] == "_" or len(term_keys.value(keys[v])) > most}


@dataclass(eq=False, repr=False)
class Pattern(ValueComponent):
    """`sh:pattern` (4.4.3): each value node, as a text, matches a regular expression somewhere.

    The expression is Python's, as in the reference; of the flags, it knows `i` and `m`.
    """

    words = "The value does not match the pattern {self.pattern.pattern!r}."
    pattern: re.Pattern[str]

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, search = view.keys, self.pattern.search
        return {v for v in values if keys[v][0] == "_" or search(term_keys.value(keys[v])) is None}


@dataclass(eq=False, repr=False)
class LanguageIn(ValueComponent):
    """`sh:languageIn` (4.4.4): each value node is a text in one of the languages.

    As in the reference, a range matches a tag that is the same, or whose first subtag is the same.
    """

    written: tuple[str, ...]
    ranges: frozenset[str]

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys = view.keys
        return {value for value in values if not self._matches(term_keys.language(keys[value]))}

    def _matches(self, tag: str | None) -> bool:
        if not tag:
            return False
        return "*" in self.ranges or tag in self.ranges or tag.split("-")[0] in self.ranges

    def _wording(self, view: View, focus: int, value: int | None) -> str:
        return f"The value is not a text in one of the languages {', '.join(self.written)}."


@dataclass(eq=False, repr=False)
class UniqueLang(Component):
    """`sh:uniqueLang` (4.4.5): no two value nodes are texts in the same language."""

    words = "There are two values in one language."

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield a focus node once for each language that several of its values have."""
        keys = view.keys
        for focus, values in view.values.more.items():
            seen: set[str] = set()
            twice: set[str] = set()
            for value in values:
                tag = term_keys.language(keys[value])
                if tag:
                    (twice if tag in seen else seen).add(tag)
            for _ in twice:
                yield focus, None


# ---- 4.5 property pairs ----


@dataclass(eq=False, repr=False)
class Equals(Component):
    """`sh:equals` (4.5.1): the value nodes are the values of another property."""

    words = "The values are not the same as those of {self.predicate}."
    predicate: str

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield each value of the one that is no value of the other."""
        other = view.evaluator.data.named(self.predicate)
        for focus in view.foci:
            for value in set(view.values.of(focus)) ^ set(other.of(focus)):
                yield focus, value


@dataclass(eq=False, repr=False)
class Disjoint(Component):
    """`sh:disjoint` (4.5.2): no value node is a value of another property."""

    words = "The value is a value of {self.predicate} too."
    predicate: str

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield each value that both have."""
        other = view.evaluator.data.named(self.predicate)
        for focus in view.foci:
            for value in set(view.values.of(focus)) & set(other.of(focus)):
                yield focus, value


@dataclass(eq=False, repr=False)
class LessThan(Component):
    """`sh:lessThan` (4.5.3): each value node is less than each value of another property."""

    words = "The value is not {self.sign} each value of {self.predicate}."
    or_equal: ClassVar[bool] = False
    sign: ClassVar[str] = "less than"
    predicate: str

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield a value once for each value of the other property that it is not less than."""
        other = view.evaluator.data.named(self.predicate)
        keys, or_equal = view.keys, self.or_equal
        for focus in view.foci:
            for bound in other.of(focus):
                for value in view.values.of(focus):
                    if not literals.less(keys[value], keys[bound], or_equal):
                        yield focus, value


class LessThanOrEquals(LessThan):
    """`sh:lessThanOrEquals` (4.5.4): each value node is less than, or equal to, those of another."""

    __slots__ = ()
    or_equal = True
    sign = "less than or equal to"


# ---- 4.6 logic, and 4.7.1 ----


@dataclass(eq=False, repr=False)
class OfShapes(ValueComponent):
    """Whether a value node conforms to other shapes; `words` tells what they are called, as `{shapes}`."""

    shapes: tuple[int, ...]

    def _wording(self, view: View, focus: int, value: int | None) -> str:
        return self.words.format(shapes=", ".join(map(view.named, self.shapes)))


class Not(OfShapes):
    """`sh:not` (4.6.1): no value node conforms to the shape."""

    __slots__ = ()
    words = "The value conforms to {shapes}, and must not."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        return values - view.violators(self.shapes[0], values)


class And(OfShapes):
    """`sh:and` (4.6.2): each value node conforms to every shape of the list."""

    __slots__ = ()
    words = "The value does not conform to every one of {shapes}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        found: set[int] = set()
        for shape in self.shapes:
            found |= view.violators(shape, values - found)
        return found


class Or(OfShapes):
    """`sh:or` (4.6.3): each value node conforms to one of the shapes of the list at least."""

    __slots__ = ()
    words = "The value conforms to none of {shapes}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        for shape in self.shapes:
            if not values:
                break
            values = view.violators(shape, values)
        return values


class Xone(OfShapes):
    """`sh:xone` (4.6.4): each value node conforms to exactly one of the shapes of the list."""

    __slots__ = ()
    words = "The value does not conform to exactly one of {shapes}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        passed: Counter[int] = Counter()
        for shape in self.shapes:
            passed.update(values - view.violators(shape, values))
        return {value for value in values if passed[value] != 1}


class Node(OfShapes):
    """`sh:node` (4.7.1): each value node conforms to the node shape."""

    __slots__ = ()
    words = "The value does not conform to {shapes}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        return view.violators(self.shapes[0], values)


# ---- 4.7 shapes, others ----


@dataclass(eq=False, repr=False)
class Property(ValueComponent):
    """`sh:property` (4.7.2): each value node has the property shape; the results are the property shape's."""

    iri: ClassVar[str] = sh("PropertyShapeComponent")
    shape: int

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        return view.violators(self.shape, values)

    def results(self, view: View) -> Iterator[Result]:
        """Yield the results of the property shape for each occurrence of each value node."""
        evaluator = view.evaluator
        shape = evaluator.shapes[self.shape]
        if view.shape.path is None:
            yield from evaluator.results_of(shape, view.foci)
            return
        together: dict[int, set[int]] = {}
        for value, times in view.values.occurrences().items():
            together.setdefault(times, set()).add(value)
        for times, values in together.items():
            for result in evaluator.results_of(shape, values):
                for _ in range(times):
                    yield result


@dataclass(eq=False, repr=False)
class QualifiedValueShape(Component):
    """`sh:qualifiedValueShape` (4.7.3): so many value nodes conform to the shape, and to none of its
    siblings.
    """

    component: str
    shape: int
    siblings: tuple[int, ...]
    least: int | None
    most: int | None

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield the focus nodes with too few such values, or too many."""
        values, least, most = view.values, self.least, self.most
        wanted = values.distinct() - view.violators(self.shape, values.distinct())
        for sibling in self.siblings:
            wanted &= view.violators(sibling, wanted)
        for focus in view.foci:
            number = sum(value in wanted for value in values.of(focus))
            if (least is not None and number < least) or (most is not None and number > most):
                yield focus, None

    @property
    def iri(self) -> str:  # type: ignore[override] # of the object here, elsewhere of its class
        """The component: one for the lower bound, one for the upper."""
        return self.component

    def _wording(self, view: View, focus: int, value: int | None) -> str:
        bound = f"at least {self.least}" if self.most is None else f"at most {self.most}"
        return f"Not the right number of values conform to {view.named(self.shape)}; expected {bound}."


# ---- 4.8 others ----


@dataclass(eq=False, repr=False)
class Closed(Component):
    """`sh:closed` and `sh:ignoredProperties` (4.8.1): value nodes have only the shape's properties."""

    words = "The property is not one of those that this shape allows."
    allowed: frozenset[str]

    def _faults(self, view: View) -> Iterator[tuple[int, int, str]]:
        """Yield focus node, object and predicate of each triple too many."""
        data, keys, nodes = view.evaluator.data, view.keys, view.values.distinct()
        resource = data.terms.ids.get(RESOURCE, -1)
        triples: dict[int, list[tuple[int, str]]] = {}
        for predicate in data.predicates:
            key = keys[predicate]
            if key in self.allowed:
                continue
            column = data.column(predicate)
            for node in (*(column.one.keys() & nodes), *(column.more.keys() & nodes)):
                # Everything is a resource, and may say so.
                found = [(value, key) for value in column.of(node) if (key, value) != (TYPE, resource)]
                if found:
                    triples.setdefault(node, []).extend(found)
        for focus, node in view.values.pairs_with(triples.keys()):
            for value, key in triples[node]:
                yield focus, value, key

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield focus node and value of each triple too many."""
        for focus, value, _ in self._faults(view):
            yield focus, value

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each triple too many, with its predicate as path."""
        for focus, value, predicate in self._faults(view):
            yield self.result(view, focus, value, predicate)


@dataclass(eq=False, repr=False)
class HasValue(Component):
    """`sh:hasValue` (4.8.2): the term is among the value nodes."""

    term: int

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield the focus nodes that lack the value."""
        having = {focus for focus, _ in view.values.pairs_with({self.term})}
        for focus in view.foci - having:
            yield focus, None

    def _wording(self, view: View, focus: int, value: int | None) -> str:
        return f"The value {shown(view.keys[self.term])} is missing."


@dataclass(eq=False, repr=False)
class In(ValueComponent):
    """`sh:in` (4.8.3): each value node is a member of the list."""

    listed: list[int]

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        return values - frozenset(self.listed)

    def _wording(self, view: View, focus: int, value: int | None) -> str:
        listed = [shown(view.keys[member]) for member in dict.fromkeys(self.listed)]
        more = f" and {len(listed) - 8} more" if len(listed) > 8 else ""
        return f"The value is not one of {', '.join(listed[:8])}{more}."
