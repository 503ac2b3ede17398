"""What an engine finds, as numbers and keys, and the messages of shapes that say what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from amcc_kg.terms import keys as term_keys
from amcc_kg.validation.shapes.property_paths import Path
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.shapes.vocabulary import sh

_BLANK = r"\{[?$](\w+)\}"


class Result(NamedTuple):
    """One validation result (SHACL section 3.6): nodes by number, component and severity as keys."""

    focus: int
    path: Path | None  # from the focus node to the value; None if the shape is a node shape
    value: int | None  # the one at fault, None if none is named
    component: str
    shape: int
    severity: str
    message: str  # what is wrong, in words
    messages: tuple[str, ...] = ()  # the same as keys, in every language; none if the shape's own do
    constraint: int | None = None  # the value of `sh:sparql`, None for any other component
    counted: tuple[int, ...] = ()  # the values that are too many together, if not all of them are
    details: tuple[Result, ...] = ()  # of the shapes that the value was to conform to (`sh:detail`, 3.6.2.8)

    def identity(self, keys: list[str]) -> tuple[str, Path | None, str, str, str, str]:
        """Return what two engines must agree on: focus, path, value, component, shape and severity."""
        value = "" if self.value is None else keys[self.value]
        return (keys[self.focus], self.path, value, self.component, keys[self.shape], self.severity)


def best_message(messages: Iterable[str]) -> str | None:
    """Return the text of a message, in English or in no language if there is such a one; None if none."""
    literals = (m for m in messages if m[0] == '"')
    foreign = ((not (term_keys.language(m) or "en").startswith("en"), term_keys.value(m)) for m in literals)
    return min(foreign, default=(True, None))[1]


def messages_of(graph: ShapesGraph, *nodes: int) -> tuple[str, ...]:
    """Return the messages of the first of some nodes that has any (SHACL section 5.3.2)."""
    for node in nodes:
        found = [graph.key(message) for message in graph.objects(node, sh("message"))]
        if literals := tuple(sorted(key for key in found if key[0] == '"')):
            return literals
    return ()


def worded(
    messages: tuple[str, ...], bound: Mapping[str, int | None], keys: list[str], otherwise: str
) -> tuple[str, tuple[str, ...]]:
    """Return the best of some messages and all of them, `{$name}` and `{?name}` filled in with what is bound.

    `messages` are keys, `bound` numbers of terms, `keys` the keys of these; `otherwise` is said without any.
    """
    filling = {name: term_keys.value(keys[number]) for name, number in bound.items() if number is not None}
    texts = [re.sub(_BLANK, lambda hit: filling.get(hit[1], hit[0]), term_keys.value(m)) for m in messages]
    filled = tuple(map(term_keys.literal, texts, map(term_keys.language, messages)))
    return best_message(filled) or otherwise, filled


def filled_from(message: str, templates: tuple[str, ...]) -> str:
    """Return a filled-in message without a language with that of the one message it can be made from."""
    text = term_keys.value(message)
    tags = set()
    for template in templates:
        # The even parts are words, the odd ones names of what is filled in.
        words = re.split(_BLANK, term_keys.value(template))[::2]
        if re.fullmatch(".*".join(map(re.escape, words)), text, re.DOTALL):
            tags.add(term_keys.language(template))
    return term_keys.literal(text, tags.pop()) if len(tags) == 1 else message
