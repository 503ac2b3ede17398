"""Characters that nobody sees or that look like others: what is likely meant by them, and their names.

Letters are told only within a word that has Latin ones, too. Knows Unicode; no syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_letters, digits

_LETTERS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеіјорсухѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορυι",  # noqa: RUF001
    "ABESIJKMHOPCTYXaeijopcyxsdhqwABEZHIKMNOPTYXavopui",
)
# The forms of full width of ASCII's letters and digits.
_LETTERS |= {ord(sign) + 0xFEE0: ord(sign) for sign in ascii_letters + digits}
_SIGNS = str.maketrans("“”„‟«»″‘’‚‛′‐‑‒–—−", '"""""""\'\'\'\'\'------')  # noqa: RUF001
_WORD = re.compile(r"[^\W\d_]+")
_SPACES = ("Zs", "Zl", "Zp")


def disguised(text: str, *, signs: bool = True) -> Iterator[tuple[int, str]]:
    """Yield the offset of each such character and what is likely meant, nothing for what nobody sees.

    Without `signs`, quotation marks and dashes are as they should be.
    """
    if text.isascii():
        return
    from unicodedata import category

    mixed = {
        place
        for word in _WORD.finditer(text)
        if re.search("[A-Za-z]", word[0])
        for place in range(*word.span())
    }
    for place, character in enumerate(text):
        if character.isascii():
            continue
        kind = category(character)
        if kind in _SPACES or kind == "Cf":
            yield place, " " if kind in _SPACES else ""
        elif (signs and ord(character) in _SIGNS) or (place in mixed and ord(character) in _LETTERS):
            yield place, character.translate(_SIGNS).translate(_LETTERS)


def plain(text: str) -> str:
    """Return a text with what is likely meant by such characters in their place."""
    meant = dict(disguised(text))
    return "".join(meant.get(place, character) for place, character in enumerate(text)) if meant else text


def alike(text: str) -> str:
    """Return a text with each letter that looks like a Latin one as that, whatever stands beside it."""
    return text.translate(_LETTERS)


def named(character: str) -> str:
    """Return the name of a character and its number: `NO-BREAK SPACE (U+00A0)`."""
    from unicodedata import name

    return f"{name(character, 'an unnamed character')} (U+{ord(character):04X})"
