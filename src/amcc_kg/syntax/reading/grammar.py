"""The tokens of Turtle, TriG, N-Triples and N-Quads as regular expressions.

Two kinds: patterns for whole terms, complete to the grammar, and longer ones that take the common statement
in one match and may fail where the grammar would not (the parsers then go term by term). Both let any
character beyond ASCII stand in a name; `wrong_character` checks those, once for each distinct term, so that
no pattern needs the grammar's long lists of ranges. Possessive everywhere: a token is the longest there is,
and no input makes a pattern go back over it again and again.

RDF 1.2 Turtle, TriG, N-Triples and N-Quads, "Grammar" and "Selected Terminal Literal Strings" of each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise


def _class(allowed: str) -> str:
    """Return a character class of these ASCII characters and everything beyond ASCII."""
    # Written as what it leaves out: a class that names high ranges takes milliseconds to compile.
    codes = [-1, *sorted(map(ord, allowed)), 128]
    gaps = ((before + 1, after - 1) for before, after in pairwise(codes) if after - before > 1)
    return "[^" + "".join(rf"\x{first:02x}-\x{last:02x}" for first, last in gaps) + "]"


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_LETTER = _class(_LETTERS)
_NAME = _class(_LETTERS + _DIGITS + "_-")
_LOCAL_FIRST = _class(_LETTERS + _DIGITS + "_:")
_LOCAL = _class(_LETTERS + _DIGITS + "_:-")
_PERCENT = "%[0-9A-Fa-f]{2}"
_ESCAPED = r"\\[_~.\-!$&'()*+,;=/?#@%]"
_CODE = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"

SPACE = r"(?:[ \t\r\n]++|#[^\r\n]*+)*+"
PLAIN_IRI = r'<[^\x00-\x20<>"{}|^`\\]*+>'
IRI = rf'<(?:[^\x00-\x20<>"{{}}|^`\\]++|{_CODE})*+>'
PREFIX = rf"(?:{_LETTER}{_NAME}*+(?:\.++{_NAME}++)*+)?+:"
# Not the beginning of a name that goes on with an escape: that one is left to NAME.
PLAIN_NAME = rf"{PREFIX}(?:{_LOCAL_FIRST}{_LOCAL}*+(?:\.++{_LOCAL}++)*+)?+(?!\.*+[%\\])"
NAME = (
    rf"{PREFIX}(?:(?:{_LOCAL_FIRST}|{_PERCENT}|{_ESCAPED})(?:{_LOCAL}++|{_PERCENT}|{_ESCAPED})*+"
    rf"(?:\.++(?:{_LOCAL}++|{_PERCENT}|{_ESCAPED})++)*+)?+"
)
BLANK = rf"_:{_class(_LETTERS + _DIGITS + '_')}{_NAME}*+(?:\.++{_NAME}++)*+"
LANGUAGE = "@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?+"
_EXPONENT = "[eE][+-]?+[0-9]++"
NUMBER = rf"[+-]?+(?:[0-9]++(?:\.[0-9]++(?:{_EXPONENT})?+|\.?{_EXPONENT})?+|\.[0-9]++(?:{_EXPONENT})?+)"
BOOLEAN = rf"(?:true|false)(?!{_LOCAL})"
STRING = r'"(?!"")[^"\\\r\n]*+(?:\\.[^"\\\r\n]*+)*+"'
_STRING_1 = r"'(?!'')[^'\\\r\n]*+(?:\\.[^'\\\r\n]*+)*+'"
_LONG = r'"""[^"\\]*+(?:(?:\\[\s\S]|""?(?!"))[^"\\]*+)*+"""'
_LONG_1 = r"'''[^'\\]*+(?:(?:\\[\s\S]|''?(?!'))[^'\\]*+)*+'''"
ANY_STRING = f"{_LONG}|{_LONG_1}|{STRING}|{_STRING_1}"
A = f"a(?!{_LOCAL}|[.%\\\\])"

_SUBJECT = f"({PLAIN_NAME}|{PLAIN_IRI}|{BLANK})"
_LITERAL = rf"{STRING}(?:\^\^(?:{PLAIN_NAME}|{PLAIN_IRI})|{LANGUAGE})?+"
_OBJECT = f"((?>{PLAIN_NAME}|{PLAIN_IRI}|{_LITERAL}|{NUMBER}|{BLANK}|{BOOLEAN}))"

_LINE_LITERAL = rf"{STRING}(?:\^\^{PLAIN_IRI}|{LANGUAGE})?+"
_ON_LINE = r"[ \t]*+"
_LINE_RESOURCE = f"(?>{PLAIN_IRI}|{BLANK})"
_LINE_OBJECT = f"(?>{PLAIN_IRI}|{_LINE_LITERAL}|{BLANK})"


def _line_triple(group: str) -> str:
    """Return a pattern for a triple term with no other inside, its parts in groups that so begin."""
    parts = f"{_ON_LINE}{group}".join(("", f"{_LINE_RESOURCE})", f"{PLAIN_IRI})", f"{_LINE_OBJECT})"))
    return rf"<<\({parts}{_ON_LINE}\)>>"


# What may follow an object; of `{|` and `|}` the first character.
_SIGN = r"([;,.\]~{|])"

_PATTERNS = {
    "skip": SPACE,
    "subject": f"{_SUBJECT}{SPACE}",
    "verb_and_object": rf"((?>{PLAIN_NAME}|{A}|{PLAIN_IRI})){SPACE}{_OBJECT}{SPACE}{_SIGN}{SPACE}",
    "next_object": rf"{_OBJECT}{SPACE}{_SIGN}{SPACE}",
    # Term by term, complete to the grammar.
    "resource": f"(?>{NAME}|{IRI}|{BLANK})",
    "named": f"(?>{NAME}|{IRI})",
    "verb": f"(?>{NAME}|{IRI}|{A})",
    "plain_object": f"(?>{NAME}|{IRI}|{BLANK}|{NUMBER}|{BOOLEAN})",
    "string": ANY_STRING,
    "language": f"{SPACE}({LANGUAGE})",
    "datatype": rf"{SPACE}\^\^{SPACE}",
    "anonymous": rf"\[{SPACE}\]",
    "opening": r"<<\(?+|\{\||[\[(]",
    "version": f"{STRING}|{_STRING_1}",
    "iri": IRI,
    "prefix": PREFIX,
    "word": rf"@[a-zA-Z]++|{_LETTER}{_NAME}*+(?!:)",
    # A statement of N-Triples or N-Quads with all that follows it up to the next statement.
    "line": (
        rf"({_LINE_RESOURCE}){_ON_LINE}({PLAIN_IRI}){_ON_LINE}"
        rf"({_LINE_OBJECT}|{_line_triple('(?:')}){_ON_LINE}"
        rf"({_LINE_RESOURCE}?+){_ON_LINE}\.{_ON_LINE}(?:#[^\r\n]*+)?+(?:[\r\n]{SPACE}|\Z)"
    ),
    "line_triple": _line_triple("("),
    "line_iri": IRI,
    "line_resource": f"(?>{IRI}|{BLANK})",
    "line_literal": rf"({STRING})(?:{_ON_LINE}(?:(\^\^){_ON_LINE}({IRI})|({LANGUAGE})))?+",
    "line_version": rf"VERSION{_ON_LINE}{STRING}(?={_ON_LINE}(?:#[^\r\n]*+)?+(?:[\r\n]|\Z))",
    "line_space": _ON_LINE,
    "line_end": rf"{_ON_LINE}(?:#[^\r\n]*+)?+(?:[\r\n]|\Z)",
    "line_rest": r"[^\r\n]*+",
    # From a mistake to the end of its statement. Group 1: a long string that never ends; 2: what ends a
    # statement; 3: where a directive begins.
    "to_terminator": (
        rf"{SPACE}(?:{ANY_STRING}|(\"\"\"|\'\'\')|[\"\'][^\r\n]*+|{IRI}|\\[\s\S]|\|\}}|(\.(?=[\s#]|\Z)|\}})"
        r"|(?<=[\r\n])(@prefix\b|@base\b|@version\b)|[^\s\"\'<\\.|}#@]++|[\s\S])"
    ),
}

# PN_CHARS_BASE beyond ASCII, and what PN_CHARS adds to it.
_NAME_BASE = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_MORE = "\u00b7\u0300-\u036f\u203f-\u2040"


def __getattr__(name: str) -> Callable[..., re.Match[str] | None]:
    """Compile a pattern when it is first used: a clean file needs few of them, and they take milliseconds."""
    if name not in _PATTERNS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = re.compile(_PATTERNS[name]).match
    return found


@cache
def pieces() -> re.Pattern[str]:
    """Return the pattern of what can hide a full stop or a bracket; its group 1 are the brackets."""
    opaque, bracket = rf"{ANY_STRING}|{IRI}|\\[\s\S]", r"(<<\(?+|\)?>>|\{\||\|\}|[\[\](){}])"
    other = r"[^\[\](){}<>|\"'\\#\s]++|[\s\S]"
    return re.compile(f"{SPACE}(?:{opaque}|{bracket}|{other})")


def wrong_character(name: str, prefixed: bool) -> int | None:
    """Return where in a prefixed name, or in a blank node with its `_:`, a character is not allowed.

    None where all are. ASCII was checked by the pattern that found the name.
    """
    wrong, wrong_first = _characters()
    if found := wrong.search(name):
        return found.start()
    colon = name.index(":")
    # What may go on a name may not begin one.
    starts = (0, colon + 1) if prefixed else (colon + 1,)
    return next((at for at in starts if wrong_first.match(name, at)), None)


@cache
def _characters() -> tuple[re.Pattern[str], re.Pattern[str]]:
    # Compiled when first wanted: such classes cost milliseconds, and most files need none.
    return re.compile(f"[^\\x00-\\x7f{_NAME_BASE}{_NAME_MORE}]"), re.compile(f"[{_NAME_MORE}]")
