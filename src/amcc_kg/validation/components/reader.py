"""Reading a shapes graph into shapes: which nodes are shapes, what kind, with which targets and constraints.

What a shape is follows SHACL section 2.1. Its parameters become components
(section 4): by a table where each value makes one by itself, else by a method named after the parameter. A
shape that breaks the syntax rules is marked unread, with what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.components import core
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Component, CustomTarget, Shape, Shapes, Targets
from amcc_kg.validation.engine.results import best_message
from amcc_kg.validation.shapes import literals, order, patterns, property_paths, syntax_rules
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.shapes_graph import Flaw, IllFormed, ShapesGraph, Unreadable
from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    # Read in SPARQL, which most shapes graphs have none of.
    from amcc_kg.validation.components.constraints import Custom

_TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")  # as `Targets` has them


def read(graph: ShapesGraph, strict: bool = False) -> Shapes:
    """Return the shapes of a shapes graph; with `strict`, an `owl:Class` is no target by being one."""
    reader = _Reader(graph, strict)
    return Shapes(graph, {node: reader.shape(node) for node in reader.nodes})


class _Nowhere:
    """Stands for the targets of a shape that is not read, so that it counts as one that has some."""

    def nodes(self, data: Data) -> Iterable[int]:
        return ()


_NOWHERE = _Nowhere()


class _Reader:
    """Reads a shapes graph, shape by shape; what breaks the syntax rules raises `IllFormed`."""

    def __init__(self, graph: ShapesGraph, strict: bool) -> None:
        self._graph = graph
        self._components: list[Custom] = []
        self._broken: str | None = None
        if graph.number(sh("ConstraintComponent")) >= 0:
            from amcc_kg.validation.components import constraints

            self._components, self._broken = constraints.components(graph)
        self._classes = set(graph.below(graph.number(names.CLASS)))
        if not strict:
            # Not by the letter of SHACL section 2.1.3.3; `notices` tells of it.
            self._classes |= set(graph.below(graph.number(names.OWL_CLASS)))
        self.nodes = self._shape_nodes()
        self._properties = {node for node in self.nodes if graph.objects(node, sh("path"))}

    def _shape_nodes(self) -> set[int]:
        """Return the nodes that are shapes: by class, by a target, or because another shape names them."""
        graph, found = self._graph, set[int]()
        for name in ("NodeShape", "PropertyShape"):
            for kind in graph.below(graph.number(sh(name))):
                found.update(graph.subjects(names.TYPE, kind))
        for name in (*_TARGETS, "target", "property", "node"):
            found.update(graph.subjects(sh(name)))
        for name in ("property", "node", "not", "qualifiedValueShape", "reifierShape"):
            found.update(value for _, value in graph.pairs(sh(name)))
        for name in ("and", "or", "xone"):
            for _, head in graph.pairs(sh(name)):
                found.update(graph.members(head))
        return found

    def shape(self, node: int) -> Shape:
        graph = self._graph
        self._node = node
        self._path: Path | None = None
        self._refers: list[int] = []
        found: list[Component[Any]] = []
        unread, flaw, deactivated = self._broken, None, False
        custom: tuple[CustomTarget, ...] = (_NOWHERE,) if graph.objects(node, sh("target")) else ()
        try:
            switch = graph.value(node, sh("deactivated"))
            deactivated = switch is not None and self._truth(switch, "deactivated") in names.TRUE
            self._path = self._path_of()
            for name, values in self._parameters():
                if name in _EACH:
                    make, read_value = _EACH[name]
                    found += [make(name, read_value(self, value, name)) for value in values]
                else:
                    found += _TOGETHER[name](self, values)
            for component in self._components:
                found += component.constraints_for(graph, node, self._path)
            custom = self._custom_targets()
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
            path=self._path,
            deactivated=deactivated,
            severity=severities[0] if severities else sh("Violation"),
            message=best_message(graph.key(m) for m in graph.objects(node, sh("message"))),
            targets=self._targets(custom),
            constraints=tuple(found),
            refers=tuple(self._refers),
            unread=unread,
            flaw=flaw,
        )

    def _path_of(self) -> Path | None:
        kinds = [self._graph.key(kind) for kind in self._graph.objects(self._node, names.TYPE)]
        where = self._graph.value(self._node, sh("path"))
        if where is None:
            if sh("PropertyShape") in kinds:
                raise IllFormed("a sh:PropertyShape without a sh:path")
            return None
        if sh("NodeShape") in kinds:
            raise IllFormed("a sh:NodeShape with a sh:path")
        return property_paths.read(self._graph, where)

    def _targets(self, custom: tuple[CustomTarget, ...]) -> Targets:
        kinds, *others = (frozenset(self._graph.objects(self._node, sh(name))) for name in _TARGETS)
        if not self._classes.isdisjoint(self._graph.objects(self._node, names.TYPE)):
            kinds |= {self._node}
        nodes, objects_of, subjects_of = others
        return Targets(kinds, nodes, objects_of, subjects_of, custom)

    def _custom_targets(self) -> tuple[CustomTarget, ...]:
        found: list[CustomTarget] = []
        for value in self._graph.objects(self._node, sh("target")):
            from amcc_kg.validation.components import targets  # most shapes have none

            with suppress(LookupError):  # what is not evaluated is told by `notices`
                found += targets.read(self._graph, value)
        return tuple(found)

    def _parameters(self) -> Iterator[tuple[str, list[int]]]:
        start = len(names.SHACL) + 1
        for predicate in self._graph.predicates(self._node):
            key = self._graph.key(predicate)
            name = key[start:-1] if key.startswith(names.SHACL, 1) else ""
            if name not in _EACH and name not in _TOGETHER:
                continue
            # A qualified shape is ignored on a node shape (SHACL section 4.7.3).
            for_properties = name in syntax_rules.RULES and syntax_rules.RULES[name].of_property_shapes
            if for_properties and name != "qualifiedValueShape" and self._path is None:
                raise IllFormed(f"sh:{name} on a node shape")
            values = self._graph.objects(self._node, key)
            if name in _SINGLE:
                self._only(values, name)
            yield name, values

    # ---- 4.4 strings ----

    def _pattern(self, values: list[int]) -> Iterable[Component[Any]]:
        flags = self._graph.objects(self._node, sh("flags"))
        if len(flags) > 1:
            raise IllFormed("several values of sh:flags")
        letters = term_keys.value(self._graph.key(flags[0])) if flags else ""
        try:
            patterns.compiled("", letters)
        except patterns.PatternError as error:
            raise IllFormed(f"a value of sh:flags with {error}", self._node, sh("flags"), flags[0]) from error
        for value in values:
            key = self._graph.key(value)
            if key[0] != '"':
                raise IllFormed("a pattern that is no literal")
            try:
                patterns.compiled(term_keys.value(key), letters)
            except patterns.PatternError as error:
                reason = f"a pattern that is no regular expression of XPath's: {error}"
                raise IllFormed(reason, self._node, sh("pattern"), value) from error
            yield core.Pattern("pattern", (term_keys.value(key), letters))

    def _language_in(self, values: list[int]) -> Iterable[Component[Any]]:
        members = [self._graph.key(member) for member in self._graph.items(values[0])]
        if any(key[0] != '"' or not literals.plain(key) for key in members):
            raise IllFormed("a member of sh:languageIn that is no string")
        yield core.LanguageIn("languageIn", list(dict.fromkeys(map(term_keys.value, members))))

    def _unique_lang(self, values: list[int]) -> Iterable[Component[Any]]:
        # Only `true` itself switches it on, "1"^^xsd:boolean does not (W3C test uniqueLang-002).
        if self._truth(values[0], "uniqueLang") == names.TRUE[0]:
            yield core.UniqueLang("uniqueLang", None)

    # ---- 4.7 shapes ----

    def _qualified_value_shape(self, values: list[int]) -> Iterable[Component[Any]]:
        if self._path is None:
            return
        given = {name: self._graph.objects(self._node, sh(name)) for name in _QUALIFIED}
        bounds = {name: self._count(self._only(found, name), name) for name, found in given.items() if found}
        for value in values:
            shape = self._shape(value)
            siblings = [self._shape(sibling) for sibling in self._siblings(value)]
            for name, bound in bounds.items():
                yield core.QualifiedValueShape(name, bound, shape, siblings)

    def _siblings(self, shape: int) -> set[int]:
        """Return the shapes whose values do not count: those beside it under the same parents."""
        graph = self._graph
        disjoint = graph.objects(self._node, sh("qualifiedValueShapesDisjoint"))
        if not any(graph.key(value) in names.TRUE for value in disjoint):
            return set()
        return {
            sibling
            for parent in graph.subjects(sh("property"), self._node)
            for beside in graph.objects(parent, sh("property"))
            for sibling in graph.objects(beside, sh("qualifiedValueShape"))
            if sibling != shape
        }

    def _reifier_shape(self, values: list[int]) -> Iterable[Component[Any]]:
        if not isinstance(self._path, str):
            reason = "sh:reifierShape beside a sh:path that is no IRI"
            raise IllFormed(reason, None, sh("reifierShape"), values[0])
        name = "reificationRequired"
        stated = self._graph.objects(self._node, sh(name))
        required = bool(stated) and self._truth(self._only(stated, name), name) in names.TRUE
        for number, value in enumerate(values):
            shape = self._shape(value, "reifierShape")
            yield core.ReifierShape("reifierShape", shape, required and not number)  # said once

    # ---- 4.8 others ----

    def _closed(self, values: list[int]) -> Iterable[Component[Any]]:
        if self._truth(values[0], "closed") in names.FALSE:
            return
        graph, allowed = self._graph, set[str]()
        for head in graph.objects(self._node, sh("ignoredProperties")):
            allowed.update(map(graph.key, graph.items(head)))
        for shape in graph.objects(self._node, sh("property")):
            allowed.update(map(graph.key, graph.objects(shape, sh("path"))))
        yield core.Closed("closed", allowed)

    # ---- 5 SPARQL ----

    def _sparql(self, values: list[int]) -> Iterable[Component[Any]]:
        from amcc_kg.validation.components import constraints  # most shapes have none

        for value in values:
            if constraint := constraints.read(self._graph, self._node, value, self._path):
                yield constraint

    # ---- values of parameters ----

    def _only(self, values: list[int], name: str) -> int:
        if len(values) != 1:
            raise IllFormed(f"several values of sh:{name}")
        return values[0]

    def _key(self, number: int, name: str) -> str:
        return self._graph.key(number)

    def _truth(self, number: int, name: str) -> str:
        key = self._graph.key(number)
        if key not in (*names.TRUE, *names.FALSE):
            raise IllFormed(f"sh:{name} is neither true nor false")
        return key

    def _ruled(self, number: int, name: str) -> str:
        """Return the key of a value that is held to its syntax rule."""
        key = self._graph.key(number)
        if not syntax_rules.RULES[name].fits(key):
            raise IllFormed(f"a value of sh:{name} {syntax_rules.RULES[name].wording}")
        return key

    def _count(self, number: int, name: str) -> int:
        key = self._graph.key(number)
        if not literals.conforms(key, f"{XSD}integer") or (count := order.whole(term_keys.value(key))) < 0:
            raise IllFormed(f"a value of sh:{name} that is no xsd:integer of at least 0")
        return count

    def _items(self, head: int, name: str) -> list[int]:
        return self._graph.items(head)

    def _shape(self, number: int, name: str = "") -> int:
        of_property = name == "property"
        if name in ("node", "property", "reifierShape") and (number in self._properties) is not of_property:
            raise IllFormed("a property shape where a node shape is expected, or the other way round")
        self._refers.append(number)
        return number

    def _lone_shape(self, number: int, name: str) -> tuple[int, ...]:
        return (self._shape(number, name),)

    def _shapes(self, head: int, name: str) -> tuple[int, ...]:
        return tuple(map(self._shape, self._graph.items(head)))


_EACH: dict[str, tuple[Callable[[str, Any], Component[Any]], Callable[[_Reader, int, str], object]]] = {
    "class": (core.Class, _Reader._key),
    "datatype": (core.Datatype, _Reader._ruled),
    "nodeKind": (core.NodeKind, _Reader._key),
    "minCount": (core.MinCount, _Reader._count),
    "maxCount": (core.MaxCount, _Reader._count),
    **dict.fromkeys(core.SIDES, (core.Range, _Reader._ruled)),
    "minLength": (core.MinLength, _Reader._count),
    "maxLength": (core.MaxLength, _Reader._count),
    "equals": (core.Equals, _Reader._ruled),
    "disjoint": (core.Disjoint, _Reader._ruled),
    "lessThan": (core.LessThan, _Reader._ruled),
    "lessThanOrEquals": (core.LessThan, _Reader._ruled),
    "not": (core.Not, _Reader._lone_shape),
    "and": (core.And, _Reader._shapes),
    "or": (core.Or, _Reader._shapes),
    "xone": (core.Xone, _Reader._shapes),
    "node": (core.Node, _Reader._lone_shape),
    "property": (core.Property, _Reader._lone_shape),
    "hasValue": (core.HasValue, _Reader._key),
    "in": (core.In, _Reader._items),
}
"""The parameters of which each value makes a component by itself, and how the value is read."""

_SINGLE = frozenset(
    {"datatype", "nodeKind", "minCount", "maxCount", "minLength", "maxLength"}
    | {"languageIn", "uniqueLang", "closed", "in"}
)
_QUALIFIED = ("qualifiedMinCount", "qualifiedMaxCount")
_TOGETHER: dict[str, Callable[[_Reader, list[int]], Iterable[Component[Any]]]] = {
    "pattern": _Reader._pattern,
    "languageIn": _Reader._language_in,
    "uniqueLang": _Reader._unique_lang,
    "qualifiedValueShape": _Reader._qualified_value_shape,
    "reifierShape": _Reader._reifier_shape,
    "closed": _Reader._closed,
    "sparql": _Reader._sparql,
}
"""What reads the values of each other parameter."""
