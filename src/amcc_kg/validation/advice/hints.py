"""What may have been meant: the allowed values, the nearest known name, what a shape asks for.

Only ever a guess, worded as one, and read off the shapes and the data at hand.
"""

from __future__ import annotations

from amcc_kg.terms import keys
from amcc_kg.terms.spelling import Names, NamesBySpace
from amcc_kg.validation.advice.shape_words import WORDS, spelt
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.findings.report import Finding
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.shapes.vocabulary import TYPE, sh

_MOST = 6
_BOUNDS = (f"{end}{of}" for end in ("min", "max") for of in ("Count", "Exclusive", "Inclusive", "Length"))
_ASKED = frozenset(("class", "datatype", "hasValue", "nodeKind", "pattern", *_BOUNDS))
# What is expected of one value is not worded as what is asked for of each.
_EXPECTED = {
    "datatype": "a value of datatype {}",
    "hasValue": "the value {}",
    "pattern": "a text that matches {}",
}


class Known:
    """The names that data, ontology and shapes know."""

    def __init__(self, data: Data, shapes: ShapesGraph) -> None:
        self._data = data
        self._shapes = shapes
        self._described: set[int] | None = None
        self._names: NamesBySpace | None = None
        self._lists: dict[str, tuple[list[str], Names]] = {}

    def hint(self, finding: Finding) -> str:
        """Return what may have been meant, or the empty string."""
        if finding.component_name == "In":
            allowed, names = self._allowed(finding)
            if allowed:
                return _among(finding.value_key or "", allowed, names)
        return self._misspelt(finding) or self._asked(finding)

    def _allowed(self, finding: Finding) -> tuple[list[str], Names]:
        """Return the terms that a shape allows, in its order and to look among."""
        shape = finding.source_shape_key
        if shape not in self._lists:
            heads = self._values(finding, "in")
            listed = [self._shapes.key(number) for head in heads for number in self._shapes.members(head)]
            self._lists[shape] = listed, Names(listed, 0.6)
        return self._lists[shape]

    def _values(self, finding: Finding, parameter: str) -> list[int]:
        number = self._shapes.number(finding.source_shape_key)
        return self._shapes.objects(number, sh(parameter))

    def _misspelt(self, finding: Finding) -> str:
        """Return the known name nearest to a property or a value that nothing describes."""
        for key in (finding.route, finding.value_key):
            if isinstance(key, str) and key[0] == "<" and (near := self._nearest(key)):
                return f"{spelt(key)} is not described; did you mean {spelt(near)}?"
        return ""

    def _nearest(self, key: str) -> str | None:
        if self._described is None:
            self._described = self._data.subjects()
            self._described.update(value for _, value in self._shapes.pairs(sh("path")))
        if self._data.terms.ids.get(key) in self._described:
            return None
        if self._names is None:
            self._names = NamesBySpace(self._data.terms.keys[number] for number in self._described)
        return self._names.nearest(key)

    def _asked(self, finding: Finding) -> str:
        """Return what the shape asks for, unless its own message is a person's."""
        name = finding.component_name
        parameter = name[:1].lower() + name[1:]
        if parameter not in _ASKED or self._values(finding, "message"):
            return ""
        asked = WORDS[parameter].removeprefix("each value ").removeprefix("is ").removeprefix("has ")
        words = f"expected {_EXPECTED.get(parameter, asked)}"
        values = sorted(spelt(self._shapes.key(number)) for number in self._values(finding, parameter))
        return words.format(", ".join(values)) + self._found(finding, parameter) if values else ""

    def _found(self, finding: Finding, parameter: str) -> str:
        key = finding.value_key
        if key is None:
            return ""
        if parameter == "datatype" and key[0] == '"':
            return f", found {spelt(keys.iri(keys.datatype(key) or ''))}"
        if parameter == "class":
            kinds = self._data.named(TYPE).of(self._data.terms.ids.get(key, -1))
            said = sorted(spelt(self._data.terms.keys[kind]) for kind in kinds)[:3]
            return f", found {', '.join(said) or 'something without a class'}"
        return ""


def _among(value: str, allowed: list[str], names: Names) -> str:
    near = names.nearest(value)
    if near is not None:
        return f"did you mean {spelt(near)}?"
    more = f" and {len(allowed) - _MOST} more" if len(allowed) > _MOST else ""
    return f"allowed: {', '.join(map(spelt, allowed[:_MOST]))}{more}"
