"""How literals compare: by tables of the standards' text, by the laws of an order, as other engines do."""

from __future__ import annotations

import struct
from decimal import Decimal
from fractions import Fraction

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saxonche import PySaxonProcessor

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import RDF, XSD
from amcc_kg.validation.shapes.order import compare


def lit(form: str, name: str = "") -> str:
    return keys.literal(form, None, f"{XSD}{name}" if name else None)


def order(one: str, two: str) -> int | None:
    found = compare(one, two)
    back = compare(two, one)
    assert found == (None if back is None else -back)
    return found


LESS, SAME, MORE, NEITHER = -1, 0, 1, None
NINES = "9" * 5000
TABLE = [
    # SPARQL 17.3: numbers of all kinds; integers and decimals are exact at any size.
    (lit("1", "integer"), lit("01.0", "decimal"), SAME),
    (lit(str(2**64), "integer"), lit(str(2**64 + 1), "integer"), LESS),
    (lit(f"{NINES}1", "integer"), lit(f"{NINES}2", "integer"), LESS),
    (lit(f"{NINES}.1", "decimal"), lit(f"{NINES}", "integer"), MORE),
    (lit("-5", "byte"), lit("5", "unsignedLong"), LESS),
    # XPath 2.0 B.1: a decimal is promoted to the other's type.
    (lit("0.7", "decimal"), lit("0.7", "double"), SAME),
    (lit("0.1", "decimal"), lit("0.1", "float"), SAME),
    (lit("0.1", "float"), lit("0.1", "double"), MORE),
    (lit("0.5", "float"), lit("0.5", "double"), SAME),
    (lit(str(2**53 + 1), "integer"), lit(str(2**53), "double"), SAME),
    (lit(NINES, "integer"), lit("INF", "double"), SAME),
    (lit(f"-{NINES}", "integer"), lit("-INF", "float"), SAME),
    (lit(NINES, "integer"), lit("1e308", "double"), MORE),
    (lit("1e39", "float"), lit("INF", "float"), SAME),
    (lit("0.0", "double"), lit("-0.0", "double"), SAME),
    # Half-way between two floats, and just above: rounding to a double first would lose the difference.
    (lit("16777217", "integer"), lit("16777216", "float"), SAME),
    (lit("16777217.0000000000000001", "decimal"), lit("16777218", "float"), SAME),
    (lit("NaN", "double"), lit("NaN", "double"), NEITHER),
    (lit("NaN", "float"), lit("5", "integer"), NEITHER),
    # Strings by code point, booleans.
    (lit("Z"), lit("a"), LESS),
    (lit("\ufffd"), lit("\U00010000"), LESS),
    (lit(""), lit(""), SAME),
    (lit("false", "boolean"), lit("1", "boolean"), LESS),
    (lit("true", "boolean"), lit("1", "boolean"), SAME),
    # What SPARQL's table has no row for.
    (keys.iri("http://e/a"), keys.iri("http://e/b"), NEITHER),
    (keys.iri("http://e/a"), keys.iri("http://e/a"), NEITHER),
    ("_:a", "_:a", NEITHER),
    (keys.literal("a", "en"), keys.literal("b", "en"), NEITHER),
    (keys.literal("a", "en"), lit("b"), NEITHER),
    (keys.literal("a", None, "http://e/k"), keys.literal("b", None, "http://e/k"), NEITHER),
    (keys.literal("a", None, f"{RDF}HTML"), keys.literal("b", None, f"{RDF}HTML"), NEITHER),
    (lit("a", "token"), lit("b", "token"), NEITHER),
    (lit("a", "anyURI"), lit("b", "anyURI"), NEITHER),
    (lit("1", "boolean"), lit("1", "integer"), NEITHER),
    (lit("1"), lit("1", "integer"), NEITHER),
    # Ill-typed.
    (lit("x", "integer"), lit("1", "integer"), NEITHER),
    (lit(" 1", "integer"), lit("1", "integer"), NEITHER),
    (lit("2024-13-01", "date"), lit("2024-01-01", "date"), NEITHER),
    # XSD 1.1, 3.3.7: dateTimes.
    (lit("2024-01-01T10:00:00", "dateTime"), lit("2024-01-01T10:00:00.000", "dateTime"), SAME),
    (lit("2024-01-01T10:00:00.1", "dateTime"), lit("2024-01-01T10:00:00.09999999999", "dateTime"), MORE),
    (lit("2024-01-01T24:00:00", "dateTime"), lit("2024-01-02T00:00:00", "dateTime"), SAME),
    (lit("2023-12-31T24:00:00Z", "dateTime"), lit("2024-01-01T01:00:00+01:00", "dateTimeStamp"), SAME),
    (lit("-0001-12-31T00:00:00", "dateTime"), lit("0000-01-01T00:00:00", "dateTime"), LESS),
    (lit("-0002-01-01T00:00:00", "dateTime"), lit("-0001-01-01T00:00:00", "dateTime"), LESS),
    (lit("9999-12-31T00:00:00", "dateTime"), lit("10000-01-01T00:00:00", "dateTime"), LESS),
    (lit(f"{NINES}0-01-01T00:00:00", "dateTime"), lit(f"{NINES}1-01-01T00:00:00", "dateTime"), LESS),
    # Without a zone, every zone counts: 14 hours either way, and the ends do not.
    (lit("2030-01-01T00:00:00", "dateTime"), lit("2024-01-01T00:00:00Z", "dateTime"), MORE),
    (lit("2024-01-01T01:00:00", "dateTime"), lit("2024-01-01T00:00:00Z", "dateTime"), NEITHER),
    (lit("2024-01-01T14:00:00", "dateTime"), lit("2024-01-01T00:00:00Z", "dateTime"), NEITHER),
    (lit("2024-01-01T14:00:00.1", "dateTime"), lit("2024-01-01T00:00:00Z", "dateTime"), MORE),
    (lit("2023-12-31T10:00:00", "dateTime"), lit("2024-01-01T00:00:00Z", "dateTime"), NEITHER),
    (lit("2023-12-31T09:59:59.9", "dateTime"), lit("2024-01-01T00:00:00Z", "dateTime"), LESS),
    # The table in XML Schema part 2, 3.2.7.4 (1.0).
    (lit("2000-01-15T00:00:00", "dateTime"), lit("2000-02-15T00:00:00", "dateTime"), LESS),
    (lit("2000-01-15T12:00:00", "dateTime"), lit("2000-01-16T12:00:00Z", "dateTime"), LESS),
    (lit("2000-01-01T12:00:00", "dateTime"), lit("1999-12-31T23:00:00Z", "dateTime"), NEITHER),
    (lit("2000-01-16T12:00:00", "dateTime"), lit("2000-01-16T12:00:00Z", "dateTime"), NEITHER),
    (lit("2000-01-16T00:00:00", "dateTime"), lit("2000-01-16T12:00:00Z", "dateTime"), NEITHER),
    # Families of their own.
    (lit("2024-01-01", "date"), lit("2024-01-02T00:00:00", "dateTime"), NEITHER),
    (lit("2024", "gYear"), lit("2024-01-01", "date"), NEITHER),
    (lit("2024", "gYear"), lit("2024", "integer"), NEITHER),
    (lit("2024-01-01", "date"), lit("2024-01-02", "date"), LESS),
    (lit("2024-01-01+14:00", "date"), lit("2023-12-31-10:00", "date"), SAME),
    (lit("2024-01-01", "date"), lit("2024-01-01Z", "date"), NEITHER),
    (lit("10:00:00", "time"), lit("10:00:00.5", "time"), LESS),
    (lit("24:00:00", "time"), lit("00:00:00", "time"), SAME),
    (lit("23:00:00-03:00", "time"), lit("02:00:00Z", "time"), MORE),
    (lit("-0044", "gYear"), lit("0001", "gYear"), LESS),
    (lit("2024-02", "gYearMonth"), lit("2024-03", "gYearMonth"), LESS),
    (lit("--02-29", "gMonthDay"), lit("--03-01", "gMonthDay"), LESS),
    (lit("---01", "gDay"), lit("---31", "gDay"), LESS),
    (lit("--12", "gMonth"), lit("--02", "gMonth"), MORE),
    # XSD 1.1, 3.3.6: durations, by four moments.
    (lit("P1Y", "duration"), lit("P12M", "duration"), SAME),
    (lit("P1D", "duration"), lit("PT24H", "dayTimeDuration"), SAME),
    (lit("P1Y", "yearMonthDuration"), lit("P13M", "duration"), LESS),
    (lit("PT1.5S", "duration"), lit("PT1.49S", "duration"), MORE),
    (lit("-PT1.5S", "duration"), lit("-PT1.49S", "duration"), LESS),
    (lit("-PT0.5S", "duration"), lit("PT0S", "duration"), LESS),
    (lit("-P0D", "duration"), lit("P0M", "duration"), SAME),
    (lit("P400Y", "duration"), lit("P146097D", "duration"), SAME),
    (lit(f"P{NINES}D", "duration"), lit(f"P{NINES}DT1S", "duration"), LESS),
    # The table of XML Schema part 2, 3.2.6.2 (1.0): a year and a month beside so many days.
    *((lit("P1Y", "duration"), lit(f"P{n}D", "duration"), MORE if n < 365 else LESS if n > 366 else NEITHER)
      for n in range(363, 369)),
    *((lit("P1M", "duration"), lit(f"P{n}D", "duration"), MORE if n < 28 else LESS if n > 31 else NEITHER)
      for n in range(26, 34)),
    *((lit("P5M", "duration"), lit(f"P{n}D", "duration"), MORE if n < 150 else LESS if n > 153 else NEITHER)
      for n in range(148, 156)),
]  # fmt: skip


@pytest.mark.parametrize(("one", "two", "expected"), TABLE)
def test_the_standards_tables_hold(one: str, two: str, expected: int | None) -> None:
    assert order(one, two) == expected


# ---- laws ----

DIGITS = st.integers(-(10**30), 10**30)
ZONES = st.sampled_from(["", "", "Z", "+14:00", "-14:00", "+05:30", "-00:30"])
FRACTIONS = st.sampled_from(["", "", ".5", ".50", ".05", ".123456789012345678901"])
NUMBERS = st.one_of(
    DIGITS.map(lambda n: lit(str(n), "integer")),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda n: lit(f"{n:f}", "decimal")),
    st.floats(allow_nan=False, width=64).map(lambda n: lit(repr(n).replace("inf", "INF"), "double")),
    st.floats(allow_nan=False, width=32).map(lambda n: lit(repr(n).replace("inf", "INF"), "float")),
)
DAYS = st.dates().map(str)
CLOCKS = st.times().map(lambda t: f"{t:%H:%M:%S}") | st.just("24:00:00")
MOMENTS = st.one_of(
    st.builds(
        lambda d, t, f, z, n: lit(f"{d}T{t}{'' if t[:2] == '24' else f}{z}", n),
        DAYS, CLOCKS, FRACTIONS, ZONES, st.just("dateTime"),
    ),
    st.builds(lambda d, z: lit(d + z, "date"), DAYS, ZONES),
    st.builds(lambda t, f, z: lit(t + ("" if t[:2] == "24" else f) + z, "time"), CLOCKS, FRACTIONS, ZONES),
    st.builds(lambda d, z: lit(d[:4] + z, "gYear"), DAYS, ZONES),
    st.builds(lambda d, z: lit(d[:7] + z, "gYearMonth"), DAYS, ZONES),
    st.builds(lambda d, z: lit(f"-{d[4:]}{z}", "gMonthDay"), DAYS, ZONES),
    st.builds(lambda d, z: lit(f"--{d[7:]}{z}", "gDay"), DAYS, ZONES),
    st.builds(lambda d, z: lit(f"-{d[4:7]}{z}", "gMonth"), DAYS, ZONES),
)  # fmt: skip
FEW = st.integers(0, 800)
DURATIONS = st.builds(
    lambda s, y, m, d, h, f: lit(f"{s}P{y}Y{m}M{d}DT{h}H{h}{f}S", "duration"),
    st.sampled_from(["", "-"]), st.integers(0, 3), FEW, FEW, FEW, FRACTIONS,
)  # fmt: skip
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"]))
OTHERS = st.one_of(TEXTS.map(lit), st.sampled_from([lit("true", "boolean"), lit("0", "boolean")]))
BINARY = {f"{XSD}float", f"{XSD}double"}
KINDS = [NUMBERS, MOMENTS, DURATIONS, OTHERS]
# The laws are told from one kind, so that there is something to compare.
SOME = st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(kind, kind, kind))


@settings(max_examples=500)
@given(SOME)
def test_it_is_an_order_wherever_it_tells(some: tuple[str, str, str]) -> None:
    one, two, three = some
    assert order(one, one) == 0
    first, second = order(one, two), order(two, three)
    # Promotion makes equal what is not, so between kinds of numbers equality goes no further (F&O 4.2).
    types = {keys.datatype(key) for key in some}
    if first is not None and first == second and (first != 0 or len(types) == 1):
        assert order(one, three) == first or (len(types) > 1 and types & BINARY)


@given(DIGITS, st.fractions(max_denominator=10**6))
def test_integers_and_decimals_are_exact(number: int, other: Fraction) -> None:
    text = f"{Decimal(other.numerator) / Decimal(other.denominator):f}"
    expected = (number > Fraction(text)) - (number < Fraction(text))
    assert order(lit(str(number), "integer"), lit(text, "decimal")) == expected


@given(st.floats(width=32, min_value=1, max_value=2**100), st.integers(-9, 9), st.integers(20, 40))
def test_a_decimal_becomes_the_nearest_float(near: float, ninth: int, places: int) -> None:
    # Around the middle between a float and the next, where rounding in two steps goes wrong.
    following = struct.unpack("<f", struct.pack("<i", struct.unpack("<i", struct.pack("<f", near))[0] + 1))[0]
    exact = (Fraction(near) + Fraction(following)) / 2 + Fraction(ninth, 10**places)
    digits = exact.numerator * 10**200 // exact.denominator
    text = f"{digits // 10**200}.{digits % 10**200:0200}"
    even = struct.unpack("<i", struct.pack("<f", near))[0] % 2 == 0
    wanted = near if ninth < 0 or (ninth == 0 and even) else following
    assert order(lit(text, "decimal"), lit(repr(wanted), "float")) == 0


# ---- as others do ----


@pytest.fixture(scope="module")
def saxon() -> object:
    return PySaxonProcessor(license=False).new_xpath_processor()


def in_xpath(key: str) -> str:
    name = (keys.datatype(key) or "").removeprefix(XSD)
    return f"xs:{name}('{keys.value(key)}')"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_saxon_compares_so_too(saxon: object, data: st.DataObject) -> None:
    zones = st.sampled_from(["Z", "+14:00", "-05:30"])  # it has a zone for what has none, as XPath wants
    kind = data.draw(
        st.sampled_from(["dateTime", "date", "time", "number", "boolean", "dayTime", "yearMonth"])
    )
    one, two = (data.draw(_for_saxon(kind, zones)) for _ in range(2))
    found = [
        saxon.evaluate(f"{in_xpath(one)} {sign} {in_xpath(two)}").head.boolean_value  # type: ignore[attr-defined]
        for sign in ("lt", "eq", "gt")
    ]
    assert found == [compare(one, two) == sign for sign in (-1, 0, 1)], (one, two)


def _for_saxon(kind: str, zones: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    if kind == "number":
        # Saxon compares a decimal beside a double exactly, as XPath 4.0 does.
        return NUMBERS.filter(lambda key: "double" not in key and "float" not in key)
    if kind == "boolean":
        return st.sampled_from(["true", "false", "0", "1"]).map(lambda form: lit(form, kind))
    if kind == "dayTime":
        return st.builds(
            lambda s, d, f: lit(f"{s}P{d}DT{d}H{d}{f[:9]}S", "dayTimeDuration"),
            st.sampled_from(["", "-"]), FEW, FRACTIONS,
        )  # fmt: skip
    if kind == "yearMonth":
        return st.builds(lambda s, m: lit(f"{s}P{m}M", "yearMonthDuration"), st.sampled_from(["", "-"]), FEW)
    if kind == "date":
        return st.builds(lambda d, z: lit(d + z, "date"), DAYS, zones)
    if kind == "time":
        return st.builds(lambda t, z: lit(t + z, "time"), CLOCKS, zones)
    return st.builds(lambda d, t, z: lit(f"{d}T{t}{z}", "dateTime"), DAYS, CLOCKS, zones)


SMALL = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(lambda n: lit(str(n), "integer")),
    st.decimals(-(10**6), 10**6, places=6).map(lambda n: lit(f"{n:f}", "decimal")),
    st.floats(-1e6, 1e6).map(lambda n: lit(f"{n:.6f}", "double")),
    st.floats(-1e6, 1e6, width=32).map(lambda n: lit(repr(n), "float")),
    st.sampled_from(["1", "-3", "2"]).map(lambda n: lit(n, "integer")),
    st.builds(lit, st.sampled_from(["0.7", "2.0", "-3.0"]), st.sampled_from(["decimal", "double", "float"])),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=3).map(lit),
    st.builds(lambda d, t, z: lit(f"{d}T{t}{z}", "dateTime"), DAYS, CLOCKS, ZONES),
    st.builds(lambda d, z: lit(d + z, "date"), DAYS, ZONES),
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(SMALL, SMALL)
def test_the_query_engine_compares_so_too(one: str, two: str) -> None:
    query = f"SELECT (({one} < {two}) AS ?l) (({one} = {two}) AS ?e) (({one} > {two}) AS ?m) {{}}"
    (row,) = pyoxigraph.Store().query(query)
    engine = [None if term is None else term.value == "true" for term in row]
    expected = compare(one, two)
    if expected is None:
        assert True not in (engine[0], engine[2]), (one, two)
    else:
        assert engine == [expected == sign for sign in (-1, 0, 1)], (one, two)
