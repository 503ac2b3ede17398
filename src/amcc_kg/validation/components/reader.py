"""Reading a shapes graph into shapes: which nodes are shapes, what kind, with which targets and constraints.

What a shape is follows SHACL section 2.1, in the reference's reading. Its parameters become components by one
method for each, named after it (section 4). A shape that breaks the syntax rules is marked unread, so that
the reference says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

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
    found: dict[int, Shape] = {}
    components, broken = _components(graph)
    classes = {graph.number(names.CLASS), graph.number(names.OWL_CLASS)}
    classes.update(graph.subjects(names.SUBCLASS, graph.number(names.CLASS)))
    nodes = shape_nodes(graph)
    properties = {node for node in nodes if graph.objects(node, sh("path"))}
    for node in nodes:
        found[node] = _read_shape(graph, node, properties, components, broken, classes)
    return Shapes(graph, found)


def _components(graph: ShapesGraph) -> tuple[list[Custom], str | None]:
    if graph.number(sh("ConstraintComponent")) < 0:
        return [], None
    from amcc_kg.validation.components import custom

    return custom.components(graph)


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
        done: set[object] = set()
        for predicate in self._graph.predicates(self._node):
            key = self._graph.key(predicate)
            reader = _READERS.get(key[start:-1]) if key.startswith(names.SHACL, 1) else None
            if reader is not None and reader not in done:
                done.add(reader)
                self.found += reader(self, self._graph.objects(self._node, key))

    # ---- 4.1 value type ----

    def _class(self, values: list[int]) -> Iterable[Component]:
        return map(core.Class, values)

    def _datatype(self, values: list[int]) -> Iterable[Component]:
        self._only(values, "datatype")
        yield core.Datatype(self._iri(values[0], "datatype")[1:-1])

    def _node_kind(self, values: list[int]) -> Iterable[Component]:
        yield core.NodeKind(self._only(values, "nodeKind"))

    # ---- 4.2 cardinality ----

    def _min_count(self, values: list[int]) -> Iterable[Component]:
        self._of_property_shape("minCount")
        yield core.MinCount(self._count(values, "minCount"))

    def _max_count(self, values: list[int]) -> Iterable[Component]:
        self._of_property_shape("maxCount")
        yield core.MaxCount(self._count(values, "maxCount"))

    # ---- 4.3 value range ----

    def _ranges(self, _: list[int]) -> Iterable[Component]:
        for name, component in _RANGES.items():
            for value in self._graph.objects(self._node, sh(name)):
                key = self._graph.key(value)
                if key[0] != '"':
                    raise IllFormed(f"a value of sh:{name} that is no literal")
                yield component(key)

    # ---- 4.4 strings ----

    def _min_length(self, values: list[int]) -> Iterable[Component]:
        yield core.MinLength(self._length(values, "minLength"))

    def _max_length(self, values: list[int]) -> Iterable[Component]:
        yield core.MaxLength(self._length(values, "maxLength"))

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
        self._only(values, "languageIn")
        members = [self._graph.key(member) for member in self._graph.items(values[0])]
        if any(key[0] != '"' or not literals.plain(key) for key in members):
            raise IllFormed("a member of sh:languageIn that is no string")
        written = tuple(dict.fromkeys(term_keys.value(key) for key in members))
        yield core.LanguageIn(written, frozenset(tag.lower() for tag in written))

    def _unique_lang(self, values: list[int]) -> Iterable[Component]:
        self._of_property_shape("uniqueLang")
        key = self._only(values, "uniqueLang")
        if term_keys.datatype(key) != f"{XSD}boolean" or not literals.conforms(key, f"{XSD}boolean"):
            raise IllFormed("sh:uniqueLang is neither true nor false")
        # Only `true` itself switches it on, "1"^^xsd:boolean does not (W3C test uniqueLang-002).
        if term_keys.value(key) == "true":
            yield core.UniqueLang()

    # ---- 4.5 property pairs ----

    def _equals(self, values: list[int]) -> Iterable[Component]:
        return [core.Equals(self._iri(value, "equals")) for value in values]

    def _disjoint(self, values: list[int]) -> Iterable[Component]:
        return [core.Disjoint(self._iri(value, "disjoint")) for value in values]

    def _less_than(self, values: list[int]) -> Iterable[Component]:
        self._of_property_shape("lessThan")
        return [core.LessThan(self._iri(value, "lessThan")) for value in values]

    def _less_than_or_equals(self, values: list[int]) -> Iterable[Component]:
        self._of_property_shape("lessThanOrEquals")
        return [core.LessThanOrEquals(self._iri(value, "lessThanOrEquals")) for value in values]

    # ---- 4.6 logic ----

    def _not(self, values: list[int]) -> Iterable[Component]:
        return [core.Not(self._shape(value)) for value in values]

    def _lists(self, _: list[int]) -> Iterable[Component]:
        for name, component in _LISTS.items():
            for head in self._graph.objects(self._node, sh(name)):
                members = self._graph.items(head)
                if not members:
                    raise IllFormed(f"an empty list at sh:{name}")
                yield component(tuple(self._shape(member) for member in members))

    # ---- 4.7 shapes ----

    def _node_shape(self, values: list[int]) -> Iterable[Component]:
        return [core.Node(self._shape(value, property_shape=False)) for value in values]

    def _property(self, values: list[int]) -> Iterable[Component]:
        return [core.Property(self._shape(value, property_shape=True)) for value in values]

    def _qualified_count(self, values: list[int]) -> Iterable[Component]:
        if self._path is not None and not self._graph.objects(self._node, sh("qualifiedValueShape")):
            raise IllFormed("a qualified count without a sh:qualifiedValueShape")
        return ()

    def _qualified_value_shape(self, values: list[int]) -> Iterable[Component]:
        if self._path is None:
            return  # ignored there (SHACL section 4.7.3)
        given = {name: self._graph.objects(self._node, sh(name)) for name in _QUALIFIED}
        bounds = {name: self._count(counts, name) for name, counts in given.items() if counts}
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
        graph, key = self._graph, self._only(values, "closed")
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

    def _has_value(self, values: list[int]) -> Iterable[Component]:
        return map(core.HasValue, values)

    def _in(self, values: list[int]) -> Iterable[Component]:
        self._only(values, "in")
        members = self._graph.items(values[0])
        yield core.In(tuple(members), frozenset(members))

    # ---- 5 SPARQL ----

    def _sparql(self, values: list[int]) -> Iterable[Component]:
        from amcc_kg.validation.components import constraints  # most shapes have none

        for value in values:
            constraint = constraints.read(self._graph, self._node, value, self._path)
            if constraint is not None:
                yield constraint

    # ---- values of parameters ----

    def _only(self, values: list[int], name: str) -> str:
        if len(values) != 1:
            raise IllFormed(f"several values of sh:{name}")
        return self._graph.key(values[0])

    def _of_property_shape(self, name: str) -> None:
        if self._path is None:
            raise IllFormed(f"sh:{name} on a node shape")

    def _iri(self, number: int, name: str) -> str:
        key = self._graph.key(number)
        if key[0] != "<":
            raise IllFormed(f"a value of sh:{name} that is no IRI")
        return key

    def _count(self, values: list[int], name: str) -> int:
        key = self._only(values, name)
        text = term_keys.value(key)
        if term_keys.datatype(key) != f"{XSD}integer" or not re.fullmatch(r"[0-9]{1,9}", text):
            raise IllFormed(f"a value of sh:{name} that is no xsd:integer of at least 0")
        return int(text)

    def _length(self, values: list[int], name: str) -> int:
        known = literals.known(self._only(values, name))
        if known is None or not isinstance(known[1], int) or known[1] < 0:
            raise IllFormed(f"a value of sh:{name} that is no integer of at least 0")
        return known[1]

    def _shape(self, number: int, *, property_shape: bool | None = None) -> int:
        if property_shape is not None and (number in self._properties) is not property_shape:
            raise IllFormed("a property shape where a node shape is expected, or the other way round")
        self.refers.append(number)
        return number


_RANGES = {
    "minExclusive": core.MinExclusive,
    "minInclusive": core.MinInclusive,
    "maxExclusive": core.MaxExclusive,
    "maxInclusive": core.MaxInclusive,
}
_LISTS = {"and": core.And, "or": core.Or, "xone": core.Xone}
_QUALIFIED = ("qualifiedMinCount", "qualifiedMaxCount")
_READERS: dict[str, Callable[[_Parameters, list[int]], Iterable[Component]]] = {
    "class": _Parameters._class,
    "datatype": _Parameters._datatype,
    "nodeKind": _Parameters._node_kind,
    "minCount": _Parameters._min_count,
    "maxCount": _Parameters._max_count,
    **dict.fromkeys(_RANGES, _Parameters._ranges),
    "minLength": _Parameters._min_length,
    "maxLength": _Parameters._max_length,
    "pattern": _Parameters._pattern,
    "languageIn": _Parameters._language_in,
    "uniqueLang": _Parameters._unique_lang,
    "equals": _Parameters._equals,
    "disjoint": _Parameters._disjoint,
    "lessThan": _Parameters._less_than,
    "lessThanOrEquals": _Parameters._less_than_or_equals,
    "not": _Parameters._not,
    **dict.fromkeys(_LISTS, _Parameters._lists),
    "node": _Parameters._node_shape,
    "property": _Parameters._property,
    "qualifiedValueShape": _Parameters._qualified_value_shape,
    **dict.fromkeys(_QUALIFIED, _Parameters._qualified_count),
    "closed": _Parameters._closed,
    "ignoredProperties": _Parameters._ignored_properties,
    "hasValue": _Parameters._has_value,
    "in": _Parameters._in,
    "sparql": _Parameters._sparql,
}
"""What reads each parameter."""
