"""String-based constraint components (SHACL section 4.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from amcc_kg.terms import keys as term_keys
from amcc_kg.validation.components.base import Component, ValueComponent
from amcc_kg.validation.shapes import vocabulary as names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.components.base import Fault
    from amcc_kg.validation.engine.evaluation import View


@dataclass(eq=False, repr=False)
class MinLength(ValueComponent):
    """`sh:minLength` (4.4.1): each value node, as a text, has at least so many characters."""

    iri: ClassVar[str] = names.sh("MinLengthConstraintComponent")
    least: int

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that are too short, and blank nodes, unless nothing is asked of the length."""
        if self.least == 0:
            return set()
        keys, least = view.keys, self.least
        return {v for v in values if keys[v][0] == "_" or len(term_keys.value(keys[v])) < least}

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the length."""
        return f"The value is too short; expected at least {self.least} characters."


@dataclass(eq=False, repr=False)
class MaxLength(ValueComponent):
    """`sh:maxLength` (4.4.2): each value node, as a text, has at most so many characters."""

    iri: ClassVar[str] = names.sh("MaxLengthConstraintComponent")
    most: int

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values that are too long, and blank nodes."""
        keys, most = view.keys, self.most
        return {v for v in values if keys[v][0] == "_" or len(term_keys.value(keys[v])) > most}

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the length."""
        return f"The value is too long; expected at most {self.most} characters."


@dataclass(eq=False, repr=False)
class Pattern(ValueComponent):
    """`sh:pattern` (4.4.3): each value node, as a text, matches a regular expression somewhere.

    The expression is Python's, as in the reference; of the flags, it knows `i` and `m`.
    """

    iri: ClassVar[str] = names.sh("PatternConstraintComponent")
    pattern: re.Pattern[str]

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values without a match, and blank nodes."""
        keys, search = view.keys, self.pattern.search
        return {v for v in values if keys[v][0] == "_" or search(term_keys.value(keys[v])) is None}

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the pattern."""
        return f"The value does not match the pattern {self.pattern.pattern!r}."


@dataclass(eq=False, repr=False)
class LanguageIn(ValueComponent):
    """`sh:languageIn` (4.4.4): each value node is a text in one of the languages.

    As in the reference, a range matches a tag that is the same, or whose first subtag is the same.
    """

    iri: ClassVar[str] = names.sh("LanguageInConstraintComponent")
    written: tuple[str, ...]
    ranges: frozenset[str]

    def bad(self, view: View, values: AbstractSet[int]) -> AbstractSet[int]:
        """Return the values in no language, or in another one."""
        keys = view.keys
        return {value for value in values if not self._matches(term_keys.language(keys[value]))}

    def _matches(self, tag: str | None) -> bool:
        if not tag:
            return False
        return "*" in self.ranges or tag in self.ranges or tag.split("-")[0] in self.ranges

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Name the languages as the shape has them."""
        return f"The value is not a text in one of the languages {', '.join(self.written)}."


@dataclass(eq=False, repr=False)
class UniqueLang(Component):
    """`sh:uniqueLang` (4.4.5): no two value nodes are texts in the same language."""

    iri: ClassVar[str] = names.sh("UniqueLangConstraintComponent")

    def faults(self, view: View) -> Iterator[Fault]:
        """Yield a focus node once for each language that several of its values have."""
        keys = view.keys
        for focus, values in view.values.more.items():
            seen: set[str] = set()
            twice: set[str] = set()
            for value in values:
                tag = term_keys.language(keys[value])
                if tag:
                    (twice if tag in seen else seen).add(tag)
            for _ in twice:
                yield focus, None

    def wording(self, view: View, focus: int, value: int | None) -> str:
        """Say what is not unique."""
        return "There are two values in one language."
