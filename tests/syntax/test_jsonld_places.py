"""JSON-LD is read as the W3C's tests have it, and each term is found where it was written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from canonical_datasets import canonical
from hypothesis import given, settings
from hypothesis import strategies as st
from json_layouts import BASE, Writer
from pyld import jsonld as pyld
from rdflib import Dataset

from amcc_kg.syntax.reading import Source, Terms, json_text, jsonld, parse
from amcc_kg.syntax.reading.problems import Wrong
from amcc_kg.syntax.reading.tokens import Tokens

pytestmark = pytest.mark.usefixtures("literals_as_written")

FOLDER = Path(os.environ.get("AMCC_W3C", ""), "json-ld")
SITE = "https://w3c.github.io/json-ld-api/tests/"
# Not of the suite in the folder: its input is one of the suite for expansion.
ELSEWHERE = {"#ter56"}
LOADING = "loading remote context failed"  # said in words of this program, which loads nothing

seeds = st.integers(0, 2**32).map(Random)


def cases() -> list[dict[str, Any]]:
    if not os.environ.get("AMCC_W3C"):
        return []
    entries = json.loads((FOLDER / "toRdf-manifest.jsonld").read_text())["sequence"]
    # What a processor of JSON-LD 1.0 does otherwise is not asked of one of 1.1.
    return [case for case in entries if case.get("option", {}).get("specVersion") != "json-ld-1.0"]


CASES = cases()
CONTEXTS = {SITE + path.relative_to(FOLDER).as_posix(): path for path in FOLDER.glob("toRdf/**/*.jsonld")}
absent = pytest.mark.skipif(not CASES, reason="AMCC_W3C does not name the folder of the W3C's test suites")


# The W3C's tests


@absent
def test_the_suite_is_whole() -> None:
    assert len(CASES) == 456
    assert {case["@id"] for case in CASES if not (FOLDER / case["input"]).is_file()} == ELSEWHERE


@absent
@pytest.mark.parametrize(
    "case", [case for case in CASES if case["@id"] not in ELSEWHERE], ids=lambda case: case["@id"]
)
def test_w3c(case: dict[str, Any]) -> None:
    asked = case.get("option", {})
    expand = asked.get("expandContext") or case.get("expandContext")
    options = jsonld.Options(
        CONTEXTS,
        None if expand is None else json.loads((FOLDER / expand).read_text())["@context"],
        asked.get("processingMode", "json-ld-1.1"),
        asked.get("rdfDirection"),
        asked.get("produceGeneralizedRdf", False),
    )
    text = (FOLDER / case["input"]).read_text("utf-8")
    source = Source("", text, "json-ld", Terms(), asked.get("base", SITE + case["input"]))
    jsonld.read(source, Tokens(source, "f0"), options)
    if code := case.get("expectErrorCode"):
        ((_, message, _),) = source.problems
        assert ("is not fetched" if code == LOADING else code) in message
        return
    assert source.problems == ()
    if expected := case.get("expect"):
        assert canonical(_without_blank_verbs(source)) == canonical(_expected(FOLDER / expected))


def _expected(path: Path) -> Dataset:
    """Blank nodes as predicates, which no library reads, all become one IRI."""
    found = Dataset()
    found.parse(
        data=re.sub(r"(?m)^(\S+) _:\S+ ", r"\1 <urn:blank> ", path.read_text("utf-8")), format="nquads"
    )
    return found


def _without_blank_verbs(source: Source) -> Source:
    for row, number in enumerate(source.p):
        if source.terms.keys[number].startswith("_:"):
            source.p[row] = source.terms.intern("<urn:blank>")
    return source


# Where things are


def found(source: Source) -> list[tuple[tuple[str, int, int], ...]]:
    """The rows: of each term its key, if it has a name, and the characters that stand for it."""
    rows = []
    for row, names in enumerate(source.triples()):
        spans = [source.mark_span(column[row]) for column in (source.s_at, source.p_at, source.o_at)]
        named = ("_" if name.startswith("_:f0b") else name for name in names)
        rows.append(tuple((name, s.start, s.end) for name, s in zip(named, spans, strict=True)))
    return sorted(rows)


@settings(max_examples=400, deadline=None)
@given(seeds)
def test_each_term_of_each_statement_is_where_it_was_written(random: Random) -> None:
    writer = Writer(random)
    writer.document()
    source = parse(writer.text, "json-ld", base=BASE)
    assert (source.problems, source.remarks) == ((), [])
    assert found(source) == sorted(tuple((t[0], t[1], t[2]) for t in row) for row in writer.rows)


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_the_dataset_is_the_one_that_pyld_makes(random: Random) -> None:
    writer = Writer(random)
    writer.document()
    if "1E400" in writer.text:  # which it does not write as the canonical INF
        return
    theirs = pyld.to_rdf(json.loads(writer.text), {"base": BASE, "format": "application/n-quads"})
    assert canonical(parse(writer.text, "json-ld", base=BASE)) == canonical(theirs)


def source_of(context: object, rest: str, **named: Path) -> Source:
    return parse(f'{{"@context": {json.dumps(context)},\n{rest}}}', "json-ld", base="http://b/")


def test_a_named_graph_keeps_its_statements() -> None:
    text = '{"@id":"http://g","@graph":[{"@id":"http://a","http://p":1}],"http://q":2}'
    source = parse(text, "json-ld")
    graphs = {source.terms.keys[p]: source.graph(row) for row, p in enumerate(source.p)}
    assert graphs == {"<http://p>": "<http://g>", "<http://q>": None}


def test_a_language_tag_is_spelt_as_the_context_has_it() -> None:
    source = source_of({"@language": "de-AT"}, '"http://p": ["a", {"@value": "b", "@language": "DE-at"}]')
    assert [source.spelt(o, at) for o, at in zip(source.o, source.o_at, strict=True)] == [
        '"a"@de-AT',
        '"b"@DE-at',
    ]


def test_the_prefixes_are_the_terms_of_the_context_that_can_be_prefixes() -> None:
    scoped = {"@id": "http://e/name", "@context": {"inner": "http://inner/"}}
    source = source_of({"ex": "http://e/", "name": scoped}, '"ex:p": 1')
    assert source.prefixes == {"ex": "http://e/"}


def test_what_the_rules_leave_out_is_told_with_its_place() -> None:
    source = source_of({"ex": "http://e/"}, '"nmae": "x",\n"ex:p": {"@id": "http://e/a b"}')
    assert [(span.line, span.column, message) for span, message, _ in source.remarks] == [
        (2, 1, "`nmae` means nothing by the context, so what it says is left out"),
        (3, 17, "`http://e/a b` is no IRI, so what it says is left out"),
    ]
    assert len(source) == 0


# Contexts


def test_a_context_that_is_given_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "c.jsonld").write_text('{"@context": {"p": "http://e/p"}}')
    source = parse(
        '{"@context": "http://c/", "p": 1}', "json-ld", contexts={"http://c/": tmp_path / "c.jsonld"}
    )
    assert source.find(p=None, o='"1"^^<http://www.w3.org/2001/XMLSchema#integer>')
    assert source.written(source.p_at[0]) == '"p"'


def test_a_context_that_is_not_given_is_an_error_at_its_place() -> None:
    source = parse('{"@context": [{},\n  "http://c/"], "p": 1}', "json-ld")
    ((span, message, _),) = source.problems
    assert (span.line, span.column) == (2, 3)
    assert message == "the context <http://c/> is not fetched; give it with --context http://c/=FILE"


def test_a_context_beside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "c.jsonld").write_text('{"@context": {"p": "http://e/p"}}')
    base = (tmp_path / "data.jsonld").as_uri()
    assert len(parse('{"@context": "c.jsonld", "p": 1}', "json-ld", base=base)) == 1
    ((_, message, _),) = parse('{"@context": "d.jsonld", "p": 1}', "json-ld", base=base).problems
    assert f"the context <{tmp_path.as_uri()}/d.jsonld> is no file" in message


def test_a_mistake_in_a_given_context_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonld"
    path.write_text('{"@context":\n {"p": }}')
    source = parse('{"@context": "http://c/", "p": 1}', "json-ld", contexts={"http://c/": path})
    ((span, message, _),) = source.problems
    assert (span.line, span.column) == (1, 14)
    assert message.startswith(f"{path}:2:8: expected a value")


# What is wrong


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('{"a": 1,}', 1, 9, "JSON has no comma behind the last one"),
        ('{"a": 1,\n "a": 2}', 2, 2, "the key `a` stands in this object before"),
        ('{"a": "x\n"}', 1, 7, "does not end on its line"),
        ('{"a": "\\x"}', 1, 8, "is no escape"),
        ('{"http://a": "\\ud800"}', 1, 15, "half a character"),
        ('{"a": 01}', 1, 7, "expected a value, found `01`"),
        ('{"a": NaN}', 1, 7, "expected a value, found `NaN`"),
        ('{"a": 1} x', 1, 10, "expected the end of the file"),
        ("", 1, 1, "expected a value, found the end of the file"),
        ('{"@id":\n 1}', 2, 2, "invalid @id value"),
        ('{"http://a":\n {"@value": "x", "@language": 1}}', 2, 31, "invalid language-tagged string"),
        ('{"@context": {"p":\n {"@id": "http://p", "@type": "x y"}}, "p": 1}', 1, 15, "invalid type mapping"),
        ('{"@context": {"p": {"@id": "http://p",\n "@context": {"q": 1}}}}', 2, 15, "invalid scoped"),
    ],
)
def test_a_mistake_has_its_place(text: str, line: int, column: int, message: str) -> None:
    ((span, said, hint),) = parse(text, "json-ld").problems
    assert (span.line, span.column) == (line, column)
    assert message in f"{said}; {hint}"


def test_a_document_that_is_nested_too_deeply_is_one_line() -> None:
    for depth in (500, 20_000):
        source = parse('{"http://a":' * depth + "1" + "}" * depth, "json-ld")
        ((span, message, _),) = source.problems
        assert span.column > 100
        assert "nested too deeply" in message or "within each other" in message


@settings(max_examples=200, deadline=None)
@given(seeds, st.integers(0, 2000), st.text(max_size=4))
def test_no_damage_makes_the_reader_stumble(random: Random, at: int, text: str) -> None:
    writer = Writer(random)
    writer.document()
    whole = writer.text
    damaged = whole[:at] + text.encode("utf-8", "replace").decode() + whole[at + random.randint(0, 9) :]
    source = parse(damaged, "json-ld", base=BASE)
    for row in range(len(source)):
        for column in (source.s_at, source.p_at, source.o_at):
            assert source.term_span(column[row]).end > column[row]
    for span, message, _ in (*source.problems, *source.remarks):
        assert span.start <= span.end <= len(damaged)
        assert "\n" not in message


# JSON by itself


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(json_values, st.booleans(), st.sampled_from([None, 0, 2]))
def test_json_is_read_as_the_standard_library_reads_it(value: Any, ascii: bool, indent: int | None) -> None:
    try:
        text = json.dumps(value, ensure_ascii=ascii, indent=indent)
        text.encode()
    except UnicodeEncodeError:
        return
    assert json_text.Reader(text).document() == json.loads(text)


@settings(max_examples=300, deadline=None)
@given(st.text('{}[]:,"\\u019eE.-+ntrufalse \n', max_size=12))
def test_no_json_that_the_standard_library_refuses_is_read(text: str) -> None:
    def refused(read: Callable[[str], object], error: type[Exception]) -> bool:
        try:
            read(text)
        except error:
            return True
        return False

    mine = refused(lambda text: json_text.Reader(text).document(), Wrong)
    assert mine or not refused(json.loads, ValueError)
