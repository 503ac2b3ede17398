"""Reading a shapes graph into shapes: which nodes are shapes, what kind, with which targets and constraints.

What a shape is follows SHACL section 2.1, in the reference's reading. Its parameters become components
(section 4): by a table where each value makes one by itself, else by a method named after the parameter. A
shape that breaks the syntax rules is marked unread, so that the reference says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.components import core
from amcc_kg.validation.engine.evaluation import Component, Shape, Shapes, Targets
from amcc_kg.validation.engine.results import best_message
from amcc_kg.validation.shapes import literals, property_paths
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.shapes_graph import Flaw, IllFormed, ShapesGraph, Unreadable
from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    # Read in SPARQL, which most shapes graphs have none of.
    from amcc_kg.validation.components.custom import Custom

_SHAPE_EXPECTING = ("property", "node", "not", "qualifiedValueShape")
_LIST_EXPECTING = ("and", "or", "xone")
_TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")


def read(graph: ShapesGraph) -> Shapes:
    """Return the shapes of a shapes graph."""
    components: list[Custom] = []
    broken = None
    if graph.number(sh("ConstraintComponent")) >= 0:
        from amcc_kg.validation.components import custom

        components, broken = custom.components(graph)
    classes = {graph.number(names.CLASS), graph.number(names.OWL_CLASS)}
    classes.update(graph.subjects(names.SUBCLASS, graph.number(names.CLASS)))
    nodes = shape_nodes(graph)
    properties = {node for node in nodes if graph.objects(node, sh("path"))}
    found = {node: _read_shape(graph, node, properties, components, broken, classes) for node in nodes}
    return Shapes(graph, found)


def shape_nodes(graph: ShapesGraph) -> set[int]:
    """Return the nodes that are shapes: by class, by a target, or because another shape names them."""
    found: set[int] = set()
    for kind in ("NodeShape", "PropertyShape"):
        found.update(graph.subjects(names.TYPE, graph.number(sh(kind))))
    for name in (*_TARGETS, "property", "node"):
        found.update(graph.subjects(sh(name)))
    for name in _SHAPE_EXPECTING:
        found.update(value for _, value in graph.pairs(sh(name)))
    for name in _LIST_EXPECTING:
        for _, head in graph.pairs(sh(name)):
            found.update(graph.members(head))
    return found


def _read_shape(
    graph: ShapesGraph,
    node: int,
    properties: set[int],
    components: list[Custom],
    broken: str | None,
    classes: set[int],
) -> Shape:
    reader = _Parameters(graph, node, properties)
    path: Path | None = None
    unread, flaw = broken, None
    deactivated = False
    try:
        deactivated = _deactivated(graph, node)
        if node in properties:
            where = graph.value(node, sh("path"))
            assert where is not None
            if graph.number(sh("NodeShape")) in graph.objects(node, names.TYPE):
                raise IllFormed("a sh:NodeShape with a sh:path")
            path = property_paths.read(graph, where)
        elif graph.number(sh("PropertyShape")) in graph.objects(node, names.TYPE):
            raise IllFormed("a sh:PropertyShape without a sh:path")
        reader.read_all(path)
        for component in components:
            reader.found += component.constraints_for(graph, node, path)
    except Unreadable as reason:
        unread = unread or str(reason)
        if isinstance(reason, IllFormed):
            subject = node if reason.subject is None else reason.subject
            flaw = Flaw(node, subject, reason.predicate, reason.value, str(reason))
    severities = sorted(graph.key(s) for s in graph.objects(node, sh("severity")))
    if len(severities) > 1:
        unread = unread or "several severities"
    return Shape(
        number=node,
        path=path,
        deactivated=deactivated,
        severity=severities[0] if severities else sh("Violation"),
        message=best_message(graph.key(m) for m in graph.objects(node, sh("message"))),
        targets=_targets(graph, node, classes),
        constraints=tuple(reader.found),
        refers=tuple(reader.refers),
        unread=unread,
        flaw=flaw,
    )


def _deactivated(graph: ShapesGraph, node: int) -> bool:
    value = graph.value(node, sh("deactivated"))
    if value is None:
        return False
    key = graph.key(value)
    text = term_keys.value(key)
    if term_keys.datatype(key) != f"{XSD}boolean" or text not in ("true", "false", "1", "0"):
        raise IllFormed("sh:deactivated is neither true nor false")
    return text in ("true", "1")


def _targets(graph: ShapesGraph, node: int, classes: set[int]) -> Targets:
    kinds = set(graph.objects(node, sh("targetClass")))
    if classes.intersection(graph.objects(node, names.TYPE)):
        kinds.add(node)
    return Targets(
        frozenset(graph.objects(node, sh("targetNode"))),
        frozenset(kinds),
        frozenset(graph.objects(node, sh("targetSubjectsOf"))),
        frozenset(graph.objects(node, sh("targetObjectsOf"))),
    )


class _Parameters:
    """Reads the parameters of one shape into constraints; what breaks the syntax rules raises `IllFormed`.

    Attributes:
        found: the constraints so far.
        refers: the shapes that they name.
    """

    def __init__(self, graph: ShapesGraph, node: int, properties: set[int]) -> None:
        self._graph = graph
        self._node = node
        self._properties = properties
        self._path: Path | None = None
        self.found: list[Component] = []
        self.refers: list[int] = []

    def read_all(self, path: Path | None) -> None:
        """Read every constraint of the shape; raises `IllFormed` at the first that cannot be read."""
        self._path = path
        start = len(names.SHACL) + 1
        for predicate in self._graph.predicates(self._node):
            key = self._graph.key(predicate)
            name = key[start:-1] if key.startswith(names.SHACL, 1) else ""
            if name not in _EACH and name not in _TOGETHER:
                continue
            if name in _OF_PROPERTY_SHAPES and path is None:
                raise IllFormed(f"sh:{name} on a node shape")
            values = self._graph.objects(self._node, key)
            if name in _SINGLE:
                self._only(values, name)
            self.found += self._each(name, values) if name in _EACH else _TOGETHER[name](self, values)

    def _each(self, name: str, values: list[int]) -> list[Component]:
        """Return the components that the values of a parameter make, each by itself."""
        make, read = _EACH[name]
        return [make(read(self, value, name)) for value in values]

    # ---- 4.4 strings ----

    def _pattern(self, values: list[int]) -> Iterable[Component]:
        flags = self._graph.objects(self._node, sh("flags"))
        if len(flags) > 1:
            raise IllFormed("several values of sh:flags")
        letters = term_keys.value(self._graph.key(flags[0])).lower() if flags else ""
        options = (re.IGNORECASE if "i" in letters else 0) | (re.MULTILINE if "m" in letters else 0)
        for key in map(self._graph.key, values):
            if key[0] != '"':
                raise IllFormed("a pattern that is no literal")
            try:
                yield core.Pattern(re.compile(term_keys.value(key), options))
            except re.error as error:
                raise IllFormed(f"a pattern that is no regular expression: {error}") from error

    def _language_in(self, values: list[int]) -> Iterable[Component]:
        members = [self._graph.key(member) for member in self._graph.items(values[0])]
        if any(key[0] != '"' or not literals.plain(key) for key in members):
            raise IllFormed("a member of sh:languageIn that is no string")
        written = tuple(dict.fromkeys(term_keys.value(key) for key in members))
        yield core.LanguageIn(written, frozenset(tag.lower() for tag in written))

    def _unique_lang(self, values: list[int]) -> Iterable[Component]:
        key = self._graph.key(values[0])
        if term_keys.datatype(key) != f"{XSD}boolean" or not literals.conforms(key, f"{XSD}boolean"):
            raise IllFormed("sh:uniqueLang is neither true nor false")
        # Only `true` itself switches it on, "1"^^xsd:boolean does not (W3C test uniqueLang-002).
        if term_keys.value(key) == "true":
            yield core.UniqueLang()

    # ---- 4.7 shapes ----

    def _qualified_count(self, values: list[int]) -> Iterable[Component]:
        if self._path is not None and not self._graph.objects(self._node, sh("qualifiedValueShape")):
            raise IllFormed("a qualified count without a sh:qualifiedValueShape")
        return ()

    def _qualified_value_shape(self, values: list[int]) -> Iterable[Component]:
        if self._path is None:
            return  # ignored there (SHACL section 4.7.3)
        given = {name: self._graph.objects(self._node, sh(name)) for name in _QUALIFIED}
        bounds = {
            name: self._count(self._only(counts, name), name) for name, counts in given.items() if counts
        }
        if not bounds:
            raise IllFormed("a sh:qualifiedValueShape without a count")
        for value in values:
            shape = self._shape(value)
            siblings = tuple(self._shape(sibling) for sibling in self._siblings(value))
            for name, bound in bounds.items():
                least, most = (bound, None) if name == _QUALIFIED[0] else (None, bound)
                component = sh(f"{name[:1].upper()}{name[1:]}ConstraintComponent")
                yield core.QualifiedValueShape(component, shape, siblings, least, most)

    def _siblings(self, shape: int) -> set[int]:
        """Return the shapes whose values do not count: those beside it under the same parents."""
        graph = self._graph
        disjoint = [graph.key(v) for v in graph.objects(self._node, sh("qualifiedValueShapesDisjoint"))]
        if not any(
            literals.conforms(k, f"{XSD}boolean") and term_keys.value(k) in ("true", "1") for k in disjoint
        ):
            return set()
        return {
            sibling
            for parent in graph.subjects(sh("property"), self._node)
            for beside in graph.objects(parent, sh("property"))
            for sibling in graph.objects(beside, sh("qualifiedValueShape"))
            if sibling != shape
        }

    # ---- 4.8 others ----

    def _ignored_properties(self, _: list[int]) -> Iterable[Component]:
        if not self._graph.objects(self._node, sh("closed")):
            raise IllFormed("sh:ignoredProperties without sh:closed")
        return ()

    def _closed(self, values: list[int]) -> Iterable[Component]:
        graph, key = self._graph, self._graph.key(values[0])
        if not literals.conforms(key, f"{XSD}boolean"):
            raise IllFormed("sh:closed is neither true nor false")
        if term_keys.value(key) in ("false", "0"):
            return
        allowed: set[str] = set()
        for head in graph.objects(self._node, sh("ignoredProperties")):
            allowed.update(map(graph.key, graph.items(head)))
        for shape in graph.objects(self._node, sh("property")):
            allowed.update(map(graph.key, graph.objects(shape, sh("path"))))
        yield core.Closed(frozenset(allowed))

    # ---- 5 SPARQL ----

    def _sparql(self, values: list[int]) -> Iterable[Component]:
        from amcc_kg.validation.components import constraints  # most shapes have none

        for value in values:
            constraint = constraints.read(self._graph, self._node, value, self._path)
            if constraint is not None:
                yield constraint

    # ---- values of parameters ----

    def _only(self, values: list[int], name: str) -> int:
        if len(values) != 1:
            raise IllFormed(f"several values of sh:{name}")
        return values[0]

    def _number(self, number: int, name: str) -> int:
        return number

    def _key(self, number: int, name: str) -> str:
        return self._graph.key(number)

    def _iri(self, number: int, name: str) -> str:
        key = self._graph.key(number)
        if key[0] != "<":
            raise IllFormed(f"a value of sh:{name} that is no IRI")
        return key

    def _datatype(self, number: int, name: str) -> str:
        return self._iri(number, name)[1:-1]

    def _literal(self, number: int, name: str) -> str:
        key = self._graph.key(number)
        if key[0] != '"':
            raise IllFormed(f"a value of sh:{name} that is no literal")
        return key

    def _count(self, number: int, name: str) -> int:
        key = self._graph.key(number)
        text = term_keys.value(key)
        if term_keys.datatype(key) != f"{XSD}integer" or not re.fullmatch(r"[0-9]{1,9}", text):
            raise IllFormed(f"a value of sh:{name} that is no xsd:integer of at least 0")
        return int(text)

    def _length(self, number: int, name: str) -> int:
        known = literals.known(self._graph.key(number))
        if known is None or not isinstance(known[1], int) or known[1] < 0:
            raise IllFormed(f"a value of sh:{name} that is no integer of at least 0")
        return known[1]

    def _items(self, head: int, name: str) -> list[int]:
        return self._graph.items(head)

    def _shape(self, number: int, name: str = "") -> int:
        if name in ("node", "property") and (number in self._properties) is not (name == "property"):
            raise IllFormed("a property shape where a node shape is expected, or the other way round")
        self.refers.append(number)
        return number

    def _lone_shape(self, number: int, name: str) -> tuple[int]:
        return (self._shape(number, name),)

    def _shapes(self, head: int, name: str) -> tuple[int, ...]:
        members = self._graph.items(head)
        if not members:
            raise IllFormed(f"an empty list at sh:{name}")
        return tuple(map(self._shape, members))


_EACH: dict[str, tuple[Callable[[Any], Component], Callable[[_Parameters, int, str], object]]] = {
    "class": (core.Class, _Parameters._number),
    "datatype": (core.Datatype, _Parameters._datatype),
    "nodeKind": (core.NodeKind, _Parameters._key),
    "minCount": (core.MinCount, _Parameters._count),
    "maxCount": (core.MaxCount, _Parameters._count),
    "minExclusive": (core.MinExclusive, _Parameters._literal),
    "minInclusive": (core.MinInclusive, _Parameters._literal),
    "maxExclusive": (core.MaxExclusive, _Parameters._literal),
    "maxInclusive": (core.MaxInclusive, _Parameters._literal),
    "minLength": (core.MinLength, _Parameters._length),
    "maxLength": (core.MaxLength, _Parameters._length),
    "equals": (core.Equals, _Parameters._iri),
    "disjoint": (core.Disjoint, _Parameters._iri),
    "lessThan": (core.LessThan, _Parameters._iri),
    "lessThanOrEquals": (core.LessThanOrEquals, _Parameters._iri),
    "not": (core.Not, _Parameters._lone_shape),
    "and": (core.And, _Parameters._shapes),
    "or": (core.Or, _Parameters._shapes),
    "xone": (core.Xone, _Parameters._shapes),
    "node": (core.Node, _Parameters._lone_shape),
    "property": (core.Property, _Parameters._shape),
    "hasValue": (core.HasValue, _Parameters._number),
    "in": (core.In, _Parameters._items),
}
"""The parameters of which each value makes a component by itself, and how the value is read."""

_OF_PROPERTY_SHAPES = frozenset({"minCount", "maxCount", "lessThan", "lessThanOrEquals", "uniqueLang"})
_SINGLE = frozenset(
    {"datatype", "nodeKind", "minCount", "maxCount", "minLength", "maxLength"}
    | {"languageIn", "uniqueLang", "closed", "in"}
)
_QUALIFIED = ("qualifiedMinCount", "qualifiedMaxCount")
_TOGETHER: dict[str, Callable[[_Parameters, list[int]], Iterable[Component]]] = {
    "pattern": _Parameters._pattern,
    "languageIn": _Parameters._language_in,
    "uniqueLang": _Parameters._unique_lang,
    "qualifiedValueShape": _Parameters._qualified_value_shape,
    **dict.fromkeys(_QUALIFIED, _Parameters._qualified_count),
    "closed": _Parameters._closed,
    "ignoredProperties": _Parameters._ignored_properties,
    "sparql": _Parameters._sparql,
}
"""What reads the values of each other parameter."""
