r"""The tokens of a query's text, as the grammars of SPARQL 1.1 and 1.2 cut them: the longest one each time.

A codepoint escape (`\u00e9`) is part of the string or IRI that it stands in. Elsewhere it is read as the
character that it stands for, by SPARQL 1.1 (section 19.2: wherever that character may stand); SPARQL 1.2 has
none there. Offsets are always those of the text as written. Knows characters, not what tokens mean together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_letters, digits
from typing import NamedTuple


def _set(ascii: str) -> str:
    """Return the pattern of a set of ASCII characters and of all that are beyond ASCII.

    Those that no name may hold are told apart afterwards. Spelt as what it lacks: as a set up to U+10FFFF it
    would take `re` milliseconds to compile, at every start of the program.
    """
    return "[^" + "".join(re.escape(c) for c in map(chr, range(128)) if c not in ascii) + "]"


_FIRST = _set(ascii_letters)
_FIRST_OR_LINE = _set(ascii_letters + "_")
_WORD = _set(ascii_letters + digits + "_")
_LAST = _set(ascii_letters + digits + "_-")
_LOCAL_FIRST = _set(ascii_letters + digits + "_:")
_LOCAL_LAST = _set(ascii_letters + digits + "_-:")
_INNER = _set(ascii_letters + digits + "_-.")
_ESCAPE = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_IRI = rf"<(?:[^<>\"{{}}|^`\\\x00-\x20]|{_ESCAPE})*>"
_CHARACTER = rf"\\[tbnrf\\\"']|{_ESCAPE}"
# Nothing is given back that was read as part of a string, and what never ends takes the rest of its line:
# else a row of quotes could be read from each of them again.
_STRING = (
    rf"\"\"\"(?:\"{{0,2}}(?:[^\"\\]|{_CHARACTER}))*+\"\"\"|'''(?:'{{0,2}}(?:[^'\\]|{_CHARACTER}))*+'''"
    rf"|\"(?:[^\"\\\n\r]|{_CHARACTER})*+\"|'(?:[^'\\\n\r]|{_CHARACTER})*+'"
)
_OPEN = r"[\"'][^\n\r]*"
_COMMENT = r"\#[^\n\r]*"
_NUMBER = r"[+-]?(?:[0-9]+\.[0-9]*[eE][+-]?[0-9]+|\.?[0-9]+[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)"
_LOCAL = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_SIGNS = r"<<\(|\)>>|<<|>>|\{\||\|\}|\^\^|&&|\|\||!=|<=|>=|[^ \t\r\n]"
_TOKEN = re.compile(
    rf"""
      (?P<variable>[?$]{_WORD}+)
    | (?P<name>(?:{_FIRST}(?:{_INNER}*{_LAST})?)?:
        (?:(?:{_LOCAL_FIRST}|{_LOCAL})(?:\.*(?:{_LOCAL_LAST}|{_LOCAL}))*)?)
    | (?P<blank>_:{_WORD}(?:{_INNER}*{_LAST})?)
    | (?P<iri>{_IRI})
    | (?P<string>{_STRING})
    | (?P<wrong>{_OPEN})
    | (?P<number>{_NUMBER})
    | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    | (?P<comment>{_COMMENT})
    | (?P<run>{_FIRST_OR_LINE}{_INNER}*)
    | (?P<other>{_SIGNS})
    """,
    re.VERBOSE,
)
# A row of words and dots that turned out to be no name; taken as one before, so that it is read only once.
_PIECE = re.compile(rf"(?P<number>{_NUMBER})|(?P<word>{_FIRST_OR_LINE}{_WORD}*)|(?P<other>.)")
# Compiled when first wanted: most queries have no backslash.
_SPAN = rf"{_IRI}|{_STRING}|{_OPEN}|{_COMMENT}|(?P<escape>{_ESCAPE})"
_ESCAPED = r"(?s)\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|.)"
_IN_NAMES = re.compile(_set(ascii_letters + digits + "_.:-%"))
_SURROGATES = range(0xD800, 0xE000)


class Token(NamedTuple):
    """A piece of a query text: its kind, its characters, where it starts and ends in the text as written.

    Kinds are variable, name, blank, iri, string, number, tag, word and other; wrong is a character or a piece
    that no query may hold.
    """

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str, version: str = "1.1") -> Iterator[Token]:
    """Yield the tokens of a query text, comments left out, by a version of SPARQL."""
    written, offsets = _unescaped(text) if version == "1.1" else (text, None)
    for match in _TOKEN.finditer(written):
        kind, piece, start = match.lastgroup or "", match[0], match.start()
        if kind == "comment":
            continue
        if kind == "run":
            found = [(m.lastgroup or "", m[0], start + m.start()) for m in _PIECE.finditer(piece)]
        else:
            found = [(kind, piece, start)]
        for kind, piece, start in found:
            if _is_wrong(kind, piece):
                kind = "wrong"
            end = start + len(piece)
            if offsets:
                start, end = offsets[start], offsets[end]
            yield Token(kind, piece, start, end)


def load_names() -> None:
    """Import what names beyond ASCII are checked by, for a process that may open no file later."""
    import unicodedata  # noqa: F401

    import amcc_kg.syntax.reading.grammar  # noqa: F401


def unescaped(text: str) -> str:
    """Return a text with the codepoint escapes in its words and names replaced."""
    return _unescaped(text)[0]


def variables(text: str) -> list[str]:
    """Return the variables in a piece of a query, written with `?`, each as often as it occurs."""
    return [f"?{token.text[1:]}" for token in tokens(text) if token.kind == "variable"]


def spelled(found: list[Token]) -> str:
    """Return tokens as one text, spaced alike however they were written; variables start with `?`."""
    pieces: list[str] = []
    before = Token("other", "(", 0, 0)
    for token in found:
        kind, text = token.kind, token.text
        if kind == "variable":
            text = f"?{text[1:]}"
        elif kind == "word" and text.upper() in ("TRUE", "FALSE"):
            text = text.lower()
        if not (
            _leans_back(token, before) or (before.kind == "other" and before.text in ("(", "!", "^^", "^"))
        ):
            pieces.append(" ")
        pieces.append(text)
        before = token
    return "".join(pieces)


def _leans_back(token: Token, before: Token) -> bool:
    """Tell whether a token stands right behind the one before it."""
    if token.text == "(" and token.kind == "other":
        # An argument list: the engine wants it right behind some functions' names.
        called = before.kind == "word" and before.text.upper() not in ("IN", "BY", "AND")
        return called or before.kind in ("iri", "name")
    return token.kind == "tag" or (token.kind == "other" and token.text in (")", ",", ";", "^^"))


def _is_wrong(kind: str, piece: str) -> bool:
    if kind in ("iri", "string"):
        return "\\" in piece and not _is_well_escaped(kind, piece)
    if kind == "other":
        return len(piece) == 1 and piece not in "{}()[].;,|/^*+?!=<>-~"
    if piece.isascii() or kind not in ("variable", "name", "blank"):
        return False
    # Most queries are ASCII, and need no reader of another language.
    from amcc_kg.syntax.reading.grammar import wrong_character

    return wrong_character(f"_:{piece[1:]}" if kind == "variable" else piece, kind == "name") is not None


def _is_well_escaped(kind: str, piece: str) -> bool:
    codes = [int(match[1] or match[2], 16) for match in re.finditer(_ESCAPED, piece) if match[1] or match[2]]
    if any(code in _SURROGATES or code > 0x10FFFF for code in codes):
        return False
    return kind == "string" or not any(code <= 0x20 or chr(code) in '<>"{}|^`\\' for code in codes)


def _unescaped(text: str) -> tuple[str, list[int] | None]:
    """Replace codepoint escapes that stand for characters of names; return where each was written, too."""
    if "\\" not in text:
        return text, None
    pieces: list[str] = []
    offsets: list[int] = []
    end = 0
    for match in re.finditer(_SPAN, text):
        if not match["escape"] or (code := int(match[0][2:], 16)) > 0x10FFFF:
            continue
        if code not in _SURROGATES and _IN_NAMES.match(chr(code)):
            pieces += [text[end : match.start()], chr(code)]
            offsets += range(end, match.start() + 1)
            end = match.end()
    if not pieces:
        return text, None
    return "".join([*pieces, text[end:]]), [*offsets, *range(end, len(text) + 1)]
