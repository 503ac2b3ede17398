"""Literals that the query engine keeps in another form than they are written in, and where they stand.

It has one form for each value (`2` for `02`, `1` for `1e0`), one datatype for all kinds of integers, and
language tags in lower case. Knows sources; what the engine makes of a literal is said by `terms.keys`.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import XSD

if TYPE_CHECKING:
    from amcc_kg.syntax.reading import Source

SHOWN = 3
"""So many places are told."""

# What needs no asking, because most literals are of these kinds.
_KEPT = re.compile(
    rf'"(?:0|-?[1-9]\d{{0,17}})"\^\^<{XSD}integer>|"(?:true|false)"\^\^<{XSD}boolean>'
    rf'|"-?(?:0|[1-9]\d{{0,14}})\.\d{{0,14}}[1-9]"\^\^<{XSD}decimal>'
    rf'|"\d{{4}}-\d\d-\d\d"\^\^<{XSD}date>|"\d{{4}}-\d\d-\d\dT[01]\d:\d\d:\d\dZ?"\^\^<{XSD}dateTime>'
)
_CAPITAL = re.compile(r"""["']@[A-Za-z0-9-]*[A-Z]""")
_TYPED = re.compile(rb'"(?:[^"\\]|\\.)*"\^\^<[^>]*>(?= (?:[<_][^ ]* )?\.$)', re.MULTILINE)
_PIECE = 1 << 20  # bytes


def among(found: Iterable[str]) -> set[str]:
    """Return which terms, by their keys, the engine keeps in another form, but for language tags."""
    typed = (key for key in found if key[0] == '"' and key[-1] == ">")
    asked = [key for key in typed if not _KEPT.fullmatch(key)]
    return keys.rewritten(asked) if asked else set()


def has_capital_tag(text: str) -> bool:
    """Tell whether a text may have a language tag that is not in lower case."""
    return _CAPITAL.search(text) is not None


class Counter:
    """Counts such literals, but for language tags, in the lines of N-Quads that are written to it."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        """Take a piece of the lines."""
        self._waiting += data
        if len(self._waiting) >= _PIECE:
            self.flush(self._waiting.rindex(b"\n") + 1 if b"\n" in data else 0)
        return len(data)

    def flush(self, end: int | None = None) -> None:
        """Count what waits, up to the end of a line."""
        found = collections.Counter(_TYPED.findall(self._waiting[:end]))
        self.count += sum(found[key.encode()] for key in among(key.decode() for key in found))
        del self._waiting[:end]


def rows(source: Source) -> list[int]:
    """Return the rows whose object is kept in another form than it is written in, sorted."""
    names = source.terms.keys
    distinct = {names[number]: number for number in set(source.o)}
    odd = {distinct[key] for key in among(distinct)}
    if not (source.respelt or has_capital_tag(source.text)):
        return [row for row, number in enumerate(source.o) if number in odd] if odd else []
    pairs = enumerate(zip(source.o, source.o_at, strict=True))
    return [row for row, (o, at) in pairs if o in odd or source.spelt(o, at) != names[o]]


def places(source: Source, found: Iterable[int], name: str) -> list[str]:
    """Return `file:line:column` of the objects of some rows, the file under a name."""
    return ["{}:{}:{}".format(name, *source.lines.place(source.o_at[row])) for row in found]


def told(count: int, first: Sequence[str]) -> str:
    """Return in one line how many there are and where the first of them stand; empty if there are none."""
    if not count:
        return ""
    several = "literals are" if count > 1 else "literal is"
    more = f" and {count - SHOWN} more" if count > SHOWN else ""
    return f"{count} {several} kept in another form than written: {', '.join(first[:SHOWN])}{more}"
