"""Where pyshacl departs from the Recommendation: each known fault with its clause, words and an example.

`Watched` evaluates as the default engine does and marks what a fault touches on the way: where pyshacl, asked
about the same value, says otherwise than the text. So a difference between the two engines is explained, or
it is not. Knows what pyshacl does with single values, and no more of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any, NamedTuple

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import RDFS, XSD
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Component, Evaluator, Shape, Shapes, View
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.shapes import literals, order, property_paths
from amcc_kg.validation.shapes.shapes_graph import closure
from amcc_kg.validation.shapes.vocabulary import sh


class Fault(NamedTuple):
    """A known fault of pyshacl, whose results and those of the Recommendation are not to be compared."""

    parameters: tuple[str, ...]  # the local names of those that are evaluated otherwise
    clause: str
    words: str  # what it does, of pyshacl as the subject
    differs: Callable[[View, Any], bool]
    shape: str  # an example in Turtle: what is said of a property shape
    data: str  # the property and the values of the focus node, and more
    results: int  # how many there are by the Recommendation


def _texts(view: View) -> Iterator[str]:
    return (view.keys[value] for value in view.values.distinct())


# ---- 2.3.1 ----


def _path(view: View, _: object) -> bool:
    path = view.shape.path
    turned = () if path is None else (part for part in property_paths.parts(path) if part[0] == "^")
    return any(inner[0] == "/" for part in turned for inner in property_paths.parts(part[1]))


# ---- 4.1.2 ----


def _datatype(view: View, constraint: Component[Any]) -> bool:
    asked = constraint.asked[1:-1]
    return any(
        literals.conforms(key, asked) is not _is_of(key, asked) for key in _texts(view) if key[0] == '"'
    )


def _is_of(key: str, asked: str) -> bool:
    """Tell what pyshacl says: there is a value of Python's, and it is of the right class."""
    from datetime import date, datetime, time
    from decimal import Decimal

    if keys.datatype(key) != asked:
        return asked == f"{RDFS}Literal" or (asked == f"{RDFS}Datatype" and key[-1] == ">")
    literal: Any = keys.to_rdflib(key)
    classes = {"integer": int, "float": float, "decimal": Decimal, "boolean": bool, "string": str}
    wanted = (classes | {"date": date, "time": time, "dateTime": datetime}).get(literals.xsd(asked), object)
    return not literal.ill_typed and isinstance(literal.value, wanted)


# ---- 4.3, 4.5.3, 4.5.4 ----

_ALLOWED = {
    "minExclusive": {1},
    "minInclusive": {0, 1},
    "maxExclusive": {-1},
    "maxInclusive": {-1, 0},
    "lessThan": {-1},
    "lessThanOrEquals": {-1, 0},
}


def _range(view: View, constraint: Component[Any]) -> bool:
    bound, allowed = constraint.asked, _ALLOWED[constraint.parameter]
    return any(
        (_compared(key, bound) in allowed) is not (order.compare(key, bound) in allowed)
        for key in _texts(view)
    )


def _compared(key: str, bound: str) -> object:
    from pyshacl.rdfutil import compare  # half a second, and only where engines are compared

    value: Any = keys.to_rdflib(key)
    other: Any = keys.to_rdflib(bound)
    if key[0] != '"' or isinstance(value.value, str) is not isinstance(other.value, str):
        return None
    with suppress(TypeError, NotImplementedError, ArithmeticError):
        return vars(compare)["compare_literal"](value, other)
    return None


def _pair(view: View, constraint: Component[Any]) -> bool:
    others = view.evaluator.data.named(constraint.asked)
    allowed = _ALLOWED[constraint.parameter]
    pairs = (
        (view.keys[value], view.keys[other])
        for focus in view.foci
        for value in view.values.of(focus)
        for other in others.of(focus)
    )
    return any(
        _less(one, two, 0 in allowed) is not (order.compare(one, two) in allowed) for one, two in pairs
    )


def _less(key: str, other: str, or_equal: bool) -> bool:
    (is_text, one), (also, two) = _operand(key), _operand(other)
    if is_text is not also or "_" in (key[0], other[0]):
        return False
    with suppress(TypeError, NotImplementedError, ArithmeticError):
        return bool(one <= two if or_equal else one < two)
    return False


def _operand(key: str) -> tuple[bool, Any]:
    """Return whether pyshacl compares a term as a text, and what it compares."""
    node: Any = keys.to_rdflib(key)
    value = node.value if key[0] == '"' else keys.value(key)
    return (True, value) if isinstance(value, str) else (False, node)


# ---- 4.4 ----


def _pattern(view: View, constraint: Component[Any]) -> bool:
    from amcc_kg.validation.shapes import patterns

    written, letters = constraint.asked
    flags = (re.I if "i" in letters.lower() else 0) | (re.M if "m" in letters.lower() else 0)
    try:
        theirs = re.compile(written, flags)
    except re.error:
        return True
    ours = patterns.compiled(written, letters)
    texts = [keys.value(key) for key in _texts(view) if keys.has_text(key)]
    return any((theirs.search(text) is None) is not (ours.search(text) is None) for text in texts)


def _language(view: View, constraint: Component[Any]) -> bool:
    ranges = {written.lower() for written in constraint.asked}
    tags = {tag for key in _texts(view) if (tag := keys.language(key))}
    return "*" not in ranges and any(
        ranges.isdisjoint((tag, tag.split("-")[0])) is any(f"{tag}-".startswith(f"{one}-") for one in ranges)
        for tag in tags
    )


def _unique(view: View, _: object) -> bool:
    graph = view.evaluator.shapes.graph
    return f'"1"^^<{XSD}boolean>' in map(graph.key, graph.objects(view.shape.number, sh("uniqueLang")))


# ---- 5, 6 ----

_COMPUTING = frozenset(["=", "!=", "<", ">", "<=", ">=", "IN", "+", "-", "*", "/"])
_OF_VALUES = frozenset(
    ["STR", "REGEX", "REPLACE", "LANGMATCHES", "SUM", "AVG", "MIN", "MAX", "ABS", "ROUND", "CEIL", "FLOOR"]
)


def _query(view: View, constraint: Component[Any]) -> bool:
    words = {word.text.upper() for word in constraint.asked.words}
    foci = (view.keys[focus] for focus in view.foci)
    return not words.isdisjoint(_COMPUTING | _OF_VALUES) or any(
        key[0] == '"' and not keys.to_rdflib(key) for key in foci
    )


FAULTS = (
    Fault(
        ("path",),
        "2.3.1.4",
        "walks each step of an inverted sequence backwards, but in the order of the sequence",
        _path,
        "sh:path [ sh:inversePath ( :q :p ) ] ; sh:minCount 1",
        ":r 1 . :x :q :y . :y :p :a",
        0,
    ),
    Fault(
        ("datatype",),
        "4.1.2",
        "takes for well-formed what Python reads (1_000, inf, a date as a dateTime), and for ill-formed what"
        " Python does not (a year BCE, 24:00:00, a bound of xsd:long)",
        _datatype,
        "sh:path :p ; sh:datatype xsd:integer",
        ":p '1_000'^^xsd:integer",
        1,
    ),
    Fault(
        ("minExclusive", "minInclusive", "maxExclusive", "maxInclusive"),
        "4.3",
        "compares a decimal with a double digit by digit, texts in a language with texts, and no moment with"
        " a time zone with one without",
        _range,
        "sh:path :p ; sh:minInclusive 0.7",
        ":p 0.7e0",
        0,
    ),
    Fault(
        ("lessThan", "lessThanOrEquals"),
        "4.5.3",
        "orders what does not compare: IRIs, texts in a language, unknown datatypes, NaN, a date and a"
        " dateTime beside each other",
        _pair,
        "sh:path :p ; sh:lessThan :q",
        ":p :x ; :q :y",
        1,
    ),
    Fault(
        ("pattern",),
        "4.4.3",
        "takes patterns for Python's, and knows of the flags i and m only",
        _pattern,
        "sh:path :p ; sh:pattern '^abc$'",
        ":p 'abc\\n'",
        1,
    ),
    Fault(
        ("languageIn",),
        "4.4.4",
        "compares a language range with the whole tag and with its first part only",
        _language,
        "sh:path :p ; sh:languageIn ( 'de-AT' )",
        ":p 'f'@de-AT-1996",
        0,
    ),
    Fault(
        ("uniqueLang",),
        "4.4.5",
        "takes sh:uniqueLang 1 for true",
        _unique,
        "sh:path :p ; sh:uniqueLang '1'^^xsd:boolean",
        ":p 'x'@en , 'y'@en",
        0,
    ),
    Fault(
        ("SPARQL", ""),  # of a component that the shapes define, there is no name
        "5.3.1",
        "has queries answered by rdflib, which compares values as Python does, and may leave out focus nodes"
        " that are false to Python (an empty text, 0)",
        _query,
        "sh:path :p ; sh:sparql [ sh:select 'SELECT $this ?value { $this <http://e/p> ?value ; <http://e/q>"
        " ?other FILTER (?value < ?other) }' ]",
        ":p '2024-01-01'^^xsd:date ; :q '2024-01-02T00:00:00'^^xsd:dateTime",
        0,
    ),
)
_BY_PARAMETER = {parameter: fault for fault in FAULTS for parameter in fault.parameters}
_OF_SHAPES = ("not", "and", "or", "xone", "node", "property", "qualifiedMinCount", "qualifiedMaxCount")


class Watched(Evaluator):
    """Evaluates as its base does, and keeps the faults of pyshacl that are touched by it."""

    def __init__(self, data: Data, shapes: Shapes, describe: Callable[[int], str]) -> None:
        super().__init__(data, shapes, describe)
        self._touched: dict[int, dict[str, Fault]] = {}  # by shape and component
        self._misled: dict[int, Fault] = {}  # the shapes of which all results may differ

    def view(self, shape: Shape, foci: AbstractSet[int]) -> View:
        """Return the view as it is, looked at for what the faults touch."""
        view = super().view(shape, foci)
        touched = self._touched.setdefault(shape.number, {})
        for constraint in shape.constraints:
            fault = _BY_PARAMETER.get(constraint.parameter)
            if fault is not None and constraint.iri not in touched and fault.differs(view, constraint):
                touched[constraint.iri] = fault
        # What `1` switches on is no constraint of ours.
        if (unique := _BY_PARAMETER["uniqueLang"]).differs(view, None):
            touched[sh("UniqueLangConstraintComponent")] = unique
        if (path := _BY_PARAMETER["path"]).differs(view, None):
            self._misled.update(dict.fromkeys(self._below(shape), path))
        return view

    def explaining(self, result: Result) -> set[Fault]:
        """Return the faults that may be why only one of the engines has a result; none if it is unexplained.

        That is a fault of the constraint itself, of the way to its value, or of a shape that it leads to.
        """
        shape = self.shapes[result.shape]
        found = {self._misled.get(shape.number), self._touched.get(shape.number, {}).get(result.component)}
        parameters = {c.parameter for c in shape.constraints if c.iri == result.component}
        if parameters.intersection(_OF_SHAPES):
            for number in self._below(shape):
                found.update((self._misled.get(number), *self._touched.get(number, {}).values()))
        return {fault for fault in found if fault is not None}

    def _below(self, shape: Shape) -> Iterable[int]:
        return closure([shape.number], lambda number: self.shapes[number].refers)
