"""Words that help with a finding: what a term is called, what a shape asks for, what may have been meant.

The last is only ever a guess, worded as one. Read off the shapes and the data at hand; no report is laid out
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from amcc_kg.terms import keys, prefixes
from amcc_kg.terms.prefixes import NO_PREFIXES, DeclaredPrefixes
from amcc_kg.terms.spelling import Names, NamesBySpace
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.findings.report import Finding
from amcc_kg.validation.findings.spelling import shortened, spelt
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph, Unreadable
from amcc_kg.validation.shapes.vocabulary import SHACL, TYPE, sh

_COMMENTS = (sh("description"), f"<{prefixes.RDFS}comment>", sh("name"), f"<{prefixes.RDFS}label>")
_TABLE = Path(__file__).with_name("words.txt").read_text(encoding="utf-8")
WORDS: dict[str, str] = dict(re.findall(r"^(\S+) +(.+)$", _TABLE, re.MULTILINE))
"""Each parameter of a constraint component, and what it asks for."""

_TARGETS = {
    "targetClass": "every {}",
    "targetNode": "{}",
    "targetSubjectsOf": "whatever has {}",
    "targetObjectsOf": "whatever is a value of {}",
    "target": "what a query selects",
}
_LISTS = frozenset(("in", "languageIn", "and", "or", "xone"))
_MOST = 6
_BOUNDS = (f"{end}{of}" for end in ("min", "max") for of in ("Count", "Exclusive", "Inclusive", "Length"))
_ASKED = frozenset(("class", "datatype", "hasValue", "nodeKind", "pattern", *_BOUNDS))
# What is expected of one value is not worded as what is asked for of each.
_EXPECTED = {
    "datatype": "a value of datatype {}",
    "hasValue": "the value {}",
    "pattern": "a text that matches {}",
}


class Described:
    """The shapes of a graph, in words."""

    def __init__(self, graph: ShapesGraph, names: DeclaredPrefixes = NO_PREFIXES) -> None:
        """Take a shapes graph, and the prefixes that its files declare."""
        self._graph = graph
        self._names = names
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
            if said := [self._graph.key(value) for value in self._graph.objects(number, predicate)]:
                return keys.value(min(said, key=lambda key: ((keys.language(key) or "en")[:2] != "en", key)))
        return ""

    def path(self, number: int) -> str:
        """Return the path of a property shape, the empty string for a node shape."""
        for node in self._graph.objects(number, sh("path")):
            try:
                path = property_paths.read(self._graph, node)
            except Unreadable:
                return "a path that cannot be read"
            return shortened(property_paths.text(path), self._names)
        return ""

    def targets(self, number: int) -> list[str]:
        """Return what a shape is about, in words."""
        return [
            words.format(spelt(self._graph.key(value), self._names))
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
        return spelt(key, self._names)


class Known:
    """The names that data, ontology and shapes know."""

    def __init__(self, data: Data, shapes: ShapesGraph) -> None:
        self._data = data
        self._shapes = shapes
        self._lists: dict[str, tuple[list[str], Names]] = {}

    def hint(self, finding: Finding, names: DeclaredPrefixes) -> str:
        """Return what may have been meant, terms spelt by these prefixes, or the empty string."""
        listed = self._allowed(finding, names) if finding.component_name == "In" else ""
        return listed or self._misspelt(finding, names) or self._asked(finding, names)

    def _allowed(self, finding: Finding, names: DeclaredPrefixes) -> str:
        """Return which of the terms that a shape allows may be meant, or the first of them."""
        shape = finding.source_shape_key
        if shape not in self._lists:
            heads = self._values(finding, "in")
            listed = [self._shapes.key(number) for head in heads for number in self._shapes.members(head)]
            self._lists[shape] = listed, Names(listed, 0.6)
        allowed, known = self._lists[shape]
        near = known.nearest(finding.value_key or "")
        if near is not None:
            return f"did you mean {spelt(near, names)}?"
        more = f" and {len(allowed) - _MOST} more" if len(allowed) > _MOST else ""
        return f"allowed: {', '.join(spelt(key, names) for key in allowed[:_MOST])}{more}" if allowed else ""

    def _values(self, finding: Finding, parameter: str) -> list[int]:
        number = self._shapes.number(finding.source_shape_key)
        return self._shapes.objects(number, sh(parameter))

    def _misspelt(self, finding: Finding, names: DeclaredPrefixes) -> str:
        """Return the known name nearest to a property or a value that nothing describes."""
        for key in (finding.route, finding.value_key):
            if not isinstance(key, str) or not keys.is_iri(key):
                continue
            if self._data.terms.ids.get(key) in self._described:
                continue
            if near := self._names.nearest(key):
                return f"{spelt(key, names)} is not described; did you mean {spelt(near, names)}?"
        return ""

    @cached_property
    def _described(self) -> set[int]:
        return self._data.subjects().union(value for _, value in self._shapes.pairs(sh("path")))

    @cached_property
    def _names(self) -> NamesBySpace:
        return NamesBySpace(self._data.terms.keys[number] for number in self._described)

    def _asked(self, finding: Finding, names: DeclaredPrefixes) -> str:
        """Return what the shape asks for, unless its own message is a person's."""
        name = finding.component_name
        parameter = name[:1].lower() + name[1:]
        if parameter not in _ASKED or self._values(finding, "message"):
            return ""
        asked = WORDS[parameter].removeprefix("each value ").removeprefix("is ").removeprefix("has ")
        words = f"expected {_EXPECTED.get(parameter, asked)}"
        values = sorted(spelt(self._shapes.key(number), names) for number in self._values(finding, parameter))
        return words.format(", ".join(values)) + self._found(finding, parameter, names) if values else ""

    def _found(self, finding: Finding, parameter: str, names: DeclaredPrefixes) -> str:
        key = finding.value_key
        if key is None:
            return ""
        if parameter == "datatype" and key[0] == '"':
            return f", found {spelt(keys.iri(keys.datatype(key) or ''), names)}"
        if parameter == "class":
            kinds = self._data.named(TYPE).of(self._data.terms.ids.get(key, -1))
            said = sorted(spelt(self._data.terms.keys[kind], names) for kind in kinds)[:3]
            return f", found {', '.join(said) or 'something without a class'}"
        return ""
