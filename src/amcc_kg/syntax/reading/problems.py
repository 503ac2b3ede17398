"""What is wrong with a text, in words, what it most likely is, and where reading can go on behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from amcc_kg.syntax.reading import grammar
from amcc_kg.terms.lines import LineIndex, Span

# What a person sees as one thing: a string, an IRI, a word or a single sign.
_THING = re.compile(
    r"""<<\(?|\)?>>|\{\||\|\}|\"{3}|'{3}|"[^"\r\n]*"?|'[^'\r\n]*'?|<[^\s>]*>?|@?[^\s"'<>\[\](){};,]+|[\s\S]"""
)
_LONGEST = 40
_NAMED = {"\t": "a tab", "\n": "the end of the line", "\r": "the end of the line"}
_WIDEST_INDENT = 1000
_CLOSING = ("]", ")", "}")
_ONLY_OBJECT = "a triple term can only be an object"
_REIFIED = (
    "a reified triple can only be a subject or an object in Turtle and TriG, and no part of a triple term"
)
_NOTHING_OPEN = "nothing is open that it could close"
_IRI_START = re.compile(r'<[^\x00-\x20<>"{}|^`\\]*').match
_LETTERS = re.compile(r"[^\W\d_][\w-]*")
_INDENT = re.compile(r"[ \t]*")
_DIRECTIVE = re.compile(
    r"@(?:prefix|base|version)\b|(?i:prefix|base)[ \t]+[\w.-]*:?[ \t]*<|(?i:version)[ \t]+[\"']"
).match
_CLOSES = {"(": "`)`", "[": "`;`, `,` or `]`", "{|": "`;`, `,` or `|}`", "<<(": "`)>>`", "<<": "`~` or `>>`"}


class Problem(NamedTuple):
    """A syntax error: the characters at fault, none at the end of the file; what is wrong; what to do."""

    span: Span
    message: str
    hint: str = ""


@dataclass(eq=False)
class Wrong(Exception):  # noqa: N818 - it never leaves the package
    """Raised inside the parsers at a mistake; the characters at fault are those from `start` to `end`.

    `resume` is where reading can go on, None to look for the end of the statement; the rest as in `Problem`.
    """

    start: int
    end: int
    message: str
    hint: str = ""
    resume: int | None = None


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


def no_term(text: str, at: int, what: str, trig: bool = True) -> Wrong:
    """Return the mistake of no term standing where one should; `what` names it, `trig` tells the syntax."""
    for quotes in ('"""', "'''"):
        if text.startswith(quotes, at) and not grammar.string(text, at):
            return Wrong(at, at + 3, f"the text that begins with {quotes} here never ends", resume=len(text))
    if text.startswith(('"', "'"), at):
        return _string(text, at, what)
    if text.startswith("<<", at):
        hint = _ONLY_OBJECT if text.startswith("<<(", at) else _REIFIED
        return expected(text, at, what, hint)
    if text.startswith("<", at):
        return _iri(text, at, what)
    if _DIRECTIVE(text, at):
        return expected(text, at, what, "is the statement before it without its end?", resume=at)
    if text.startswith("_:", at) and what.endswith("predicate"):
        return expected(text, at, what, "a blank node cannot be a predicate")
    hint = ""
    if text.startswith("{", at) and not trig:
        hint = "graphs in braces are TriG, in files named .trig"
    elif text.startswith(_CLOSING, at) and what == "a subject":
        hint = _NOTHING_OPEN
    elif word := _LETTERS.match(text, at):
        hint = f"a name has a prefix, as in `ex:{shown(word[0])}`, and text stands in quotes"
        if word[0] == "a":
            hint = "`a` can only be a predicate"
    return expected(text, at, what, hint)


def after_object(text: str, at: int, begun: int, lines: LineIndex) -> Wrong:
    """Return the mistake of something behind an object that cannot stand there.

    `begun` is where the statement began. What stands no deeper on a line of its own begins the next
    statement, and its full stop is what is missing.
    """
    what = "`.`, `;` or `,` after the object"
    start = lines.start(at)
    own = at - start < _WIDEST_INDENT and not text[start:at].strip()
    if at >= len(text):
        return expected(text, at, what, "the last statement lacks its full stop")
    if _DIRECTIVE(text, at) or (own and _indent(text, lines.start(begun)) >= at - start and start > begun):
        return expected(text, at, what, "the statement before it lacks its full stop", resume=at)
    return expected(text, at, what, _NOTHING_OPEN if text.startswith(_CLOSING, at) else "")


def unclosed(text: str, at: int, bracket: tuple[str, int], lines: LineIndex) -> Wrong:
    """Return the mistake of a bracket that is not closed where it should be."""
    sign, opened = bracket
    line = lines.place(opened)[0]
    closing = _CLOSES[sign]
    resume = at if _DIRECTIVE(text, at) else None
    return expected(text, at, f"{closing} to go on in, or close, the `{sign}` of line {line}", resume=resume)


def next_statement(text: str, begun: int, wrong: int, in_graph: bool) -> int:
    """Return where the next statement begins, or the end of the text.

    `begun` is where the statement with the mistake began, whose tokens are passed one by one once more: the
    mistake, at `wrong`, may stand in the middle of one. An opened graph's closing brace is not passed.
    """
    position = begun
    while match := grammar.to_terminator(text, position):
        position = match.end()
        if match[1] or position >= len(text):
            return len(text)
        if match[2] and match.start(2) >= wrong and (in_graph or match[2] == "."):
            return position if match[2] == "." else match.start(2)
        if match[3] and match.start(3) > wrong:
            return match.start(3)
    return len(text)


def _string(text: str, at: int, what: str) -> Wrong:
    if grammar.string(text, at):
        return expected(text, at, what, "a literal can only be an object")
    line = grammar.line_rest(text, at)
    end = line.end() if line else at + 1
    quote = text[at]
    hint = f"text of several lines stands between {quote * 3} and {quote * 3}"
    return Wrong(at, end, f"the text that begins with {quote} here does not end on its line", hint)


def _iri(text: str, at: int, what: str) -> Wrong:
    match = _IRI_START(text, at)
    end = match.end() if match else at + 1
    sign = text[end : end + 1]
    if sign == ">":
        return expected(text, at, what)
    if not sign or sign in "\r\n<":
        return Wrong(at, end, "the IRI that begins with < here does not end with >")
    if sign == "\\":
        return Wrong(end, end + 1, "an IRI holds no backslash but in `\\u0041` or `\\U00000041`")
    if sign == " ":
        return Wrong(end, end + 1, "an IRI cannot hold a space", "write it as `%20`")
    hint = f"write it as `%{ord(sign):02X}`" if sign.isprintable() else ""
    shown = f"`{sign}`" if sign.isprintable() else f"U+{ord(sign):04X}"
    return Wrong(end, end + 1, f"an IRI cannot hold {shown}", hint)


def _indent(text: str, start: int) -> int:
    match = _INDENT.match(text, start)
    return (match.end() if match else start) - start
