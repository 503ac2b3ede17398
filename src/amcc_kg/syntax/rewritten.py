"""Literals that the query engine keeps in another form than they are written in, and where they stand.

It has one form for each value (`2` for `02`, `1` for `1e0`), one datatype for all kinds of integers, and
language tags in lower case. Knows sources; what the engine makes of a literal is said by `terms.keys`.
"""

from __future__ import annotations

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
    rf'|"\d{{4}}-\d\d-\d\d"\^\^<{XSD}date>'
)
_CAPITAL = re.compile(r"""["']@[A-Za-z0-9-]*[A-Z]""")


def is_rewritten(key: str) -> bool:
    """Tell whether the engine keeps a term in another form; of language tags that cannot be told by a key."""
    return key[0] == '"' and key[-1] == ">" and not _KEPT.fullmatch(key) and keys.as_kept(key) != key


def has_capital_tag(text: str) -> bool:
    """Tell whether a text may have a language tag that is not in lower case."""
    return _CAPITAL.search(text) is not None


def rows(source: Source) -> list[int]:
    """Return the rows whose object is kept in another form than it is written in, sorted."""
    names = source.terms.keys
    odd = {number for number in set(source.o) if is_rewritten(names[number])}
    if not has_capital_tag(source.text):
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
