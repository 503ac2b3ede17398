"""Value type constraint components (SHACL section 4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from amcc_kg.validation.components import literals
from amcc_kg.validation.components.base import ValueComponent
from amcc_kg.validation.shapes import vocabulary as names

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.engine.evaluation import View

NODE_KINDS = {
    names.sh("IRI"): "<",
    names.sh("BlankNode"): "_",
    names.sh("Literal"): '"',
    names.sh("BlankNodeOrIRI"): "_<",
    names.sh("BlankNodeOrLiteral"): '_"',
    names.sh("IRIOrLiteral"): '<"',
}
"""The node kinds, with the first characters of the keys of the terms that are of them."""


@dataclass(eq=False, repr=False)
class Class(ValueComponent):
    """`sh:class` (4.1.1): each value node is an instance of the class, or of one below it."""

    iri: ClassVar[str] = names.sh("ClassConstraintComponent")
    kind: int

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that are no instances."""
        return values - view.evaluator.data.members(self.kind)

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the class."""
        return f"The value is not an instance of {view.keys[self.kind]}."


@dataclass(eq=False, repr=False)
class Datatype(ValueComponent):
    """`sh:datatype` (4.1.2): each value node is a well-formed literal of the datatype."""

    iri: ClassVar[str] = names.sh("DatatypeConstraintComponent")
    datatype: str

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values of another kind, another datatype or an ill-formed lexical form."""
        keys, datatype = view.keys, self.datatype
        return {value for value in values if not literals.conforms(keys[value], datatype)}

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the datatype."""
        return f"The value is not a well-formed literal of datatype <{self.datatype}>."


@dataclass(eq=False, repr=False)
class NodeKind(ValueComponent):
    """`sh:nodeKind` (4.1.3): each value node is an IRI, a blank node or a literal, as the kind says."""

    iri: ClassVar[str] = names.sh("NodeKindConstraintComponent")
    kind: str

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values of another kind."""
        keys, allowed = view.keys, NODE_KINDS.get(self.kind, "")
        return {value for value in values if keys[value][0] not in allowed}

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the node kind."""
        return f"The value is not of the kind {self.kind[len(names.SHACL) + 1 : -1]}."
