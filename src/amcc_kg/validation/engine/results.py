"""What the engine finds, before it is put into words: numbers and keys, no terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from amcc_kg.terms import keys as term_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amcc_kg.validation.shapes.property_paths import Path


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
        messages: the same as literals, as keys, in every language there is; none if the shape's own do.
        constraint: the number of the value of `sh:sparql`, None for any other component.
    """

    focus: int
    path: Path | None
    value: int | None
    component: str
    shape: int
    severity: str
    message: str
    messages: tuple[str, ...] = ()
    constraint: int | None = None

    def identity(self, keys: list[str]) -> tuple[str, Path | None, str, str, str, str]:
        """Return what two engines must agree on: focus, path, value, component, shape and severity."""
        value = "" if self.value is None else keys[self.value]
        return (keys[self.focus], self.path, value, self.component, keys[self.shape], self.severity)


def best_message(messages: Iterable[str]) -> str | None:
    """Return the text of a message, in English or in no language if there is such a one; None if none."""
    literals = [m for m in messages if m[0] == '"']
    if not literals:
        return None
    return min(
        ((not (term_keys.language(m) or "en").startswith("en"), term_keys.value(m)) for m in literals),
    )[1]
