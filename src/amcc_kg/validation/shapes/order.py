"""How two literals compare, for `sh:lessThan` and its kin (SHACL 4.5.3) and for the four bounds (4.3).

What SPARQL 1.1's `<` orders (17.3): numbers among each other, strings by code point, booleans, dateTimes.
Besides these, what XML Schema 1.1 orders within one datatype of dates, times and durations. All else does not
compare: IRIs, blank nodes, tagged texts, datatypes that are not named here, ill-typed literals, NaN.

Numbers meet as XPath promotes them (XPath 2.0, B.1): a decimal beside a float becomes a float, either beside
a double a double. A moment with a time zone and one without compare only if they do so in every zone (XML
Schema 1.1, D.2.1). Numbers and years may be of any length.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from itertools import accumulate
from math import inf, nextafter
from typing import TYPE_CHECKING, Any, TypeAlias

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.shapes import literals

if TYPE_CHECKING:
    from decimal import Decimal

    Exact: TypeAlias = int | Decimal

Value: TypeAlias = "tuple[str, Any]"
"""What a literal compares with, its family, and what stands for it there."""
_Moment: TypeAlias = tuple[bool, tuple[int, str]]

NUMBERS = ("exact", "float", "double")
_LONG = 4000
"""Digits from which on Python does not read an integer."""
_ZONES = 14 * 3600
"""How far a time zone is from UTC at most, in seconds."""
_BEFORE = tuple(accumulate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30), initial=0))
"""The days of a common year before each month."""
_DATED = frozenset(("date", "dateTime", "dateTimeStamp"))
_REFERENCES = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))
"""Year and month of the moments at which durations are compared (XSD 1.1, 3.3.6.1): the first, at 0:00."""


def compare(key: str, other: str) -> int | None:
    """Return -1, 0 or 1 as a term is less than another, equal or greater; None if they do not compare."""
    left, right = value(key), _often(other)
    if left is None or right is None:
        return None
    family, first = left
    second = right[1]
    if family != right[0]:
        if family not in NUMBERS or right[0] not in NUMBERS:
            return None
        promote = _as_double if "double" in (family, right[0]) else _as_float
        first, second = promote(first), promote(second)
    elif family in literals.MOMENTS:
        return _compare_moments(first, second)
    elif family == "duration":
        signs = {(one > two) - (one < two) for one, two in zip(first, second, strict=True)}
        return signs.pop() if len(signs) == 1 else None
    return int(first > second) - int(first < second)


def value(key: str) -> Value | None:
    """Return the value of a literal, None of any term that compares with nothing."""
    if key[0] != '"':
        return None
    if literals.plain(key):
        return ("string", keys.value(key)) if literals.conforms(key, f"{XSD}string") else None
    datatype = keys.datatype(key) or ""
    name = literals.xsd(datatype)
    read = _READERS.get(name)
    if read is None:
        return None
    # The grammar of a moment is looked at once, with its fields.
    if name not in literals.MOMENTS and not literals.conforms(key, datatype):
        return None
    return read(name, keys.value(key))


# A bound is compared with every value of a column, a value with few others.
_often = lru_cache(maxsize=256)(value)


# ---- numbers ----


def whole(digits: str) -> int:
    """Return an integer of any length, which Python does not read at once."""
    if len(digits) < _LONG:
        return int(digits)
    from decimal import Decimal

    return int(Decimal(digits))


def _exact(name: str, lexical: str) -> Value:
    if name != "decimal" and len(lexical) < _LONG:
        return ("exact", int(lexical))
    from decimal import Decimal

    return ("exact", Decimal(lexical))


def _binary(name: str, lexical: str) -> Value | None:
    if lexical == "NaN":
        return None
    if name == "double":
        return (name, float(lexical))
    if "INF" in lexical:
        return (name, float(lexical))
    from decimal import Decimal

    return (name, _as_float(Decimal(lexical)))


def _as_double(number: Exact | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _as_float(number: Exact | float) -> float:
    """Return the nearest number of 32 bits (XSD 1.1, 3.3.4), the even one of two as near.

    Rounding twice, to 64 bits first, would go wrong between two of them; so of the two doubles around the
    number the odd one is taken, which rounds as the number itself does.
    """
    import struct  # floats are rare

    near = _as_double(number)
    if near not in (inf, -inf) and near != number:
        odd = struct.unpack("<q", struct.pack("<d", near))[0] & 1
        near = near if odd else nextafter(near, inf if number > near else -inf)
    try:
        single: float = struct.unpack("<f", struct.pack("<f", near))[0]
    except OverflowError:
        return inf if near > 0 else -inf
    return single


# ---- dates and times ----


def _moment(name: str, lexical: str) -> Value | None:
    """Return the family of a moment, and the moment as `timeOnTimeline` has it (XSD 1.1, E.3.4).

    That is whether there is a zone, whole seconds, and the digits of the fraction, which order as text.
    """
    found = literals.moment(name, lexical)
    if found is None:
        return None
    fields = found.re.groupindex
    if name in _DATED and lexical[4] == "-" and lexical[0] not in "0-":
        days = date.fromisoformat(lexical[:10]).toordinal() - 1  # what is common, at once
    else:
        year = whole(found["year"]) if "year" in fields else 1972
        month = int(found["month"]) if "month" in fields else 12
        day = int(found["day"]) if "day" in fields else literals.days_in_month(year, month)
        days = _days(year, month, day)
    seconds, fraction = days * 86400, ""
    if "hour" in fields:
        if found["hour"]:
            seconds += int(found["hour"]) * 3600 + int(found["minute"]) * 60 + int(found["second"])
            fraction = (found["fraction"] or "").rstrip("0")
        elif name != "time":  # 24:00:00 is the end of the day; of a time, which has none, the beginning
            seconds += 86400
    zone = found["zone"]
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return ("dateTime" if name == "dateTimeStamp" else name, (bool(zone), (seconds, fraction)))


def _days(year: int, month: int, day: int) -> int:
    """Return the number of days before a day; before the year 1, which the calendar goes on to, negative."""
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 + _BEFORE[month - 1] + day - 1
    return days + (month > 2 and literals.days_in_month(year, 2) == 29)


def _compare_moments(first: _Moment, second: _Moment) -> int | None:
    (zoned, left), (also, right) = first, second
    if zoned == also:
        return int(left > right) - int(left < right)
    sign, known, (seconds, fraction) = (1, left, right) if zoned else (-1, right, left)
    # The one without a zone is earliest in +14:00 and latest in -14:00.
    if known < (seconds - _ZONES, fraction):
        return -sign
    return sign if known > (seconds + _ZONES, fraction) else None


# ---- durations ----


def _duration(name: str, lexical: str) -> Value:
    """Return what a duration leads to from each of the four moments: seconds and the fraction of one."""
    found = literals.compiled(literals.DURATIONS[name]).fullmatch(lexical)
    assert found is not None
    fields = found.groupdict()

    def amount(unit: str) -> int:
        return whole(fields.get(unit) or "0")

    sign = -1 if fields["sign"] else 1
    months = sign * (amount("years") * 12 + amount("months"))
    seconds = sign * (
        ((amount("days") * 24 + amount("hours")) * 60 + amount("minutes")) * 60 + amount("seconds")
    )
    fraction = (fields.get("fraction") or "").rstrip("0")
    if fraction and sign < 0:  # what is left of a second that counts backwards
        seconds, fraction = seconds - 1, _complement(fraction)
    ends = []
    for year, month in _REFERENCES:
        years, index = divmod(month - 1 + months, 12)
        ends.append((_days(year + years, index + 1, 1) * 86400 + seconds, fraction))
    return ("duration", ends)


def _complement(fraction: str) -> str:
    """Return the digits of 1 minus a fraction that does not end in 0."""
    return "".join(str(9 - int(digit)) for digit in fraction[:-1]) + str(10 - int(fraction[-1]))


_READERS: dict[str, Callable[[str, str], Value | None]] = {
    **dict.fromkeys((*literals.INTEGERS, "decimal"), _exact),
    **dict.fromkeys(("float", "double"), _binary),
    **dict.fromkeys(literals.MOMENTS, _moment),
    **dict.fromkeys(literals.DURATIONS, _duration),
    "boolean": lambda name, lexical: (name, lexical in ("true", "1")),
}
"""What makes a value of a lexical form, by the datatype's name in XML Schema."""
