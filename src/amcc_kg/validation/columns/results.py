"""What the engine finds, before it is put into words: numbers and keys, no terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from amcc_kg.validation.columns.property_paths import Path


class Result(NamedTuple):
    """One validation result (SHACL section 3.6).

    Attributes:
        focus: the number of the focus node.
        path: the path from it to the value, None if the shape is a node shape.
        value: the number of the value at fault, None if none is named.
        component: the IRI of the constraint component, as a key.
        shape: the number of the source shape.
        severity: the IRI of the severity, as a key.
        message: what is wrong, in words.
    """

    focus: int
    path: Path | None
    value: int | None
    component: str
    shape: int
    severity: str
    message: str

    def identity(self, keys: list[str]) -> tuple[str, Path | None, str, str, str, str]:
        """Return what two engines must agree on: focus, path, value, component, shape and severity."""
        value = "" if self.value is None else keys[self.value]
        return (keys[self.focus], self.path, value, self.component, keys[self.shape], self.severity)
