"""RDF/XML: each term is found where it was written. (`test_positions_w3c` runs the W3C's tests.)"""

from __future__ import annotations

from random import Random

import pytest
from canonical_datasets import canonical
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Dataset
from xml_layouts import BASE, Writer

from amcc_kg.syntax.reading import Source, parse
from amcc_kg.syntax.reading.rdfxml import MAX_DEPTH

pytestmark = pytest.mark.usefixtures("literals_as_written")

seeds = st.integers(0, 2**32).map(Random)

HEAD = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://e/">\n'


def body(text: str, head: str = "") -> Source:
    return parse(f"{head}{HEAD}{text}\n</rdf:RDF>", "xml", base="http://b/")


def problem(source: Source) -> tuple[int, int, str]:
    span, message, hint = source.problems[0]
    return span.line, span.column, f"{message}; {hint}" if hint else message


# Where things are


def found(source: Source) -> list[tuple[tuple[str, int, int], ...]]:
    """The rows: of each term its key, if it has a name, and the characters that stand for it."""
    rows = []
    for row, names in enumerate(source.triples()):
        spans = [source.term_span(column[row]) for column in (source.s_at, source.p_at, source.o_at)]
        named = ("_" if name.startswith("_:f0b") else name for name in names)
        rows.append(tuple((name, s.start, s.end) for name, s in zip(named, spans, strict=True)))
    return sorted(rows)


@settings(max_examples=400, deadline=None)
@given(seeds)
def test_each_term_of_each_statement_is_where_it_was_written(random: Random) -> None:
    writer = Writer(random)
    writer.document()
    source = parse(writer.text, "xml", base=BASE)
    assert source.problems == ()
    assert found(source) == sorted(tuple((t[0], t[1], t[2]) for t in row) for row in writer.rows)


@settings(max_examples=200, deadline=None)
@given(seeds)
def test_the_graph_is_the_one_that_rdflib_reads(random: Random) -> None:
    writer = Writer(random, for_rdflib=True)
    writer.document()
    theirs = Dataset()
    theirs.parse(data=writer.text, format="xml", publicID=BASE)
    assert canonical(parse(writer.text, "xml", base=BASE)) == canonical(theirs)


def test_what_an_entity_brings_stands_at_the_reference() -> None:
    head = "<!DOCTYPE rdf:RDF [<!ENTITY n \"<ex:T rdf:about='http://e/x'><ex:p>v</ex:p></ex:T>\">]>"
    source = body("<ex:A><ex:q>&n;</ex:q></ex:A>", head)
    (row,) = source.find(p="<http://e/p>", s="<http://e/x>")
    for column in (source.s_at, source.p_at, source.o_at):
        assert source.written(column[row]) == "&n;"


def test_an_attribute_that_the_documents_type_adds_stands_at_the_elements_name() -> None:
    head = '<!DOCTYPE rdf:RDF [<!ATTLIST ex:A ex:p CDATA "v">]>'
    source = body('<ex:A rdf:about="http://e/x"/>', head)
    (row,) = source.find(p="<http://e/p>", s="<http://e/x>")
    assert source.written(source.p_at[row]) == source.written(source.o_at[row]) == "ex:A"


def test_a_language_tag_is_spelt_as_the_element_that_states_it_has_it() -> None:
    source = body('<ex:A xml:lang="de-AT"><ex:p>a</ex:p><ex:q xml:lang="DE-at">b</ex:q></ex:A>')
    rows = [row for row in range(len(source)) if source.terms.keys[source.o[row]].endswith("@de-at")]
    assert [source.spelt(source.o[row], source.o_at[row]) for row in rows] == ['"a"@de-AT', '"b"@DE-at']


def test_offsets_count_characters_in_a_text_of_many_bytes() -> None:
    source = body('<ex:A rdf:about="http://e/é𐐀"><ex:é漢>𐐀é</ex:é漢></ex:A>')
    row = len(source) - 1
    written = [source.written(column[row]) for column in (source.s_at, source.p_at, source.o_at)]
    assert written == ['"http://e/é𐐀"', "ex:é漢", "𐐀é"]


# What is wrong


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('<ex:A about="x" foo="y"/>', 2, 17, "`foo` is in no namespace"),
        ("<A/>", 2, 2, "`A` is in no namespace"),
        ('<ex:A rdf:about="a b"/>', 2, 17, "cannot hold a space"),
        ('<ex:A><ex:p xml:lang="en_US">x</ex:p></ex:A>', 2, 22, "`en_US` is no language tag"),
        ("<ex:A>\n  stray</ex:A>", 3, 3, "text cannot stand here"),
        ("<ex:A><ex:p>text <ex:B/></ex:p></ex:A>", 2, 13, "text cannot stand here"),
        ("<ex:A><ex:p><ex:B/><ex:C/></ex:p></ex:A>", 2, 20, "a second value"),
        ('<ex:A><ex:p rdf:resource="x"><ex:B/></ex:p></ex:A>', 2, 31, "has its value in an attribute"),
        ("<ex:A></ex:B>", 2, 9, "expected `</ex:A>` for line 2"),
        ("<ex:A>&no;</ex:A>", 2, 7, "undefined entity"),
        ('<ex:A rdf:ID="x"/><ex:A rdf:ID="x"/>', 2, 32, "`x` was an `rdf:ID` before"),
    ],
)
def test_a_mistake_has_its_place(text: str, line: int, column: int, message: str) -> None:
    found = problem(body(text))
    assert found[:2] == (line, column)
    assert message in found[2]


def test_a_mistake_costs_its_element_and_no_other() -> None:
    source = body('<ex:A foo="1"><ex:p>lost</ex:p></ex:A>\n<ex:B rdf:about="x"/>\n<ex:C foo="1"/>')
    assert [span.line for span, _, _ in source.problems] == [2, 4]
    assert len(source) == 1


def test_an_unfinished_document_says_what_is_open() -> None:
    assert problem(parse(f"{HEAD}<ex:A>", "xml"))[2].startswith(
        "expected `</ex:A>` for line 2, found the end"
    )


def test_what_is_declared_elsewhere_is_a_mistake_where_it_is_used() -> None:
    for head in (
        '<!DOCTYPE rdf:RDF SYSTEM "http://e/x.dtd">',
        '<!DOCTYPE rdf:RDF SYSTEM "file:///etc/x.dtd" [<!ENTITY b "c">]>',
        '<!DOCTYPE rdf:RDF [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ):
        source = body("<ex:A><ex:p>&a;</ex:p></ex:A>", head)
        assert problem(source)[:2] == (2, 13)
        assert "not declared in this file" in problem(source)[2]
    source = body('<ex:A rdf:about="&a;"/>', '<!DOCTYPE rdf:RDF SYSTEM "http://e/x.dtd">')
    assert problem(source)[:2] == (2, 18)


# Limits


def test_entities_that_grow_without_bounds_are_refused_in_one_line() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    source = body("<ex:A><ex:p>&e11;</ex:p></ex:A>", f'<!DOCTYPE rdf:RDF [<!ENTITY e0 "lol">{entities}]>')
    assert len(source.problems) == 1
    assert "entities that grow beyond all bounds" in problem(source)[2]


def test_triple_terms_that_are_nested_too_deeply_are_one_line() -> None:
    opening = '<ex:A><ex:p rdf:parseType="Triple" rdf:version="1.2">'
    inner = "<rdf:Description><ex:p rdf:parseType='Triple'>" * 200
    source = body(opening + inner + "</ex:p></rdf:Description>" * 200 + "</ex:p></ex:A>")
    assert "more than 100 triple terms within each other" in problem(source)[2]


@pytest.mark.parametrize("literal", [False, True])
def test_elements_that_are_nested_too_deeply_are_one_line(literal: bool) -> None:
    opening = '<ex:A rdf:about="a"><ex:p rdf:parseType="Literal">' if literal else ""
    source = parse(HEAD + opening + "<ex:A><ex:p>" * MAX_DEPTH, "xml")
    assert len(source.problems) == 1
    assert problem(source)[2].startswith(f"more than {MAX_DEPTH} elements within each other")


@pytest.mark.parametrize("mark", ["\xa8", "\u2028", "\U00010000", "\x00", "\ud800"])
def test_a_character_where_there_may_be_none_is_named_where_it_stands(mark: str):
    for before in ("", "<"):
        ((span, _, _),) = parse(f"{before}{mark}a/>", "xml", base=BASE).problems
        assert (span.line, span.column) == (1, 1 + len(before))


@settings(max_examples=300, deadline=None)
@given(seeds, st.integers(0, 2000), st.text(max_size=4))
def test_no_damage_makes_the_reader_stumble(random: Random, at: int, text: str) -> None:
    writer = Writer(random)
    writer.document()
    whole = writer.text
    damaged = whole[:at] + text.encode("utf-8", "replace").decode() + whole[at + random.randint(0, 9) :]
    source = parse(damaged, "xml", base=BASE)
    for row in range(len(source)):
        for column in (source.s_at, source.p_at, source.o_at):
            assert source.term_span(column[row]).end > column[row]
    for span, message, _ in source.problems:
        assert span.start <= span.end <= len(damaged)
        assert "\n" not in message
