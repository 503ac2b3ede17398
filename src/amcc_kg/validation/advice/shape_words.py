"""Terms and shapes in words: what to call a term, what a shape asks for, one line a constraint.

Knows a shapes graph; no data, no findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from amcc_kg.terms import keys, prefixes
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph, Unreadable
from amcc_kg.validation.shapes.vocabulary import SHACL, sh

_COMMENTS = (sh("description"), f"<{prefixes.RDFS}comment>", sh("name"), f"<{prefixes.RDFS}label>")
_TABLE = Path(__file__).with_name("words.txt").read_text(encoding="utf-8")
WORDS: dict[str, str] = dict(re.findall(r"^(\S+) +(.+)$", _TABLE, re.MULTILINE))
"""Each parameter of a constraint component, and what it asks for."""

_TARGETS = {
    "targetClass": "every {}",
    "targetNode": "{}",
    "targetSubjectsOf": "whatever has {}",
    "targetObjectsOf": "whatever is a value of {}",
}
_BARE = re.compile(r"-?[0-9]+|true|false")
_BARE_KINDS = frozenset(f"{prefixes.XSD}{name}" for name in ("integer", "boolean"))
_LISTS = frozenset(("in", "languageIn", "and", "or", "xone"))


class Described:
    """The shapes of a graph, in words."""

    def __init__(self, graph: ShapesGraph) -> None:
        self._graph = graph
        self._known: dict[str, str] = {}

    def help(self, key: str) -> str:
        """Return what a shape is for and asks for, in one paragraph."""
        if key not in self._known:
            number = self._graph.number(key)
            parts = [self.comment(number), "; ".join(self.constraints(number))]
            self._known[key] = " ".join(part for part in parts if part)
        return self._known[key]

    def comment(self, number: int) -> str:
        """Return what the shapes graph says about a shape, English preferred."""
        for predicate in _COMMENTS:
            said = [self._graph.key(value) for value in self._graph.objects(number, predicate)]
            if said:
                return keys.value(min(said, key=lambda key: ((keys.language(key) or "en")[:2] != "en", key)))
        return ""

    def path(self, number: int) -> str:
        """Return the path of a property shape, the empty string for a node shape."""
        for node in self._graph.objects(number, sh("path")):
            try:
                path = property_paths.read(self._graph, node)
            except Unreadable:
                return "a path that cannot be read"
            return spelt(path) if isinstance(path, str) else shortened(property_paths.text(path))
        return ""

    def targets(self, number: int) -> list[str]:
        """Return what a shape is about, in words."""
        return [
            words.format(spelt(self._graph.key(value)))
            for name, words in _TARGETS.items()
            for value in self._graph.objects(number, sh(name))
        ]

    def constraints(self, number: int) -> list[str]:
        """Return what a shape asks for, one line a constraint."""
        path = self.path(number)
        return [f"{path}: {words}" if path else words for words in self._asked(number)]

    def with_properties(self, number: int) -> str:
        """Return what a shape and its property shapes ask for, in one line."""
        below = self._graph.objects(number, sh("property"))
        return "; ".join(words for shape in (number, *below) for words in self.constraints(shape))

    def _asked(self, number: int) -> Iterator[str]:
        for name, words in WORDS.items():
            for value in self._graph.objects(number, sh(name)):
                if name in ("closed", "uniqueLang") and self._graph.key(value).startswith('"false"'):
                    continue
                yield words.format(self._spelt(value, name in _LISTS))

    def _spelt(self, number: int, is_list: bool = False) -> str:
        if is_list:
            try:
                return ", ".join(self._spelt(member) for member in self._graph.items(number))
            except Unreadable:
                return "a list that cannot be read"
        key = self._graph.key(number)
        if key.startswith(f"<{SHACL}"):
            return prefixes.shorten(key[1:-1])
        if key[0] == "_":
            inner = self.constraints(number)
            return f"({'; '.join(inner)})" if inner else "a shape without a name"
        return spelt(key)


def shortened(text: str) -> str:
    """Return a text with each `<IRI>` in it as `prefix:name` where a prefix is known."""
    return re.sub(r"<[^<>\s]*>", lambda found: spelt(found[0]), text)


def spelt(key: str) -> str:
    """Return a term for people, from its key: a short name, a bare number, or its full spelling."""
    if key[0] == "<":
        return prefixes.shorten(key[1:-1])
    if key[0] == '"' and key[-1] == ">":
        kind = keys.datatype(key) or ""
        if kind in _BARE_KINDS and _BARE.fullmatch(keys.value(key)):
            return keys.value(key)
        return f"{key[: key.rindex('^^')]}^^{prefixes.shorten(kind)}"
    return key
