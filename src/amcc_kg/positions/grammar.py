"""The tokens of Turtle, TriG, N-Triples and N-Quads as regular expressions.

Two kinds: patterns for whole terms, complete to the grammar, and longer ones that take the common statement
in one match and may fail where the grammar would not (the parsers then go term by term). Both let any
character beyond ASCII stand in a name; `names` checks those, once for each distinct term, so that no pattern
needs the grammar's long lists of ranges. Possessive everywhere: a token is the longest there is, and no input
makes a pattern go back over it again and again.

RDF 1.1 Turtle section 6.5, TriG section 4.5, N-Triples section 7, N-Quads section 4.
"""

from __future__ import annotations

import re


def _class(allowed: str) -> str:
    """Return a character class of these ASCII characters and everything beyond ASCII.

    Written as what it leaves out: a class that names high ranges takes milliseconds to compile.
    """
    return "[^" + "".join(re.escape(chr(c)) for c in range(128) if not re.match(allowed, chr(c))) + "]"


_LETTER = _class("[A-Za-z]")
_NAME = _class("[A-Za-z0-9_-]")
_LOCAL_FIRST = _class("[A-Za-z0-9_:]")
_LOCAL = _class("[A-Za-z0-9_:-]")
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
BLANK = rf"_:{_class('[A-Za-z0-9_]')}{_NAME}*+(?:\.++{_NAME}++)*+"
LANGUAGE = "@[A-Za-z]++(?:-[A-Za-z0-9]++)*+"
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

skip = re.compile(SPACE).match
subject = re.compile(f"{_SUBJECT}{SPACE}").match
verb_and_object = re.compile(
    rf"((?>{PLAIN_NAME}|{A}|{PLAIN_IRI})){SPACE}{_OBJECT}{SPACE}([;,.\]]){SPACE}"
).match
next_object = re.compile(rf"{_OBJECT}{SPACE}([;,.\]]){SPACE}").match

# Term by term, complete to the grammar.
resource = re.compile(f"(?>{NAME}|{IRI}|{BLANK})").match
named = re.compile(f"(?>{NAME}|{IRI})").match
verb = re.compile(f"(?>{NAME}|{IRI}|{A})").match
plain_object = re.compile(f"(?>{NAME}|{IRI}|{BLANK}|{NUMBER}|{BOOLEAN})").match
string = re.compile(ANY_STRING).match
language = re.compile(f"{SPACE}({LANGUAGE})").match
datatype = re.compile(rf"{SPACE}\^\^{SPACE}").match
anonymous = re.compile(rf"\[{SPACE}\]").match
iri = re.compile(IRI).match
prefix = re.compile(PREFIX).match
word = re.compile(rf"@[a-zA-Z]++|{_LETTER}{_NAME}*+(?!:)").match

_LINE_LITERAL = rf"{STRING}(?:\^\^{PLAIN_IRI}|{LANGUAGE})?+"
_ON_LINE = r"[ \t]*+"
# A statement of N-Triples or N-Quads with all that follows it up to the next statement.
line = re.compile(
    rf"((?>{PLAIN_IRI}|{BLANK})){_ON_LINE}({PLAIN_IRI}){_ON_LINE}"
    rf"((?>{PLAIN_IRI}|{_LINE_LITERAL}|{BLANK})){_ON_LINE}"
    rf"((?>{PLAIN_IRI}|{BLANK})?+){_ON_LINE}\.{_ON_LINE}(?:#[^\r\n]*+)?+(?:[\r\n]{SPACE}|\Z)"
).match
line_iri = re.compile(IRI).match
line_resource = re.compile(f"(?>{IRI}|{BLANK})").match
line_object = re.compile(rf"(?>{IRI}|{BLANK}|{STRING}(?:\^\^{IRI}|{LANGUAGE})?+)").match
line_space = re.compile(_ON_LINE).match
line_end = re.compile(rf"{_ON_LINE}(?:#[^\r\n]*+)?+(?:[\r\n]|\Z)").match
line_rest = re.compile(r"[^\r\n]*+").match

# What can hide a full stop or a bracket, and the brackets themselves in group 1.
pieces = re.compile(rf"{SPACE}(?:{ANY_STRING}|{IRI}|\\[\s\S]|([\[\](){{}}])|[^\[\](){{}}<\"'\\#\s]++|[\s\S])")
# From a mistake to the end of its statement. Group 1: a long string that never ends; 2: what ends a
# statement; 3: where a directive begins.
to_terminator = re.compile(
    rf"{SPACE}(?:{ANY_STRING}|(\"\"\"|\'\'\')|[\"\'][^\r\n]*+|{IRI}|\\[\s\S]|(\.(?=[\s#]|\Z)|\}})"
    r"|(?<=[\r\n])(@prefix\b|@base\b)|[^\s\"\'<\\.}#@]++|[\s\S])"
).match
