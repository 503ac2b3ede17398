"""Reading the constraints of one shape: parameters into components (SHACL section 4).

One method for each parameter, named after it. A parameter that breaks the syntax rules raises `IllFormed`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.components import cardinality, literals, logical, other, pairs, shape_based, strings
from amcc_kg.validation.components import value_range as ranges
from amcc_kg.validation.components import value_type as types
from amcc_kg.validation.components.parameters import ParameterReader
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.shapes_graph import IllFormed
from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    from collections.abc import Callable

    from amcc_kg.validation.shapes.property_paths import Path

_RANGES = {
    "minExclusive": ranges.MinExclusive,
    "minInclusive": ranges.MinInclusive,
    "maxExclusive": ranges.MaxExclusive,
    "maxInclusive": ranges.MaxInclusive,
}
_LISTS = {"and": logical.And, "or": logical.Or, "xone": logical.Xone}


class Reader(ParameterReader):
    """Reads the constraints of one shape."""

    def read_all(self, path: Path | None) -> None:
        """Read every constraint of the shape; raises `IllFormed` at the first that cannot be read."""
        self._path = path
        readers: dict[str, Callable[[list[int]], None]] = {
            "class": self._class,
            "datatype": self._datatype,
            "nodeKind": self._node_kind,
            "minCount": self._min_count,
            "maxCount": self._max_count,
            **dict.fromkeys(_RANGES, self._ranges),
            "minLength": self._min_length,
            "maxLength": self._max_length,
            "pattern": self._pattern,
            "languageIn": self._language_in,
            "uniqueLang": self._unique_lang,
            "equals": self._equals,
            "disjoint": self._disjoint,
            "lessThan": self._less_than,
            "lessThanOrEquals": self._less_than_or_equals,
            "not": self._not,
            **dict.fromkeys(_LISTS, self._lists),
            "node": self._node_shape,
            "property": self._property,
            "qualifiedValueShape": self._qualified_value_shape,
            "qualifiedMinCount": self._qualified_count,
            "qualifiedMaxCount": self._qualified_count,
            "closed": self._closed,
            "ignoredProperties": self._ignored_properties,
            "hasValue": self._has_value,
            "in": self._in,
            "sparql": self._sparql,
        }
        start = len(names.SHACL) + 1
        done: set[Callable[[list[int]], None]] = set()
        for predicate in self._graph.predicates(self._node):
            key = self._graph.key(predicate)
            reader = readers.get(key[start:-1]) if key.startswith(names.SHACL, 1) else None
            if reader is not None and reader not in done:
                done.add(reader)
                reader(self._graph.objects(self._node, key))

    # ---- 4.1 value type ----

    def _class(self, values: list[int]) -> None:
        self.found += [types.Class(value) for value in values]

    def _datatype(self, values: list[int]) -> None:
        self._only(values, "datatype")
        self.found.append(types.Datatype(self._iri(values[0], "datatype")[1:-1]))

    def _node_kind(self, values: list[int]) -> None:
        self.found.append(types.NodeKind(self._only(values, "nodeKind")))

    # ---- 4.2 cardinality ----

    def _min_count(self, values: list[int]) -> None:
        self._of_property_shape("minCount")
        self.found.append(cardinality.MinCount(self._count(values, "minCount")))

    def _max_count(self, values: list[int]) -> None:
        self._of_property_shape("maxCount")
        self.found.append(cardinality.MaxCount(self._count(values, "maxCount")))

    # ---- 4.3 value range ----

    def _ranges(self, _: list[int]) -> None:
        for name, component in _RANGES.items():
            for value in self._graph.objects(self._node, sh(name)):
                key = self._key(value)
                if key[0] != '"':
                    raise IllFormed(f"a value of sh:{name} that is no literal")
                self.found.append(component(key))

    # ---- 4.4 strings ----

    def _min_length(self, values: list[int]) -> None:
        self.found.append(strings.MinLength(self._length(values, "minLength")))

    def _max_length(self, values: list[int]) -> None:
        self.found.append(strings.MaxLength(self._length(values, "maxLength")))

    def _pattern(self, values: list[int]) -> None:
        flags = self._graph.objects(self._node, sh("flags"))
        if len(flags) > 1:
            raise IllFormed("several values of sh:flags")
        letters = term_keys.value(self._key(flags[0])).lower() if flags else ""
        options = (re.IGNORECASE if "i" in letters else 0) | (re.MULTILINE if "m" in letters else 0)
        for value in values:
            key = self._key(value)
            if key[0] != '"':
                raise IllFormed("a pattern that is no literal")
            try:
                self.found.append(strings.Pattern(re.compile(term_keys.value(key), options)))
            except re.error as error:
                raise IllFormed(f"a pattern that is no regular expression: {error}") from error

    def _language_in(self, values: list[int]) -> None:
        self._only(values, "languageIn")
        members = [self._key(member) for member in self._graph.items(values[0])]
        if any(key[0] != '"' or not literals.plain(key) for key in members):
            raise IllFormed("a member of sh:languageIn that is no string")
        written = tuple(dict.fromkeys(term_keys.value(key) for key in members))
        self.found.append(strings.LanguageIn(written, frozenset(tag.lower() for tag in written)))

    def _unique_lang(self, values: list[int]) -> None:
        self._of_property_shape("uniqueLang")
        key = self._only(values, "uniqueLang")
        if term_keys.datatype(key) != f"{XSD}boolean" or not literals.conforms(key, f"{XSD}boolean"):
            raise IllFormed("sh:uniqueLang is neither true nor false")
        # Only `true` itself switches it on, "1"^^xsd:boolean does not (W3C test uniqueLang-002).
        if term_keys.value(key) == "true":
            self.found.append(strings.UniqueLang())

    # ---- 4.5 property pairs ----

    def _equals(self, values: list[int]) -> None:
        self.found += [pairs.Equals(self._iri(value, "equals")) for value in values]

    def _disjoint(self, values: list[int]) -> None:
        self.found += [pairs.Disjoint(self._iri(value, "disjoint")) for value in values]

    def _less_than(self, values: list[int]) -> None:
        self._of_property_shape("lessThan")
        self.found += [pairs.LessThan(self._iri(value, "lessThan")) for value in values]

    def _less_than_or_equals(self, values: list[int]) -> None:
        self._of_property_shape("lessThanOrEquals")
        self.found += [pairs.LessThanOrEquals(self._iri(value, "lessThanOrEquals")) for value in values]

    # ---- 4.6 logic ----

    def _not(self, values: list[int]) -> None:
        self.found += [logical.Not(self._shape(value)) for value in values]

    def _lists(self, _: list[int]) -> None:
        for name, component in _LISTS.items():
            for head in self._graph.objects(self._node, sh(name)):
                members = self._graph.items(head)
                if not members:
                    raise IllFormed(f"an empty list at sh:{name}")
                self.found.append(component(tuple(self._shape(member) for member in members)))

    # ---- 4.7 shapes ----

    def _node_shape(self, values: list[int]) -> None:
        self.found += [shape_based.Node(self._shape(value, property_shape=False)) for value in values]

    def _property(self, values: list[int]) -> None:
        self.found += [shape_based.Property(self._shape(value, property_shape=True)) for value in values]

    def _qualified_count(self, values: list[int]) -> None:
        if self._path is not None and not self._graph.objects(self._node, sh("qualifiedValueShape")):
            raise IllFormed("a qualified count without a sh:qualifiedValueShape")

    def _qualified_value_shape(self, values: list[int]) -> None:
        if self._path is None:
            return  # ignored there (SHACL section 4.7.3)
        bounds = {
            name: self._count(given, name)
            for name in ("qualifiedMinCount", "qualifiedMaxCount")
            if (given := self._graph.objects(self._node, sh(name)))
        }
        if not bounds:
            raise IllFormed("a sh:qualifiedValueShape without a count")
        for value in values:
            shape = self._shape(value)
            siblings = tuple(self._shape(sibling) for sibling in self._siblings(value))
            if "qualifiedMinCount" in bounds:
                component = sh("QualifiedMinCountConstraintComponent")
                least = bounds["qualifiedMinCount"]
                self.found.append(shape_based.QualifiedValueShape(component, shape, siblings, least, None))
            if "qualifiedMaxCount" in bounds:
                component = sh("QualifiedMaxCountConstraintComponent")
                most = bounds["qualifiedMaxCount"]
                self.found.append(shape_based.QualifiedValueShape(component, shape, siblings, None, most))

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

    def _ignored_properties(self, _: list[int]) -> None:
        if not self._graph.objects(self._node, sh("closed")):
            raise IllFormed("sh:ignoredProperties without sh:closed")

    def _closed(self, values: list[int]) -> None:
        key = self._only(values, "closed")
        if not literals.conforms(key, f"{XSD}boolean"):
            raise IllFormed("sh:closed is neither true nor false")
        if term_keys.value(key) in ("false", "0"):
            return
        allowed: set[str] = set()
        for head in self._graph.objects(self._node, sh("ignoredProperties")):
            allowed.update(self._key(member) for member in self._graph.items(head))
        for shape in self._graph.objects(self._node, sh("property")):
            allowed.update(self._key(path) for path in self._graph.objects(shape, sh("path")))
        self.found.append(other.Closed(frozenset(allowed)))

    def _has_value(self, values: list[int]) -> None:
        self.found += [other.HasValue(value) for value in values]

    def _in(self, values: list[int]) -> None:
        self._only(values, "in")
        members = self._graph.items(values[0])
        self.found.append(other.In(tuple(members), frozenset(members)))

    # ---- 5 SPARQL ----

    def _sparql(self, values: list[int]) -> None:
        from amcc_kg.validation.components import sparql_constraints

        for value in values:
            constraint = sparql_constraints.read(self._graph, self._node, value, self._path)
            if constraint is not None:
                self.found.append(constraint)
