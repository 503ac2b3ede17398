"""Whether a literal is well-formed: the lexical space of each datatype of XML Schema and RDF.

The grammars are those of XML Schema 1.1 part 2 (sections 3.3 and 3.4), of RDF 1.1 Concepts (5.1 to 5.3) and,
for JSON, of RFC 8259. Nothing is stripped of white space first: the lexical form itself is in the lexical
space, or it is not (RDF 1.1 Concepts 3.3). Of a datatype that is not known here, every form is well-formed.
How two literals compare, `order` knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import RDF, XSD

INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}
"""The least and the greatest value of xsd:integer and of each datatype derived from it (3.4.13 to 3.4.25)."""

LISTED = frozenset(
    f"{XSD}{name}" for name in (*INTEGERS, "decimal", "float", "double", "string", "boolean", "dateTime")
)
"""The datatypes that SPARQL 1.1 supports (17.1): SHACL wants their forms checked, those of others it leaves
open (4.1.2).
"""

_TAGGED = (f"{RDF}langString", f"{RDF}dirLangString")
_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = rf"{_DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN"
_YEAR = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>0[1-9]|[12][0-9]|3[01])"
_CLOCK = (
    r"(?:(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9])(?:\.(?P<fraction>[0-9]+))?"
    r"|(?P<midnight>24):00:00(?:\.0+)?)"
)
_STAMP = r"(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_DATE = f"{_YEAR}-{_MONTH}-{_DAY}"
MOMENTS = {
    "dateTime": f"{_DATE}T{_CLOCK}{_STAMP}?",
    "dateTimeStamp": f"{_DATE}T{_CLOCK}{_STAMP}",
    "date": f"{_DATE}{_STAMP}?",
    "time": f"{_CLOCK}{_STAMP}?",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_STAMP}?",
    "gYear": f"{_YEAR}{_STAMP}?",
    "gMonthDay": f"--{_MONTH}-{_DAY}{_STAMP}?",
    "gDay": f"---{_DAY}{_STAMP}?",
    "gMonth": f"--{_MONTH}{_STAMP}?",
}
"""The grammars of the datatypes of dates and times (3.3.7 to 3.3.14, 3.4.28); a group for each field."""

_OF_DAYS = frozenset(("dateTime", "dateTimeStamp", "date", "gMonthDay"))  # XSD 1.1: day-of-month values

_MONTHS = r"(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?"
_SECONDS = (
    r"(?:(?P<days>[0-9]+)D)?(?:T(?=[0-9])(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?"
    r"(?:(?P<seconds>[0-9]+)(?:\.(?P<fraction>[0-9]+))?S)?)?"
)
DURATIONS = {
    "duration": rf"(?P<sign>-?)P(?=[0-9T]){_MONTHS}{_SECONDS}",
    "yearMonthDuration": rf"(?P<sign>-?)P(?=[0-9]){_MONTHS}",
    "dayTimeDuration": rf"(?P<sign>-?)P(?=[0-9T]){_SECONDS}",
}
"""The grammars of durations (3.3.6, 3.4.26, 3.4.27); a group for each field."""

# XML 1.0 (fifth edition), productions 4 and 4a, without the colon that XML Namespaces takes out of names.
NAME_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
NAME_MORE = "\\-.0-9\xb7\u0300-\u036f\u203f\u2040"
_NCNAME = f"[{NAME_START}][{NAME_START}{NAME_MORE}]*"
_NMTOKEN = f"[:{NAME_START}{NAME_MORE}]+"
# No character of XML 1.0 (production 2): a string with such a one is ill-typed (RDF 1.1 Semantics, 7).
_NO_CHARACTER = "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"

_GRAMMARS = {
    "decimal": _DECIMAL,
    "double": _DOUBLE,
    "float": _DOUBLE,
    "hexBinary": "(?:[0-9a-fA-F]{2})*",
    "normalizedString": "[^\t\n\r]*",
    "token": "(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "language": "[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "Name": f"[:{NAME_START}][:{NAME_START}{NAME_MORE}]*",
    "NMTOKEN": _NMTOKEN,
    "NMTOKENS": f"{_NMTOKEN}(?: {_NMTOKEN})*",
    **dict.fromkeys(("NCName", "ID", "IDREF", "ENTITY"), _NCNAME),
    **dict.fromkeys(("IDREFS", "ENTITIES"), f"{_NCNAME}(?: {_NCNAME})*"),
    **dict.fromkeys(("QName", "NOTATION"), f"{_NCNAME}(?::{_NCNAME})?"),
    **DURATIONS,
}
"""The grammars that are the whole of what is asked of a form, by the name in XML Schema."""


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return an expression compiled when first used: a run uses few of them, and they take time."""
    return re.compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Tell whether all of a text matches an expression."""
    return compiled(pattern).fullmatch(text) is not None


def conforms(key: str, datatype: str) -> bool:
    """Tell whether a term is a well-formed literal of a datatype, given by its IRI (SHACL section 4.1.2)."""
    return tester(datatype)(key)


@cache
def tester(datatype: str) -> Callable[[str], bool]:
    """Return what tells whether a term, by its key, is a well-formed literal of a datatype, by its IRI."""
    if datatype == f"{XSD}string":
        return lambda key: plain(key) and _is_text(key)
    if datatype in _TAGGED:  # without a tag, no form is one
        return lambda key: key[-1] != ">" and keys.datatype(key) == datatype
    ending, fits = f'"^^<{datatype}>', _space(datatype)
    cut = -len(ending)

    def well_formed(key: str) -> bool:
        return key.endswith(ending) and fits(key[1:cut] if "\\" not in key else keys.value(key))

    return well_formed


def plain(key: str) -> bool:
    """Tell whether a term is a literal of xsd:string, which has neither language nor datatype."""
    return key[-1] == '"'


def xsd(datatype: str | None) -> str:
    """Return the name of a datatype of XML Schema, the empty string for any other."""
    return datatype.removeprefix(XSD) if datatype and datatype.startswith(XSD) else ""


@cache
def _space(datatype: str) -> Callable[[str], bool]:
    """Return what tells whether a form is in the lexical space of a datatype other than of plain texts."""
    name = xsd(datatype)
    if name in INTEGERS:
        return _integers(*INTEGERS[name])
    if name in MOMENTS:
        return lambda lexical: moment(name, lexical) is not None
    if name in _GRAMMARS:
        parse, asked = compiled(_GRAMMARS[name]).fullmatch, "String" in name or name == "token"
        return lambda lexical: parse(lexical) is not None and (not asked or _is_text(lexical))
    return _OTHERS.get(datatype, lambda lexical: True)


def _is_text(lexical: str) -> bool:
    return lexical.isprintable() or not compiled(_NO_CHARACTER).search(lexical)


def _integers(low: int | None, high: int | None) -> Callable[[str], bool]:
    def within(lexical: str) -> bool:
        digits = lexical[1:] if lexical[:1] in ("+", "-") else lexical
        if not (digits.isdigit() and digits.isascii()):
            return False
        if low is None and high is None:
            return True
        # Python refuses to read very long ones; without leading zeros, those are beyond every bound.
        short = digits.lstrip("0")[:40] or "0"
        value = -int(short) if lexical[0] == "-" else int(short)
        return (low is None or low <= value) and (high is None or value <= high)

    return within


def moment(name: str, lexical: str) -> re.Match[str] | None:
    """Return the fields of a form of one of the `MOMENTS`, None if it is not in its lexical space."""
    found = compiled(MOMENTS[name]).fullmatch(lexical)
    if found is None or name not in _OF_DAYS or (day := found["day"]) < "29":
        return found
    # The last four digits tell: 10,000 years are so many times 400. A gMonthDay may be of any year.
    year = 0 if name == "gMonthDay" else int(found["year"][-4:])
    return found if int(day) <= days_in_month(year, int(found["month"])) else None


def days_in_month(year: int, month: int) -> int:
    """Return the number of days of a month (XSD 1.1, appendix E.3.2); year 0 is 1 BCE, a leap year."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _is_base64(lexical: str) -> bool:
    """Tell whether a form is one of xsd:base64Binary (3.3.16): between characters, single blanks may be."""
    if lexical != lexical.strip(" ") or "  " in lexical:
        return False
    digits = lexical.replace(" ", "")
    body = digits.rstrip("=")
    padding = len(digits) - len(body)
    # The bits of the last character that no octet takes are 0.
    last = {0: "", 1: "AEIMQUYcgkosw048", 2: "AQgw"}.get(padding)
    if last is None or len(digits) % 4 or not matches("[A-Za-z0-9+/]*", body):
        return False
    return not last or body[-1:] in tuple(last)


def _is_xml(lexical: str) -> bool:
    """Tell whether a form is balanced XML content between any tags (RDF 1.1 Concepts 5.3)."""
    from xml.parsers import expat  # few data hold any

    try:
        expat.ParserCreate(namespace_separator=" ").Parse(f"<x>{lexical}</x>".encode(), True)
    except (expat.ExpatError, UnicodeEncodeError):
        return False
    return True


def _is_json(lexical: str) -> bool:
    """Tell whether a form is a text of JSON (RFC 8259, section 2), however deep and however long its numbers.

    A scalar is written down as `0`, a string as `s`; what a bracket closes becomes a `0` too.
    """
    string = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
    number = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
    token = compiled(rf"[ \t\n\r]+|({string})|({number}|true|false|null)|([\[\]{{}},:])")
    whole = compiled(r"\[(?:[0s](?:,[0s])*)?\]|\{(?:s:[0s](?:,s:[0s])*)?\}").fullmatch
    at, stack = 0, [[""]]
    while at < len(lexical):
        found = token.match(lexical, at)
        if found is None:
            return False
        at, mark = found.end(), "s" if found[1] else "0" if found[2] else found[3] or ""
        if mark in ("[", "{"):
            stack.append([])
        stack[-1].append(mark)
        if mark in ("]", "}"):
            if not whole("".join(stack.pop())):
                return False
            stack[-1].append("0")
    return len(stack) == 1 and "".join(stack[0]) in ("0", "s")


_OTHERS: dict[str, Callable[[str], bool]] = {
    f"{XSD}boolean": ("true", "false", "1", "0").__contains__,
    f"{XSD}base64Binary": _is_base64,
    f"{XSD}anyURI": _is_text,
    f"{RDF}XMLLiteral": _is_xml,
    f"{RDF}JSON": _is_json,
}
