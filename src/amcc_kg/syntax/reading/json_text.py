"""JSON into values that know where they stand, RFC 8259; a key that stands twice in an object is a mistake.

Strings, numbers, `true` and `false` are of Python's types, or count as such, and have the offset of their
first character in `at`. What stands below a key `@context` has the offset -1: it says what other text means.
"""

from __future__ import annotations

import re
from typing import Any

from amcc_kg.syntax.reading.problems import Wrong, expected

MAX_DEPTH = 10_000
"""Brackets within brackets: more are a mistake or an attack."""

_STRING = r'"[^"\\\x00-\x1f]*(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*)*"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.+-])"
_token = re.compile(rf"[ \t\r\n]*(?:({_STRING})|({_NUMBER})|((?:true|false|null)(?!\w))|([][{{}}:,]))").match
_space = re.compile(r"[ \t\r\n]*").match
_term = re.compile(rf"{_STRING}|{_NUMBER}|true|false|null").match
pieces = re.compile(rf"{_STRING}|([][{{}}])").finditer
"""Finds brackets, as the first group, and strings, which may hold others."""
_PAIR = r"u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
_ESCAPE = re.compile(rf"\\(?:{_PAIR}|u([0-9a-fA-F]{{4}})|([\s\S]))")
_MEANT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_CLOSING = {"{": "}", "[": "]"}
_MOST_DIGITS = 300  # a double, which JSON-LD makes of such numbers, may not hold more


class Text(str):
    """A string; `written` is as it was before it was put into lower case."""

    __slots__ = ("at", "written")
    at: int
    written: str

    def lower(self) -> Text:
        """Return the string in lower case, which remembers."""
        found = text_at(super().lower(), self.at)
        found.written = str(self)
        return found


class Whole(int):
    """A number without a fraction or an exponent."""

    at: int


class Fraction(float):
    """Any other number."""

    __slots__ = ("at",)
    at: int


class Truth(int):
    """`true` or `false`; no `bool`, of which there are only two."""

    at: int


class Object(dict[str, Any]):
    """An object; `verb` is where the key stands that it is the value of, if it is one's."""

    __slots__ = ("at", "verb")
    at: int
    verb: int


class Array(list[Any]):
    """An array."""

    __slots__ = ("at",)
    at: int


def text_at(text: str, at: int) -> Text:
    """Return a string that stands at an offset."""
    found = Text(text)
    found.at = at
    found.written = text
    return found


def end(text: str, at: int) -> int:
    """Return where the string, number or word at an offset ends."""
    match = _term(text, at)
    return match.end() if match else at + 1


class Reader:
    """Reads the values of one text."""

    def __init__(self, text: str, placed: bool | None = None) -> None:
        """Read a text; `placed` tells whether all of it has places, or nothing: all but contexts if None."""
        self._text, self._placed = text, placed
        self.contexts: list[int] = []
        """Where the values of `@context` begin that were read."""

    def document(self, lazily: bool = False) -> Any:
        """Return the value that the text is; raises `Wrong` if it is no JSON.

        With `lazily`, an outermost array, or the array `@graph` in an outermost object, holds the offsets of
        its items only, which `value` reads.
        """
        found, position = self._read(0, lazily)
        position = _end_of_space(self._text, position)
        if position < len(self._text):
            raise expected(self._text, position, "the end of the file")
        return found

    def value(self, at: int) -> Any:
        """Return the value at an offset."""
        return self._read(at, False)[0]

    def _read(self, pos: int, lazily: bool) -> tuple[Any, int]:
        text = self._text
        # Containers that are open, each with its key in the one around it, whether that is in a context, and
        # where it begins.
        stack: list[tuple[Any, str, bool, int]] = []
        key, plain = "", self._placed is False
        value: Any
        while True:
            match = _token(text, pos)
            kind = match.lastindex if match else None
            if match is None or kind is None:
                raise _no_token(text, pos, "a value")
            start, pos = match.start(kind), match.end()
            begun = start
            at = -1 if plain else start
            if kind == 1:
                value = text_at(_unescaped(match[1], start), at)
            elif kind == 2:
                value = _number(match[2])
                value.at = at
            elif kind == 3:
                word = match[3]
                value = None if word == "null" else word == "true"
                if value is not None and not plain:
                    value = Truth(value)
                    value.at = at
            elif match[4] in _CLOSING:
                if len(stack) >= MAX_DEPTH:
                    raise Wrong(start, start + 1, f"more than {MAX_DEPTH} brackets within each other")
                value = Object() if match[4] == "{" else Array()
                value.at = at
                following = _token(text, pos)
                if following and following[4] == _CLOSING[match[4]]:
                    pos = following.end()
                else:
                    stack.append((value, key, plain, begun))
                    if match[4] == "{":
                        key, pos, plain = self._key(value, pos, plain)
                    continue
            else:
                raise expected(text, start, "a value")
            while stack:
                container, outer_key, outer_plain, opened = stack[-1]
                if type(container) is Object:
                    container[key] = value
                    if type(value) is Object:
                        value.verb = key.at if isinstance(key, Text) else -1
                    closing = "}"
                else:
                    whole = not lazily or len(stack) > 2 or (len(stack) == 2 and outer_key != "@graph")
                    container.append(value if whole else begun)
                    closing = "]"
                match = _token(text, pos)
                sign = match[4] if match else None
                if match is None or sign not in (",", closing):
                    raise _no_token(text, pos, f"`,` or `{closing}`")
                pos = match.end()
                if sign == ",":
                    if closing == "}":
                        key, pos, plain = self._key(container, pos, outer_plain)
                    break
                stack.pop()
                value, key, plain, begun = container, outer_key, outer_plain, opened
            else:
                return value, pos

    def _key(self, container: Object, pos: int, plain: bool) -> tuple[Text, int, bool]:
        """Read a key and its colon; return it, where its value begins, and whether that is in a context."""
        text = self._text
        match = _token(text, pos)
        if match is None or not match[1]:
            raise _no_token(text, pos, "a key in double quotes")
        start = match.start(1)
        key = text_at(_unescaped(match[1], start), -1 if plain else start)
        if key in container:
            raise Wrong(start, match.end(), f"the key `{key}` stands in this object before")
        colon = _token(text, match.end())
        if colon is None or colon[4] != ":":
            raise _no_token(text, match.end(), "`:` after the key")
        if key == "@context" and self._placed is None and not plain:
            plain = True
            self.contexts.append(_end_of_space(text, colon.end()))
        return key, colon.end(), plain


def _number(written: str) -> Whole | Fraction:
    if written.lstrip("-").isdigit() and len(written) < _MOST_DIGITS:
        return Whole(written)
    return Fraction(written)


def _unescaped(written: str, at: int) -> str:
    inner = written[1:-1]
    if "\\" not in inner:
        return inner

    def meant(found: re.Match[str]) -> str:
        if found[1] is not None:
            return (
                found[0]
                .encode("ascii")
                .decode("unicode_escape")
                .encode("utf-16", "surrogatepass")
                .decode("utf-16")
            )
        start = at + 1 + found.start()
        if found[3] is not None:
            point = int(found[3], 16)
            if not 0xD800 <= point < 0xE000:
                return chr(point)
            raise Wrong(start, at + 1 + found.end(), f"`{found[0]}` is half a character: a surrogate alone")
        if found[4] not in _MEANT:
            hint = "a backslash itself is written `\\\\`"
            raise Wrong(start, at + 1 + found.end(), f"`{found[0]}` is no escape", hint)
        return _MEANT[found[4]]

    return _ESCAPE.sub(meant, inner)


def _end_of_space(text: str, at: int) -> int:
    match = _space(text, at)
    return match.end() if match else at


def _no_token(text: str, pos: int, what: str) -> Wrong:
    at = _end_of_space(text, pos)
    if text.startswith('"', at) and _token(text, at) is None:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        return Wrong(at, end, 'the text that begins with " here does not end on its line')
    trailing = text.startswith(("}", "]"), at) and text[:at].rstrip().endswith(",")
    return expected(text, at, what, "JSON has no comma behind the last one" if trailing else "")
