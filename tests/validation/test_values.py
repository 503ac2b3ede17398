"""What SHACL's text says of single values: datatypes, ranges, orders, patterns, languages.

The clause stands in each test's name.
"""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest
from command_line import Amcc
from hypothesis import given
from hypothesis import strategies as st
from test_constraints import HEADER, graphs

from amcc_kg.terms import keys
from amcc_kg.validation.findings.notices import UnvalidatedError
from amcc_kg.validation.findings.report import Finding
from amcc_kg.validation.verdict import evaluate


def of(shape: str, *values: str, more: str = "") -> tuple[Finding, ...]:
    """What is found on the values of :p, whose shape says this."""
    shapes = f":S sh:targetNode :a ; sh:property [ sh:path :p ; {shape} ] ."
    return evaluate(*graphs(f":a :p {' , '.join(values)} . {more}", shapes)).findings


def at_fault(shape: str, *values: str, more: str = "") -> list[str]:
    return sorted(keys.value(finding.value_key or "") for finding in of(shape, *values, more=more))


def typed(datatype: str, forms: list[str]) -> list[str]:
    return [f"'{form}'^^{datatype}" for form in forms]


ILL = {
    "xsd:dateTime": [
        "2024-01-01 10:00:00", "2024-01-01", "2024-01-01T10:00", "2024-01-01T10", "20240101T100000",
        "2024-W01-1T10:00:00", "2024-01-01T10:00:00+15:00", "2024-01-01T10:00:00+0100", "2024-1-1T10:00:00",
        "2024-01-01T10:00:60", "2024-01-01t10:00:00", "2024-01-01T10:00:00z", "2024-13-01T10:00:00",
        "2024-01-01T10:00:00,5",
    ],
    "xsd:integer": ["1_000", "٣", "5.0", "", "1e3", "--5", "0x10", " 5 "],
    "xsd:double": ["inf", "nan", "Infinity", "1e", "1_0e1", "1.0f", ".e1", "+NaN"],
    "xsd:float": ["inf", "nan", "Infinity", "-nan"],
    "xsd:long": ["9223372036854775808"],
    "xsd:unsignedLong": ["18446744073709551616", "-1"],
}  # fmt: skip
WELL = {
    "xsd:dateTime": [
        "2024-01-01T10:00:00.123456789Z", "2024-01-01T24:00:00", "12024-01-01T10:00:00",
        "-0044-03-15T00:00:00", "2024-01-01T10:00:00+14:00", "2024-01-01T00:00:00-00:00",
    ],
    "xsd:double": ["INF", "+INF", "NaN", "1.", ".5"],
    "xsd:long": ["-9223372036854775808"],
}  # fmt: skip


@pytest.mark.parametrize("datatype", ILL)
def test_4_1_2_ill_typed_literals_do_not_match_a_datatype(datatype: str) -> None:
    assert at_fault(f"sh:datatype {datatype}", *typed(datatype, ILL[datatype])) == sorted(ILL[datatype])


@pytest.mark.parametrize("datatype", WELL)
def test_4_1_2_whatever_xsd_1_1_has_for_a_form_matches(datatype: str) -> None:
    assert at_fault(f"sh:datatype {datatype}", *typed(datatype, WELL[datatype])) == []


def test_4_6_3_in_an_or_of_datatypes_each_literal_is_held_to_its_own() -> None:
    shape = "sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:dateTime ] [ sh:datatype xsd:gYear ] )"
    bad = ["'2024-01-01'^^xsd:dateTime", "'24'^^xsd:gYear", "'2024-01-01T00:00:00'^^xsd:date"]
    good = ["'2024-01-01'^^xsd:date", "'2024'^^xsd:gYear", "'2024-01-01T00:00:00'^^xsd:dateTime"]
    assert len(at_fault(shape, *bad, *good)) == 3


def test_4_1_2_what_is_left_open_is_a_finding_of_the_shape_s_severity_that_says_so() -> None:
    (finding,) = of("sh:datatype xsd:date ; sh:severity sh:Warning", "'2024-13-01'^^xsd:date")
    assert str(finding.severity) == "warning"
    assert finding.message == (
        "The value is not a well-formed literal of datatype <http://www.w3.org/2001/XMLSchema#date>."
        " (SHACL leaves open whether the forms of this datatype are checked, section 4.1.2.)"
    )
    for shape, value in (("sh:datatype xsd:date", "1"), ("sh:datatype xsd:int", "'x'^^xsd:int")):
        (finding,) = of(shape, value)
        assert "leaves open" not in finding.message


def test_4_1_2_a_language_string_has_a_tag_and_a_string_has_none() -> None:
    assert at_fault("sh:datatype rdf:langString", "'x'@en", "'y'", "'z'^^rdf:langString") == ["y", "z"]
    assert at_fault("sh:datatype xsd:string", "'k'", "'k'@en") == ["k"]


def test_4_1_2_no_literal_s_datatype_is_a_class_of_literals() -> None:
    assert at_fault("sh:datatype rdfs:Literal", "'x'", "1", "'y'^^rdfs:Literal") == ["1", "x"]


PAIRS = [
    (":x", ":y"),
    (":x", ":x"),
    ("'a'^^:k", "'b'^^:k"),
    ("'a'@en", "'b'@en"),
    ("'a'@en", "'b'"),
    ("'2024-01-01'^^xsd:date", "'2024-01-02T00:00:00'^^xsd:dateTime"),
    ("'NaN'^^xsd:double", "5"),
    ("1", "'2'"),
    ("true", "2"),
    ("'x'^^xsd:integer", "5"),
    ("'2024-01-01T01:00:00'^^xsd:dateTime", "'2024-01-01T02:00:00Z'^^xsd:dateTime"),
    ("'P1M'^^xsd:duration", "'P30D'^^xsd:duration"),
]


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_4_5_3_and_4_3_what_does_not_compare_is_at_fault_in_every_constraint(one: str, two: str) -> None:
    for name in ("lessThan", "lessThanOrEquals"):
        assert len(at_fault(f"sh:{name} :q", one, more=f":a :q {two} .")) == 1
    if two[0] != ":":
        for name in ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive"):
            assert len(at_fault(f"sh:{name} {two}", one)) == 1


def test_4_5_3_a_blank_node_does_not_compare() -> None:
    assert len(at_fault("sh:lessThan :q", "[]", more=":a :q 1 .")) == 1
    assert len(at_fault("sh:lessThanOrEquals :q", "1", more=":a :q [] .")) == 1


LESS = [
    ("1", "1.5"),
    ("18446744073709551616", "18446744073709551617"),
    ("0.7", "0.7000001e0"),
    ("'a'", "'b'"),
    ("false", "true"),
    ("'2024-01-01T10:00:00+02:00'^^xsd:dateTime", "'2024-01-01T09:00:00Z'^^xsd:dateTime"),
    ("'2024-01-01T00:00:00Z'^^xsd:dateTime", "'2030-01-01T00:00:00'^^xsd:dateTime"),
    ("'2024'^^xsd:gYear", "'12024'^^xsd:gYear"),
    ("'24:00:00'^^xsd:time", "'00:00:01'^^xsd:time"),
    ("'P1M'^^xsd:duration", "'P32D'^^xsd:duration"),
]


@pytest.mark.parametrize(("one", "two"), LESS)
def test_4_5_3_and_4_3_one_order_is_in_every_constraint(one: str, two: str) -> None:
    for less, values in ((True, (one, two)), (False, (two, one)), (None, (one, one))):
        value, other = values
        passes = {
            "lessThan": less is True,
            "lessThanOrEquals": less is not False,
            "maxExclusive": less is True,
            "maxInclusive": less is not False,
            "minExclusive": less is False,
            "minInclusive": less is not True,
        }
        for name, good in passes.items():
            asked = ":q" if name.startswith("less") else other
            assert (not of(f"sh:{name} {asked}", value, more=f":a :q {other} .")) is good, (name, values)


def test_4_3_2_a_decimal_is_promoted_to_a_double() -> None:
    assert at_fault("sh:minInclusive 0.7", "0.7e0") == []
    assert at_fault("sh:maxInclusive '0.1'^^xsd:float", "0.1") == []


def test_4_3_2_a_moment_without_a_zone_compares_where_it_does_in_every_zone() -> None:
    bound = "'2024-01-01T00:00:00Z'^^xsd:dateTime"
    near, far = "'2024-01-01T01:00:00'^^xsd:dateTime", "'2030-01-01T00:00:00'^^xsd:dateTime"
    assert at_fault(f"sh:minInclusive {bound}", near, far) == ["2024-01-01T01:00:00"]
    # The same pair, the same word, in a comparison of properties.
    assert at_fault("sh:lessThan :q", bound, more=f":a :q {far} .") == []
    assert len(at_fault("sh:lessThan :q", bound, more=f":a :q {near} .")) == 1


# ---- 4.4.3 ----


@pytest.mark.parametrize(
    ("pattern", "values", "bad"),
    [
        ("'a.b' ; sh:flags 's'", ["'a\\nb'", "'zz'"], ["zz"]),
        ("'a.b'", ["'a\\nb'"], ["a\nb"]),
        ("'a b c' ; sh:flags 'x'", ["'abc'", "'a b c'"], ["a b c"]),
        ("'a.b' ; sh:flags 'q'", ["'a.b'", "'axb'"], ["axb"]),
        ("'A' ; sh:flags 'im'", ["'a'"], []),
        (r"'^\\p{L}+$'", ["'Ä'", "'1'"], ["1"]),
        ("'^abc$'", ["'abc\\n'"], ["abc\n"]),
        ("'^[a-z-[aeiou]]+$'", ["'xyz'", "'xaz'"], ["xaz"]),
        (r"'^\\i\\c*$'", ["'a-b'", "'-a'"], ["-a"]),
        ("'^http'", ["<http://e/a>", "'http'", "1"], ["1"]),
    ],
)
def test_4_4_3_patterns_and_flags_are_those_of_xpath(pattern: str, values: list[str], bad: list[str]) -> None:
    assert at_fault(f"sh:pattern {pattern}", *values) == bad


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("sh:pattern 'a' ; sh:flags 'z'", "a value of sh:flags with the flag 'z'; there are s, m, i, x, q"),
        ("sh:pattern 'a' ; sh:flags 'I'", "a value of sh:flags with the flag 'I'; there are s, m, i, x, q"),
        ("sh:pattern 'a)'", "a pattern that is no regular expression of XPath's: a closing bracket"),
        (r"sh:pattern '\\d' , 'a(?=b)'", "several values of sh:pattern"),
        (r"sh:pattern '\\p{Foo}'", "'Foo', which is no category or block of Unicode, at character 1"),
    ],
)  # fmt: skip
def test_4_4_3_a_malformed_pattern_or_an_unknown_flag_is_an_ill_formed_shape(shape: str, words: str) -> None:
    with pytest.raises(UnvalidatedError) as caught:
        of(shape, "'a'")
    assert any(words in notice.message for notice in caught.value.notices)


def test_4_4_3_what_is_wrong_with_a_pattern_is_said_at_its_place(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "data.ttl").write_text(HEADER + ":a :p 'a' .\n", encoding="utf-8")
    head = HEADER.replace("\n", " ") + "\n:S sh:targetNode :a ; sh:path :p ;\n"
    for shape, place, words in (
        ("sh:pattern 'a' ; sh:flags 'z' .", "3:27", "a value of sh:flags with the flag 'z'"),
        (r"sh:pattern 'a\\b' .", "3:12", r"\b, which is no escape (in other languages, the edge of a word)"),
    ):
        (tmp_path / "shapes.ttl").write_text(head + shape, encoding="utf-8")
        done = Amcc(tmp_path, cache)("validate", "data.ttl", "--shapes", "shapes.ttl")
        assert done.returncode == 2
        assert f"shapes.ttl:{place}: warning: The shape breaks SHACL's rules: " in done.stderr, done.stderr
        assert words in done.stderr


# ---- 4.4.4 ----


@pytest.mark.parametrize(
    ("ranges", "tag", "good"),
    [
        ("de-AT", "de-AT-1996", True),
        ("zh-Hans", "zh-Hans-CN", True),
        ("DE-at", "de-AT", True),
        ("de-DE", "de-Latn-DE", False),
        ("de", "den", False),
        ("de-AT", "de", False),
        ("*", "x-a", True),
        ("en' 'de", "de-CH", True),
    ],
)
def test_4_4_4_a_range_matches_by_basic_filtering(ranges: str, tag: str, good: bool) -> None:
    assert (at_fault(f"sh:languageIn ( '{ranges}' )", f"'f'@{tag}") == []) is good


TAGS = st.lists(st.sampled_from(["de", "at", "Latn", "en"]), min_size=1, max_size=3).map("-".join)


@given(TAGS, TAGS)
def test_4_4_4_a_range_matches_as_langmatches_does(tag: str, asked: str) -> None:
    query = f"ASK {{ FILTER(LANGMATCHES('{tag}', '{asked}')) }}"
    expected = bool(pyoxigraph.Store().query(query))
    assert (at_fault(f"sh:languageIn ( '{asked}' )", f"'f'@{tag}") == []) is expected


def test_4_4_5_only_true_itself_asks_for_unique_languages() -> None:
    assert of("sh:uniqueLang '1'^^xsd:boolean", "'x'@en", "'y'@en") == ()
    assert len(of("sh:uniqueLang true", "'x'@en", "'y'@en")) == 1


@pytest.mark.parametrize("number", ["+1", "01", "0000000000001"])
def test_4_2_1_a_count_is_any_form_of_an_integer(number: str) -> None:
    assert len(of(f"sh:maxCount '{number}'^^xsd:integer", "1", "2")) == 1
    assert len(of(f"sh:minLength '{number}'^^xsd:integer", "''", "'x'")) == 1
