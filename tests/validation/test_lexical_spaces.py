"""Which forms of which datatypes are well-formed: by tables of XML Schema 1.1's text, and by properties."""

from __future__ import annotations

import base64
import json
from datetime import date
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import RDF, XSD
from amcc_kg.validation.shapes import literals

XSD_FORMS = {
    # XSD 1.1 part 2, 3.3.2: no other words, no other case.
    "boolean": ("true false 1 0", "TRUE True yes 01 +1"),
    # 3.4.13: digits are those of ASCII; no blanks, no underscores, no point.
    "integer": (f"0 -0 +5 007 {'9' * 5000}", "1_000 ٣ 5.0 1e3 --5 0x10 + -"),
    "long": (f"{2**63 - 1} {-(2**63)} +00{2**63 - 1}", f"{2**63} {-(2**63) - 1} {'9' * 5000}"),
    "int": (f"{2**31 - 1} {-(2**31)}", f"{2**31} {-(2**31) - 1}"),
    "short": ("32767 -32768", "32768 -32769"),
    "byte": ("127 -128 -0128", "128 -129"),
    "unsignedLong": (f"{2**64 - 1} 0 -0", f"{2**64} -1"),
    "unsignedInt": (f"{2**32 - 1}", f"{2**32} -1"),
    "unsignedShort": ("65535", "65536"),
    "unsignedByte": ("255 +255", "256"),
    "nonNegativeInteger": (f"0 -0 {'9' * 5000}", f"-1 -{'9' * 5000}"),
    "positiveInteger": ("1 +1", "0 -1"),
    "nonPositiveInteger": ("0 -1", "1"),
    "negativeInteger": ("-1", "0 -0 1"),
    # 3.3.3: no exponent, no INF.
    "decimal": ("1 1. .5 -0.50 +1.0 00.1", "1e3 1,5 . INF NaN 1_0.0 ٣.0"),
    # 3.3.4, 3.3.5: INF and NaN as they are written there; +INF since 1.1.
    "double": (
        "1 1. .5E-7 1e999 INF +INF -INF NaN 1E+3",
        "inf nan Infinity 1e 1_0e1 1.0f .e1 +NaN -NaN 1e1.5",
    ),
    "float": ("1 1. .5E-7 1e999 INF +INF -INF NaN", "inf nan Infinity -nan 0x1p3 1e 1d"),
    # 3.3.7: years of any length, BCE and 0; 24:00:00; zones to 14:00; a fraction of any length.
    "dateTime": (
        "2024-01-01T10:00:00.123456789Z 2024-01-01T24:00:00 2024-01-01T24:00:00.000 12024-01-01T10:00:00"
        " -0044-03-15T00:00:00 0000-01-01T00:00:00 2024-01-01T10:00:00+14:00 2024-01-01T00:00:00-00:00"
        f" 2024-02-29T00:00:00 0000-02-29T00:00:00 -0004-02-29T00:00:00 {'9' * 5000}6-02-29T00:00:00",
        "2024-01-01 2024-01-01T10:00 2024-01-01T10 20240101T100000 2024-W01-1T10:00:00"
        " 2024-01-01T10:00:00+15:00 2024-01-01T10:00:00+14:01 2024-01-01T10:00:00+0100 2024-1-1T10:00:00"
        " 2024-01-01T10:00:60 2024-01-01t10:00:00 2024-01-01T10:00:00z 2024-13-01T10:00:00"
        " 2024-01-01T10:00:00,5 2024-01-01T10:00:00. 2024-01-01T24:00:01 2024-01-01T24:00:00.5"
        " 2023-02-29T00:00:00 2100-02-29T00:00:00 2024-04-31T00:00:00 012024-01-01T10:00:00"
        " +2024-01-01T10:00:00 24-01-01T10:00:00 2024-00-01T10:00:00 2024-01-00T10:00:00"
        " -2100-02-29T00:00:00",
    ),
    "dateTimeStamp": ("2024-01-01T10:00:00Z 2024-01-01T10:00:00-14:00", "2024-01-01T10:00:00 2024-01-01Z"),
    "date": (
        "2024-02-29 2024-01-01Z 2024-01-01-05:30 -0001-01-01 123456-12-31 0000-02-29",
        "2023-02-29 1900-02-29 2024-01-01T00:00:00 24-01-01 2024-1-1 01.02.2024 2024-12-32 2024-01-01+5",
    ),
    "time": (
        "10:00:00 24:00:00 00:00:00.0001 23:59:59Z 10:00:00+01:00",
        "10:00 24:00:01 25:00:00 10:00:60 T10:00:00",
    ),
    "gYearMonth": ("2024-02 -0001-12Z", "2024-13 24-02 2024"),
    "gYear": ("2024 -0044 12024 0000 2024Z 2024+14:00", "24 02024 +2024 2024-01"),
    # 3.3.12: a day that some year has.
    "gMonthDay": ("--02-29 --12-31Z", "--02-30 --04-31 --13-01 02-29"),
    "gDay": ("---01 ---31Z", "---32 --01 31"),
    "gMonth": ("--01 --12Z", "--13 --1 --01--"),
    # 3.3.6: at least one field, at least one behind T, digits on both sides of the point.
    "duration": (
        "P1Y P1M P1D PT1H PT1M PT1S PT1.5S -P1Y2M3DT4H5M6.7S P0D P400000000000Y PT36H",
        "P PT P1YT 1Y P1S P-1Y PT1.S PT.5S P1H P1D1M P1.5D -PT P1Y1Y +P1Y",
    ),
    "yearMonthDuration": ("P1Y P1M -P1Y2M", "P P1D P1YT1S P1Y1D"),
    "dayTimeDuration": ("P1D PT1S -P1DT1H P0D", "P P1Y P1M P1DT PT"),
    "hexBinary": ("0FB7 ff 00", "F 0x0F GG 0F0"),
    "base64Binary": ("Zg== Zm8= Zm9v Zm9vYg==", "Zg= Zg Zh== Zm9= === Zm9v= Z=g= Zm_v"),
    "anyURI": ("http://e/ue/ä x:{} ../a %%", ""),
    "language": ("en de-AT-1996 x-klingon i-navajo", "en_GB de- 1de abcdefghi en-123456789 ä"),
    "Name": ("a:b _a :x é a.b-c·", "1a -a .a"),
    "NCName": ("ab _a é a.b-c", "a:b 1a -a"),
    "NMTOKEN": ("1a -a a:b", "a/b a#"),
    "ID": ("a", "1 a:b"),
    "IDREF": ("a", "1"),
    "ENTITY": ("a", "1"),
    "QName": ("a a:b", "a:b:c :a a: 1:a"),
    "token": ("a", ""),
}

NO_JSON = (
    "",
    "NaN",
    "01",
    "1.",
    "{'a':1}",
    "[1,]",
    '{"a":1,}',
    "[1 2]",
    '"\t"',
    "[1}",
    "1 1",
    "][",
    "[]]",
    "{1:2}",
)


def conforms(form: str, name: str) -> bool:
    return literals.conforms(keys.literal(form, None, name), name)


@pytest.mark.parametrize("name", XSD_FORMS)
def test_forms_are_those_of_xml_schema_1_1(name: str) -> None:
    good, bad = ([form for form in forms.split(" ") if form] for forms in XSD_FORMS[name])
    assert [form for form in good if not conforms(form, f"{XSD}{name}")] == []
    assert [form for form in bad if conforms(form, f"{XSD}{name}")] == []


@pytest.mark.parametrize("name", sorted({*XSD_FORMS} - {"anyURI", "token", "hexBinary", "base64Binary"}))
def test_no_white_space_is_stripped_and_nothing_is_no_form(name: str) -> None:
    # RDF 1.1 Concepts 3.3: the lexical form itself is in the lexical space.
    good = XSD_FORMS[name][0].split(" ")[0]
    forms = ("", f" {good}", f"{good} ", f"{good}\n", f"\t{good}", f"{good}\xa0")
    assert [form for form in forms if conforms(form, f"{XSD}{name}")] == []


@pytest.mark.parametrize(
    ("datatype", "form", "good"),
    [
        (f"{XSD}string", "a\tb\n ", True),
        # RDF 1.1 Semantics 7: what is no character of XML's is in no string.
        (f"{XSD}string", "a\x00", False),
        (f"{XSD}string", "\x08", False),
        (f"{XSD}string", "\ufffe", False),
        (f"{XSD}string", "\U0001f600\x85\xad", True),
        (f"{XSD}anyURI", "", True),
        (f"{XSD}normalizedString", " a  b ", True),
        (f"{XSD}normalizedString", "a\tb", False),
        (f"{XSD}token", "", True),
        (f"{XSD}token", "a b", True),
        (f"{XSD}token", "a  b", False),
        (f"{XSD}token", " a", False),
        (f"{XSD}NMTOKENS", "a 1b", True),
        (f"{XSD}NMTOKENS", "a  b", False),
        (f"{XSD}NMTOKENS", "", False),
        (f"{XSD}IDREFS", "a b", True),
        (f"{XSD}ENTITIES", "a 1", False),
        (f"{XSD}hexBinary", "", True),
        (f"{XSD}base64Binary", "", True),
        (f"{XSD}base64Binary", "Zm9v Ym Fy", True),
        (f"{XSD}base64Binary", "Zm9v  YmFy", False),
        (f"{XSD}base64Binary", " Zm9v", False),
        # RDF 1.1 Concepts 3.3: a literal of rdf:langString has a language tag.
        (f"{RDF}langString", "z", False),
        (f"{RDF}dirLangString", "z", False),
        (f"{RDF}HTML", "<p>x", True),
        (f"{RDF}XMLLiteral", "", True),
        (f"{RDF}XMLLiteral", "a <b xmlns='urn:x'>c</b>&amp;<!-- d --><?e f?>", True),
        (f"{RDF}XMLLiteral", "<b>", False),
        (f"{RDF}XMLLiteral", "&nbsp;", False),
        (f"{RDF}XMLLiteral", "</x><x>", False),
        (f"{RDF}XMLLiteral", "<p:b/>", False),
        (f"{RDF}XMLLiteral", "<?xml version='1.0'?><a/>", False),
        (f"{RDF}XMLLiteral", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", False),
        (f"{RDF}JSON", ' {"a": [1, -0.5e3, true, null, "\\u00e4"], "b": {}} ', True),
        (f"{RDF}JSON", "[" * 100_000 + "]" * 100_000, True),
        (f"{RDF}JSON", "1" * 5000, True),
        *((f"{RDF}JSON", text, False) for text in NO_JSON),
        # What nobody has a grammar for is well-formed.
        ("http://e/own", "", True),
        (f"{XSD}anyType", "x", True),
    ],
)  # fmt: skip
def test_a_form_is_held_to_its_grammar(datatype: str, form: str, good: bool) -> None:
    assert literals.conforms(keys.literal(form, None, datatype), datatype) is good


def test_a_tag_makes_a_language_string_and_nothing_else() -> None:
    assert literals.conforms('"a"@en', f"{RDF}langString")
    assert not literals.conforms('"a"@en--ltr', f"{RDF}langString")
    assert literals.conforms('"a"@en--ltr', f"{RDF}dirLangString")
    for key in ('"a"@en', "<http://e/a>", "_:a", f'"1"^^<{XSD}int>'):
        assert not literals.conforms(key, f"{XSD}string")
        assert not literals.conforms(key, f"{XSD}integer")


@given(st.integers())
def test_every_integer_is_one_and_in_the_bounds_of_its_datatype(number: int) -> None:
    for name, (low, high) in literals.INTEGERS.items():
        within = (low is None or low <= number) and (high is None or number <= high)
        assert conforms(str(number), f"{XSD}{name}") is within
    assert conforms(f"{number}.0", f"{XSD}decimal")


@given(st.dates(), st.integers(1, 99))
def test_every_date_is_one_and_the_day_after_a_month_s_last_is_none(day: date, cycles: int) -> None:
    # After 400 years the calendar is the same.
    later = f"{day.year + cycles * 400:04}{day.isoformat()[4:]}"
    assert conforms(day.isoformat(), f"{XSD}date")
    assert conforms(later, f"{XSD}date")
    for number in range(29, 32):
        try:
            day.replace(day=number)
        except ValueError:
            assert not conforms(f"{day.isoformat()[:8]}{number}", f"{XSD}date")
            assert not conforms(f"{later[:-2]}{number}T00:00:00", f"{XSD}dateTime")


@given(st.binary())
def test_every_octets_have_forms(octets: bytes) -> None:
    assert conforms(octets.hex(), f"{XSD}hexBinary")
    assert conforms(base64.b64encode(octets).decode(), f"{XSD}base64Binary")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Cs"])))
def test_every_text_is_a_string_and_escaped_xml_and_html(text: str) -> None:
    assert literals.conforms(keys.literal(text), f"{XSD}string")
    assert conforms(escape(text), f"{RDF}XMLLiteral")
    assert conforms(text, f"{RDF}HTML")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.data())
def test_json_is_what_python_s_reader_takes_for_json(value: object, data: st.DataObject) -> None:
    text = json.dumps(value)
    assert conforms(text, f"{RDF}JSON")
    at = data.draw(st.integers(0, len(text)))
    broken = text[:at] + data.draw(st.sampled_from('[]{},:"0a \\')) + text[at:]
    try:
        json.loads(broken)
    except ValueError:
        assert not conforms(broken, f"{RDF}JSON")
    else:
        assert conforms(broken, f"{RDF}JSON")
