"""The constraint components of SHACL Core (section 4), in the order of its subsections.

`components.reader` makes them from a shape's parameters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet

from amcc_kg.terms import keys as term_keys
from amcc_kg.validation.engine.evaluation import Component, Fault, ValueComponent, View, shown
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.shapes import literals, order, patterns
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.vocabulary import NODE_KINDS, REIFIES, RESOURCE, SHACL, TYPE

# ---- 4.1 value type ----


class Class(ValueComponent[str]):
    """`sh:class` (4.1.1): each value node is an instance of the class, or of one below it."""

    words = "The value is not an instance of {self.asked}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        data = view.evaluator.data
        return values - data.members(data.terms.ids[self.asked])


class Datatype(ValueComponent[str]):
    """`sh:datatype` (4.1.2): each value node is a well-formed literal of the datatype."""

    words = "The value is not a well-formed literal of datatype {self.asked}."
    open = "(SHACL leaves open whether the forms of this datatype are checked, section 4.1.2.)"

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, fits = view.keys, literals.tester(self.asked[1:-1])
        return {value for value in values if not fits(keys[value])}

    def result(self, view: View, focus: int, value: int | None, path: Path | None) -> Result:
        """Return the result of one fault, which says so where SHACL leaves the datatype's forms open."""
        found, datatype = super().result(view, focus, value, path), self.asked[1:-1]
        of_it = value is not None and term_keys.datatype(view.keys[value]) == datatype
        if view.shape.message is not None or not of_it or datatype in literals.LISTED:
            return found
        return found._replace(message=f"{found.message} {self.open}")


class NodeKind(ValueComponent[str]):
    """`sh:nodeKind` (4.1.3): each value node is an IRI, a blank node or a literal, as the kind says."""

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, allowed = view.keys, NODE_KINDS.get(self.asked, "")
        # A triple term of RDF 1.2 is of none of the kinds.
        return {v for v in values if keys[v][0] not in allowed or term_keys.is_triple_term(keys[v])}

    def _wording(self, view: View, focus: int) -> str:
        return f"The value is not of the kind {self.asked[len(SHACL) + 1 : -1]}."


# ---- 4.2 cardinality ----


class MinCount(Component[int]):
    """`sh:minCount` (4.2.1): there are at least so many value nodes."""

    words = "There are too few values: {number}, expected at least {self.asked}."

    def _faults(self, view: View) -> Iterator[Fault]:
        values, least = view.values, self.asked
        if least > 0:
            yield from ((focus, None) for focus in set(view.foci).difference(values.one, values.more))
        if least > 1:
            yield from ((focus, None) for focus in values.one)
            yield from ((focus, None) for focus, several in values.more.items() if len(several) < least)

    def _wording(self, view: View, focus: int) -> str:
        return self.words.format(self=self, number=len(view.values.of(focus)))


class MaxCount(MinCount):
    """`sh:maxCount` (4.2.2): there are at most so many value nodes."""

    words = "There are too many values: {number}, expected at most {self.asked}."

    def _faults(self, view: View) -> Iterator[Fault]:
        values, most = view.values, self.asked
        if most < 1:
            yield from ((focus, None) for focus in values.one)
        yield from ((focus, None) for focus, several in values.more.items() if len(several) > most)


# ---- 4.3 value range ----

SIDES = {
    "minExclusive": ("greater than", {1}),
    "minInclusive": ("at least", {0, 1}),
    "maxExclusive": ("less than", {-1}),
    "maxInclusive": ("at most", {-1, 0}),
}
"""Where a value may stand beside a bound, in words and as `order.compare` has it."""


class Range(ValueComponent[str]):
    """`sh:minExclusive`, `sh:minInclusive`, `sh:maxExclusive` and `sh:maxInclusive` (4.3): each value node
    stands on that side of the bound; what cannot be compared with it does not.
    """

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, bound, (_, allowed) = view.keys, self.asked, SIDES[self.parameter]
        return {value for value in values if order.compare(keys[value], bound) not in allowed}

    def _wording(self, view: View, focus: int) -> str:
        return f"The value is not {SIDES[self.parameter][0]} {self.asked}."


# ---- 4.4 strings ----


class MinLength(ValueComponent[int]):
    """`sh:minLength` (4.4.1): each value node, as a text, has at least so many characters.

    A blank node is no text, here and for the next two, nor is a triple term.
    """

    words = "The value is too short; expected a length of at least {self.asked}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        if self.asked == 0:
            return set()  # blank nodes pass, too
        keys, least = view.keys, self.asked
        return {v for v in values if not term_keys.has_text(keys[v]) or len(term_keys.value(keys[v])) < least}


class MaxLength(ValueComponent[int]):
    """`sh:maxLength` (4.4.2): each value node, as a text, has at most so many characters."""

    words = "The value is too long; expected a length of at most {self.asked}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, most = view.keys, self.asked
        return {v for v in values if not term_keys.has_text(keys[v]) or len(term_keys.value(keys[v])) > most}


class Pattern(ValueComponent[tuple[str, str]]):
    """`sh:pattern` (4.4.3): each value node, as a text, matches a regular expression of XPath's somewhere, by
    the flags that are given.
    """

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        keys, search = view.keys, patterns.compiled(*self.asked).search
        return {
            v for v in values if not term_keys.has_text(keys[v]) or search(term_keys.value(keys[v])) is None
        }

    def _wording(self, view: View, focus: int) -> str:
        pattern, flags = self.asked
        return f"The value does not match the pattern {pattern!r}{flags and f' with the flags {flags!r}'}."


class LanguageIn(ValueComponent[list[str]]):
    """`sh:languageIn` (4.4.4): each value node is a text in one of the languages.

    Which languages a range matches is RFC 4647's basic filtering (3.3.1), as in SPARQL's langMatches: the tag
    itself, and those that have more subtags behind it.
    """

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        ranges = [written.lower() for written in self.asked]
        beginnings = tuple(f"{one}-" for one in ranges)
        tags = {value: term_keys.language(view.keys[value]) or "" for value in values}
        good = {
            tag for tag in set(tags.values()) if tag and ("*" in ranges or f"{tag}-".startswith(beginnings))
        }
        return {value for value, tag in tags.items() if tag not in good}

    def _wording(self, view: View, focus: int) -> str:
        return f"The value is not a text in one of the languages {', '.join(self.asked)}."


class UniqueLang(Component[None]):
    """`sh:uniqueLang` (4.4.5): no two value nodes are texts in the same language.

    A focus node is at fault once for each language that several of its values have.
    """

    words = "There are two values in one language."

    def _faults(self, view: View) -> Iterator[Fault]:
        keys = view.keys
        for focus, values in view.values.more.items():
            tags = [tag for value in values if (tag := term_keys.language(keys[value]))]
            if len(set(tags)) < len(tags):
                yield from ((focus, None) for times in Counter(tags).values() if times > 1)


# ---- 4.5 property pairs ----


class Pair(Component[str]):
    """A comparison of the value nodes with a focus node's values of another property."""

    def _compared(self, view: View, values: Collection[int], others: Collection[int]) -> Iterable[int]:
        """Return those at fault, as often as they are."""
        raise NotImplementedError

    def _faults(self, view: View) -> Iterator[Fault]:
        other = view.evaluator.data.named(self.asked)
        for focus in view.foci:
            for value in self._compared(view, view.values.of(focus), other.of(focus)):
                yield focus, value


class Equals(Pair):
    """`sh:equals` (4.5.1): the value nodes are the values of another property."""

    words = "The values are not the same as those of {self.asked}."

    def _compared(self, view: View, values: Collection[int], others: Collection[int]) -> Iterable[int]:
        return set(values) ^ set(others)


class Disjoint(Pair):
    """`sh:disjoint` (4.5.2): no value node is a value of another property."""

    words = "The value is a value of {self.asked} too."

    def _compared(self, view: View, values: Collection[int], others: Collection[int]) -> Iterable[int]:
        return set(values) & set(others)


class LessThan(Pair):
    """`sh:lessThan` and `sh:lessThanOrEquals` (4.5.3, 4.5.4): each value node is less than each value of
    another property, or equal to it; it is at fault once for each of those of which that is not so, or with
    which it does not compare.
    """

    def _compared(self, view: View, values: Collection[int], others: Collection[int]) -> Iterable[int]:
        keys, allowed = view.keys, (-1, 0) if self.parameter == "lessThanOrEquals" else (-1,)
        return [v for other in others for v in values if order.compare(keys[v], keys[other]) not in allowed]

    def _wording(self, view: View, focus: int) -> str:
        order = "less than or equal to" if self.parameter == "lessThanOrEquals" else "less than"
        return f"The value is not {order} each value of {self.asked}."


# ---- 4.6 logic, and 4.7.1 ----


class OfShapes(ValueComponent[tuple[int, ...]]):
    """Whether a value node conforms to other shapes; `words` tells what they are called, as `{shapes}`."""

    def _wording(self, view: View, focus: int) -> str:
        named = ", ".join(map(view.named, self.asked)) or "an empty list of shapes"
        return self.words.format(shapes=named)


class Conforming(OfShapes):
    """Whether a value node conforms to shapes, which tell what it lacks."""

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each fault, in detail."""
        return view.detailed(super().results(view), self.asked)


class Not(OfShapes):
    """`sh:not` (4.6.1): no value node conforms to the shape."""

    words = "The value conforms to {shapes}, and must not."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        return values - view.violators(self.asked[0], values)


class And(Conforming):
    """`sh:and` (4.6.2): each value node conforms to every shape of the list."""

    words = "The value does not conform to every one of {shapes}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        found: set[int] = set()
        for shape in self.asked:
            found |= view.violators(shape, values - found)
        return found


class Or(Conforming):
    """`sh:or` (4.6.3): each value node conforms to one of the shapes of the list at least."""

    words = "The value conforms to none of {shapes}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        for shape in self.asked:
            values = view.violators(shape, values)
        return values


class Xone(Conforming):
    """`sh:xone` (4.6.4): each value node conforms to exactly one of the shapes of the list."""

    words = "The value does not conform to exactly one of {shapes}."

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        passed: Counter[int] = Counter()
        for shape in self.asked:
            passed.update(values - view.violators(shape, values))
        return {value for value in values if passed[value] != 1}


class Node(And):
    """`sh:node` (4.7.1): each value node conforms to the node shape."""

    words = "The value does not conform to {shapes}."


# ---- 4.7 shapes, others ----


class Property(Node):
    """`sh:property` (4.7.2): each value node has the property shape; the results are the property shape's."""

    suffix = "ShapeComponent"

    def results(self, view: View) -> Iterator[Result]:
        """Yield the results of the property shape for each occurrence of each value node."""
        evaluator = view.evaluator
        shape = evaluator.shapes[self.asked[0]]
        if view.shape.path is None:
            yield from evaluator.results_of(shape, view.foci)
            return
        together: dict[int, set[int]] = {}
        for value, times in Counter(view.values.objects()).items():
            together.setdefault(times, set()).add(value)
        for times, values in together.items():
            for result in evaluator.results_of(shape, values):
                for _ in range(times):
                    yield result


class QualifiedValueShape(Component[int]):
    """`sh:qualifiedValueShape` (4.7.3): at least so many value nodes, or at most, conform to the shape, and
    to none of its siblings.
    """

    def __init__(self, parameter: str, asked: int, shape: int, siblings: Collection[int]) -> None:
        super().__init__(parameter, asked)
        self.shape = shape
        self.siblings = siblings
        self.at_least = parameter == "qualifiedMinCount"

    def _faults(self, view: View) -> Iterator[Fault]:
        wanted = self._wanted(view)
        for focus in view.foci:
            number = sum(value in wanted for value in view.values.of(focus))
            if number < self.asked if self.at_least else number > self.asked:
                yield focus, None

    def _wanted(self, view: View) -> set[int]:
        """Return the values that conform to the shape and to none of its siblings."""
        values = view.values.distinct()
        wanted = values - view.violators(self.shape, values)
        for sibling in self.siblings:
            wanted &= view.violators(sibling, wanted)
        return wanted

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each fault; too many with these, too few with what the others fail."""
        found = list(super().results(view))
        if not found:
            return
        if not self.at_least:
            wanted = self._wanted(view)
            for result in found:
                yield result._replace(counted=tuple(v for v in view.values.of(result.focus) if v in wanted))
            return
        values = {value for result in found for value in view.values.of(result.focus)}
        details = view.evaluator.details([self.shape], view.violators(self.shape, values))
        for result in found:
            told = (d for value in view.values.of(result.focus) for d in details.get(value, ()))
            yield result._replace(details=tuple(told))

    def _wording(self, view: View, focus: int) -> str:
        bound = f"at {'least' if self.at_least else 'most'} {self.asked}"
        return f"Not the right number of values conform to {view.named(self.shape)}; expected {bound}."


_LACKING = "The statement has no reifier, and must have one."


class ReifierShape(Component[int]):
    """`sh:reifierShape`, `sh:reificationRequired` (SHACL 1.2 Core): each reifier of the statements that lead
    from a focus node to its values conforms to the node shape, and, if so required, each of them has one.

    The value is by the text the reifier, or the triple term that has none; W3C's tests name the object.
    """

    def __init__(self, parameter: str, asked: int, required: bool) -> None:
        super().__init__(parameter, asked)
        self.required = required

    def _faults(self, view: View) -> Iterator[Fault]:
        data, keys, path = view.evaluator.data, view.keys, view.shape.path
        assert isinstance(path, str)  # the reader of shapes has seen to it
        number_of, reifiers_of = data.terms.ids.get, data.named(REIFIES).backward
        pairs: list[Fault] = []
        for focus, value in view.values.pairs():
            term = term_keys.triple_term(keys[focus], path, keys[value])
            reifiers = reifiers_of.get(number_of(term, -1), ())
            pairs += ((focus, reifier) for reifier in reifiers)
            if self.required and not reifiers:
                yield focus, data.terms.intern(term)
        bad = view.violators(self.asked, {reifier for _, reifier in pairs if reifier is not None})
        yield from (pair for pair in pairs if pair[1] in bad)

    def result(self, view: View, focus: int, value: int | None, path: Path | None) -> Result:
        """Return the validation result of one fault; a statement without a reifier has its own words."""
        found = super().result(view, focus, value, path)
        own = view.shape.message is not None or not _is_lacking(found, view)
        return found if own else found._replace(message=_LACKING)

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each fault, with what the reifier fails."""
        found = list(super().results(view))
        yield from (result for result in found if _is_lacking(result, view))
        yield from view.detailed((r for r in found if not _is_lacking(r, view)), [self.asked])

    def _wording(self, view: View, focus: int) -> str:
        return f"A reifier of the statement does not conform to {view.named(self.asked)}."


def _is_lacking(result: Result, view: View) -> bool:
    """Tell whether a result is about a statement without a reifier; no reifier is a triple term."""
    return result.value is not None and term_keys.is_triple_term(view.keys[result.value])


# ---- 4.8 others ----


class Closed(Component[set[str]]):
    """`sh:closed` and `sh:ignoredProperties` (4.8.1): value nodes have only the shape's properties."""

    words = "The property is not one of those that this shape allows."

    def _excess(self, view: View) -> Iterator[tuple[int, int, str]]:
        """Yield focus node, object and predicate of each triple too many."""
        data, keys, nodes = view.evaluator.data, view.keys, view.values.distinct()
        resource = data.terms.ids.get(RESOURCE, -1)
        triples: dict[int, list[tuple[int, str]]] = {}
        for predicate in data.predicates:
            key = keys[predicate]
            if key in self.asked:
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

    def _faults(self, view: View) -> Iterator[Fault]:
        return ((focus, value) for focus, value, _ in self._excess(view))

    def results(self, view: View) -> Iterator[Result]:
        """Yield a result for each triple too many, with its predicate as path."""
        for focus, value, predicate in self._excess(view):
            yield self.result(view, focus, value, predicate)


class HasValue(Component[str]):
    """`sh:hasValue` (4.8.2): the term is among the value nodes."""

    def _faults(self, view: View) -> Iterator[Fault]:
        term = view.evaluator.data.terms.ids[self.asked]
        having = {focus for focus, _ in view.values.pairs_with({term})}
        return ((focus, None) for focus in view.foci - having)

    def _wording(self, view: View, focus: int) -> str:
        return f"The value {shown(self.asked)} is missing."


class In(ValueComponent[list[int]]):
    """`sh:in` (4.8.3): each value node is a member of the list."""

    def _bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        return values - frozenset(self.asked)

    def _wording(self, view: View, focus: int) -> str:
        listed = [shown(view.keys[member]) for member in dict.fromkeys(self.asked)]
        more = f" and {len(listed) - 8} more" if len(listed) > 8 else ""
        return f"The value is not one of {', '.join(listed[:8])}{more}."
