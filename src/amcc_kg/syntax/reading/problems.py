"""What is wrong with a text, in words: expected this, found that, at this place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from amcc_kg.terms.lines import Span

# What a person sees as one thing: a string, an IRI, a word or a single sign.
_THING = re.compile(r"""\"{3}|'{3}|"[^"\r\n]*"?|'[^'\r\n]*'?|<[^\s>]*>?|@?[^\s"'<>\[\](){};,]+|[\s\S]""")
_LONGEST = 40
_NAMED = {"\t": "a tab", "\n": "the end of the line", "\r": "the end of the line"}


class Problem(NamedTuple):
    """A syntax error.

    Attributes:
        span: the characters at fault; empty at the end of the file.
        message: what is wrong: what was expected and what was found instead.
        hint: what to do about it, or the empty string.
    """

    span: Span
    message: str
    hint: str = ""


class Wrong(Exception):  # noqa: N818 - it never leaves the package
    """Raised inside the parsers at a mistake.

    Attributes:
        start, end: the offsets of the characters at fault.
        message, hint: as in `Problem`.
        resume: where reading can go on, if that is known; None to look for the end of the statement.
    """

    def __init__(self, start: int, end: int, message: str, hint: str = "", resume: int | None = None) -> None:
        super().__init__(message)
        self.start = start
        self.end = end
        self.message = message
        self.hint = hint
        self.resume = resume


def expected(text: str, at: int, what: str, hint: str = "", resume: int | None = None) -> Wrong:
    """Return the mistake of something else standing at an offset than what was expected."""
    if at >= len(text):
        # Behind the last thing written, not on the empty line that follows it.
        at = len(text.rstrip())
        return Wrong(at, at, f"expected {what}, found the end of the file", hint, resume)
    end, found = thing(text, at)
    return Wrong(at, end, f"expected {what}, found {found}", hint, resume)


def thing(text: str, at: int) -> tuple[int, str]:
    """Return the end of what stands at an offset, and how to name it."""
    match = _THING.match(text, at)
    assert match is not None  # the pattern matches any character
    seen = match[0]
    if not seen[0].isalnum() and len(seen) > 1 and seen[-1] == "." and seen[0] not in "\"'<":
        seen = seen.rstrip(".") or seen
    end = at + len(seen)
    if seen in _NAMED:
        return end if seen == "\t" else at, _NAMED[seen]
    return end, f"`{shown(seen)}`"


def shown(text: str) -> str:
    """Return a text as one can print it, only its beginning if it is long."""
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in short)
