"""Reading the values of parameters: that there is one, that it is an IRI, a count, a length, a shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.components import literals
from amcc_kg.validation.shapes.shapes_graph import IllFormed

if TYPE_CHECKING:
    from amcc_kg.validation.components.base import Component
    from amcc_kg.validation.shapes.property_paths import Path
    from amcc_kg.validation.shapes.shapes_graph import ShapesGraph


class ParameterReader:
    """Reads values of one shape's parameters; what breaks the syntax rules raises `IllFormed`.

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

    def _key(self, number: int) -> str:
        return self._graph.key(number)

    def _only(self, values: list[int], name: str) -> str:
        if len(values) != 1:
            raise IllFormed(f"several values of sh:{name}")
        return self._key(values[0])

    def _of_property_shape(self, name: str) -> None:
        if self._path is None:
            raise IllFormed(f"sh:{name} on a node shape")

    def _iri(self, number: int, name: str) -> str:
        key = self._key(number)
        if key[0] != "<":
            raise IllFormed(f"a value of sh:{name} that is no IRI")
        return key

    def _count(self, values: list[int], name: str) -> int:
        key = self._only(values, name)
        if term_keys.datatype(key) != f"{XSD}integer" or not re.fullmatch(
            r"[0-9]{1,9}", term_keys.value(key)
        ):
            raise IllFormed(f"a value of sh:{name} that is no xsd:integer of at least 0")
        return int(term_keys.value(key))

    def _shape(self, number: int, *, property_shape: bool | None = None) -> int:
        if property_shape is not None and (number in self._properties) is not property_shape:
            raise IllFormed("a property shape where a node shape is expected, or the other way round")
        self.refers.append(number)
        return number

    def _length(self, values: list[int], name: str) -> int:
        known = literals.known(self._only(values, name))
        if known is None or not isinstance(known[1], int) or known[1] < 0:
            raise IllFormed(f"a value of sh:{name} that is no integer of at least 0")
        return known[1]
