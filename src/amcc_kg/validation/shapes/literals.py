"""What literals mean: whether they are well-formed, and how two of them compare.

The common forms of the common datatypes are known here. Whatever is written unusually (`" 5 "^^xsd:integer`,
a time zone on a date, a duration) is put to rdflib, whose word is the reference's, and which is imported for
it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache, lru_cache
from typing import Any, TypeVar

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import RDF, XSD
from amcc_kg.validation.shapes import vocabulary as names

Moment = TypeVar("Moment", date, datetime)

_INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "long": (None, None),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "unsignedLong": (0, None),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}
"""The range of each integer datatype as rdflib checks it; there, the long ones have no upper end."""

# Datatypes whose every lexical form rdflib takes for well-formed.
_ANY_FORM = {"anyURI", "normalizedString", "token", "language"}
# Datatypes whose values rdflib makes itself, beside those with a pattern here.
_ASKED = {f"{XSD}{name}" for name in ("time", "duration", "dayTimeDuration", "yearMonthDuration")}
_ASKED |= {f"{XSD}hexBinary", f"{XSD}base64Binary", f"{RDF}XMLLiteral", f"{RDF}HTML"}
_INTEGER = r"[+-]?[0-9]{1,4000}"
_NO_INTEGER = r"[^\\]*[A-Za-z.][^\\]*|"
_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = _DECIMAL + r"(?:[eE][+-]?[0-9]{1,3})?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATETIME = _DATE + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
# What rdflib raises of values that do not compare; for decimals and NaN it is an arithmetic error.
_INCOMPARABLE = (TypeError, NotImplementedError, ArithmeticError)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return an expression compiled when first used: a run uses few of them, and they take time."""
    return re.compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Tell whether all of a text matches an expression."""
    return compiled(pattern).fullmatch(text) is not None


def conforms(key: str, datatype: str) -> bool:
    """Tell whether a term is a literal of that datatype, and well-formed (SHACL section 4.1.2).

    `datatype` is an IRI. Of datatypes that the reference does not know, every form counts as well-formed.
    """
    if key[0] != '"':
        return False
    if keys.datatype(key) != datatype:
        if datatype == names.DATATYPE:
            return not plain(key)
        return datatype == names.LITERAL
    checker = _checker(datatype)
    return checker is None or checker(key)


def plain(key: str) -> bool:
    """Tell whether a term is a literal of xsd:string, which has neither language nor datatype."""
    return key[-1] == '"'


def _xsd(datatype: str | None) -> str:
    """Return the name of a datatype of XML Schema, the empty string for any other."""
    return datatype.removeprefix(XSD) if datatype and datatype.startswith(XSD) else ""


@cache
def _checker(datatype: str) -> Callable[[str], bool] | None:
    """Return the test of lexical forms of a datatype, None if there is nothing to test."""
    if datatype in _ASKED:
        return _asked
    name = _xsd(datatype)
    if name in _INTEGERS:
        low, high = _INTEGERS[name]
        return lambda key: _is_integer(key, low, high)
    return {
        "decimal": lambda key: matches(_DECIMAL, keys.value(key)) or _asked(key),
        "double": lambda key: matches(_DOUBLE, keys.value(key)) or _asked(key),
        "float": lambda key: matches(_DOUBLE, keys.value(key)) or _asked(key),
        "boolean": lambda key: keys.value(key) in ("true", "false", "1", "0"),
        "date": _is_date,
        "dateTime": lambda key: _moment(datetime, _DATETIME, keys.value(key)) is not None or _asked(key),
    }.get(name)


def _is_integer(key: str, low: int | None, high: int | None) -> bool:
    lexical = keys.value(key)
    if not matches(_INTEGER, lexical):
        return not matches(_NO_INTEGER, lexical) and _asked(key)
    return (low is None or int(lexical) >= low) and (high is None or int(lexical) <= high)


def _is_date(key: str) -> bool:
    lexical = keys.value(key)
    if not matches(_DATE, lexical) or lexical.startswith("0000"):
        return _asked(key)
    return _moment(date, _DATE, lexical) is not None


def _moment(kind: type[Moment], pattern: str, lexical: str) -> Moment | None:
    try:
        return kind.fromisoformat(lexical) if matches(pattern, lexical) else None
    except ValueError:
        return None


def _asked(key: str) -> bool:
    """Ask rdflib, with the rest of what pyshacl asks of a value."""
    from decimal import Decimal

    literal: Any = keys.to_rdflib(key)
    moments = {"date": date, "dateTime": datetime, "time": time}
    kinds = {"integer": int, "float": float, "decimal": Decimal, "boolean": bool, **moments}
    wanted = kinds.get(str(literal.datatype).removeprefix(XSD))
    return not literal.ill_typed and (wanted is None or isinstance(literal.value, wanted))


def known(key: str) -> tuple[str, Any] | None:
    """Return the family and the Python value of a literal in a common form, None for any other."""
    if key[0] != '"':
        return None
    if plain(key):
        return ("string", keys.value(key))
    kind, lexical = keys.datatype(key) or "", keys.value(key)
    name = _xsd(kind)
    found: Any = None
    if name in _INTEGERS:
        found = int(lexical) if matches(_INTEGER, lexical) and conforms(key, kind) else None
    elif name == "decimal":
        from decimal import Decimal

        found = Decimal(lexical) if matches(_DECIMAL, lexical) else None
    elif name in ("double", "float"):
        found = float(lexical) if matches(_DOUBLE, lexical) else None
    elif name == "date":
        found = _moment(date, _DATE, lexical)
    elif name == "dateTime":
        found = _moment(datetime, _DATETIME, lexical)
        name = "dateTime" if found is None or found.tzinfo is None else "dateTimeStamp"
    else:
        return None
    return None if found is None else (name if isinstance(found, date) else "number", found)


# A bound is compared with every value of a column, a value with few bounds.
_known_bound = lru_cache(maxsize=256)(known)


def compare(key: str, bound: str) -> int | None:
    """Compare a value with the bound of a range: -1, 0, 1, or None where they cannot be compared.

    SHACL section 4.3, as pyshacl does it: IRIs and blank nodes do not compare, nor texts with anything else.
    """
    if key[0] != '"':
        return None
    left, right = known(key), _known_bound(bound)
    if left is not None and right is not None:
        if left[0] == right[0]:
            return int(left[1] > right[1]) - int(left[1] < right[1])
        families = {left[0], right[0]}
        if "string" in families or families == {"dateTime", "dateTimeStamp"}:
            return None
    return _compare_as_reference(key, bound)


def _compare_as_reference(key: str, bound: str) -> int | None:
    left: Any = keys.to_rdflib(key)
    right: Any = keys.to_rdflib(bound)
    if isinstance(left.value, str) != isinstance(right.value, str):
        return None
    is_moment = type(left.value) in (datetime, time)
    try:
        if left.eq(right):
            return 0
        first, second = (left.value, right.value) if is_moment else (left, right)
        if is_moment and first == second:
            return 0
        return 1 if first > second else -1
    except _INCOMPARABLE:
        return None


def less(key: str, other: str, or_equal: bool) -> bool:
    """Tell whether a value is less than another, for `sh:lessThan` (SHACL section 4.5.3), as pyshacl does it.

    IRIs and texts compare as texts. A blank node compares with nothing, so it is not less; the reference
    stops there.
    """
    if key[0] == "_" or other[0] == "_":
        return False
    left, right = _text(key), _text(other)
    if left is not None and right is not None:
        return left <= right if or_equal else left < right
    if (left is None) != (right is None):
        return False
    first, second = known(key), known(other)
    if first is not None and second is not None and first[0] == second[0]:
        return bool(first[1] <= second[1] if or_equal else first[1] < second[1])
    one: Any = keys.to_rdflib(key)
    two: Any = keys.to_rdflib(other)
    try:
        return bool(one <= two if or_equal else one < two)
    except _INCOMPARABLE:
        return False


def _text(key: str) -> str | None:
    """Return what stands for a term where texts are compared, None if it is not compared as a text."""
    if key[0] == "<" or plain(key) or keys.language(key):
        return keys.value(key)
    kind = keys.datatype(key) or ""
    if _xsd(kind) in _ANY_FORM:
        return keys.value(key)
    if known(key) is not None or (_checker(kind) is None and kind not in _ASKED):
        return None
    literal: Any = keys.to_rdflib(key)
    return literal.value if isinstance(literal.value, str) else None
