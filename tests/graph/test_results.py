"""Answers: walked through as rows, written in the standard formats, safe as HTML."""

from __future__ import annotations

import csv
import io
import json
import pickle
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import rdflib
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)
from rdflib.query import Result as RdflibResult

import amcc_kg
from amcc_kg.graph import answers
from amcc_kg.graph.answers import ASK, GRAPH, SELECT, Result
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

ROOT = Path(__file__).parents[2]
INTEGER = NamedNode(f"{prefixes.XSD}integer")
EVENT = NamedNode(f"{prefixes.BASE}event/tea")
ROWS = Result(
    SELECT,
    ("thing", "note"),
    (
        (EVENT, Literal('a "b", c|d\n<script>', language="en")),
        (NamedNode("http://e/&x"), Literal("3", datatype=INTEGER)),
        (BlankNode("n"), None),
    ),
)
YES = Result(ASK, boolean=True)
GRAPH_OF_TWO = Result(
    GRAPH,
    triples=(
        Triple(EVENT, NamedNode(f"{prefixes.ONTOLOGY}guests"), Literal("3", datatype=INTEGER)),
        Triple(EVENT, NamedNode(f"{prefixes.RDFS}label"), Literal("tea")),
    ),
)


def test_a_row_is_read_by_name_index_and_as_a_mapping() -> None:
    first, *_, last = list(ROWS)
    assert first.thing == first["thing"] == first[0] == EVENT
    assert dict(last) == {"thing": BlankNode("n"), "note": None}
    assert len(first) == 2
    assert list(first) == list(ROWS[0])
    with pytest.raises(AttributeError, match="the columns are thing, note"):
        _ = first.nothing
    with pytest.raises(KeyError):
        _ = first["nothing"]
    with pytest.raises(InputError) as caught:
        _ = first["thin"]
    assert str(caught.value) == "no column 'thin'; did you mean 'thing'?; the columns are thing, note"


def test_csv_is_that_of_the_standard() -> None:
    text = ROWS.to_string("csv")
    assert text.startswith("thing,note\r\n")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["thing", "note"],
        [f"{prefixes.BASE}event/tea", 'a "b", c|d\n<script>'],
        ["http://e/&x", "3"],
        ["_:n", ""],
    ]


@pytest.mark.parametrize(
    ("name", "format"),
    [("json", QueryResultsFormat.JSON), ("xml", QueryResultsFormat.XML), ("tsv", QueryResultsFormat.TSV)],
)
def test_what_is_written_is_read_back_by_the_engine(name: str, format: QueryResultsFormat) -> None:
    answer = parse_query_results(ROWS.to_string(name), format)
    assert [v.value for v in answer.variables] == ["thing", "note"]
    back = [tuple(solution) for solution in answer]
    assert back[:2] == list(ROWS.solutions[:2])
    assert back[2][1] is None


@pytest.mark.parametrize("name", ["json", "xml"])
def test_what_is_written_is_read_back_by_rdflib(name: str) -> None:
    for result in (ROWS, YES):
        back = RdflibResult.parse(io.BytesIO(result.to_string(name).encode()), format=name)
        assert back.askAnswer if result is YES else len(back) == 3


def test_a_table_is_aligned_and_one_line_a_row() -> None:
    lines = ROWS.to_string("table").splitlines()
    assert lines[0].split() == ["thing", "note"]
    assert len(lines) == 5
    assert lines[2].startswith("event:tea  ")
    assert lines[2].index('a "b"') == lines[0].index("note")
    assert str(ROWS) == "\n".join(lines)


def test_a_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    long = Result(SELECT, ("a", "b"), ((Literal("word " * 40), EVENT),))
    monkeypatch.setenv("NO_COLOR", "1")
    text = answers.write(long, "table", width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert "\x1b" not in text
    assert "event:tea" in text


def test_a_row_becomes_a_record_where_columns_would_break_words(monkeypatch: pytest.MonkeyPatch) -> None:
    names = tuple(f"column{n}" for n in range(8))
    wide = Result(SELECT, names, ((EVENT,) * 8, (Literal("unbreakable-" * 3),) * 8))
    monkeypatch.setenv("NO_COLOR", "1")
    text = answers.write(wide, "table", width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert text.count("event:tea") == 8
    assert text.count("unbreakable-" * 3) == 8


def test_markdown_escapes_what_would_break_its_table() -> None:
    lines = ROWS.to_string("markdown").splitlines()
    assert lines[1] == "| --- | --- |"
    assert lines[2] == '| event:tea | a "b", c\\|d \\<script> |'


def test_html_is_escaped() -> None:
    text = ROWS._repr_html_()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert 'href="http://e/&amp;x"' in text
    ElementTree.fromstring(text)


def test_turtle_of_rows_is_a_result_set() -> None:
    graph = rdflib.Graph().parse(data=ROWS.to_string("turtle"), format="turtle")
    rs = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
    assert {str(v) for v in graph.objects(None, rs.resultVariable)} == {"thing", "note"}
    assert len(list(graph.subject_objects(rs.binding))) == 5
    yes = rdflib.Graph().parse(data=YES.to_string("turtle"), format="turtle")
    assert list(yes.objects(None, rs.boolean)) == [rdflib.Literal(True)]


@pytest.mark.parametrize("name", ["turtle", "ntriples", "json", "xml"])
def test_a_graph_is_written_as_rdf(name: str) -> None:
    text = GRAPH_OF_TWO.to_string(name)
    names = {"ntriples": "nt", "json": "json-ld"}
    assert len(rdflib.Graph().parse(data=text, format=names.get(name, name))) == 2
    if name == "turtle":
        assert {line for line in text.splitlines() if line.startswith("@prefix")} == {
            f"@prefix amcc: <{prefixes.ONTOLOGY}> .",
            f"@prefix event: <{prefixes.BASE}event/> .",
            f"@prefix rdfs: <{prefixes.RDFS}> .",
        }
        assert set(parse(text, RdfFormat.TURTLE)) == set(
            parse(GRAPH_OF_TWO.to_string("ntriples"), RdfFormat.TURTLE)
        )


@pytest.mark.parametrize(
    ("result", "format", "fitting"),
    [
        (YES, "csv", "table, json, xml, turtle"),
        (GRAPH_OF_TWO, "csv", "json, xml"),
        (ROWS, "ntriples", "table, csv, tsv, json, xml, markdown, turtle"),
    ],
)
def test_a_format_that_does_not_fit_names_those_that_do(result: Result, format: str, fitting: str) -> None:
    with pytest.raises(InputError, match=fitting):
        result.to_string(format)


def test_every_format_is_known_for_some_kind() -> None:
    for format in answers.FORMATS:
        assert any(format in answers._WRITERS[kind] for kind in (SELECT, ASK, GRAPH))
    with pytest.raises(InputError, match="unknown format"):
        ROWS.to_string("pdf")


def test_pandas_gets_plain_values() -> None:
    pandas = pytest.importorskip("pandas")
    frame = ROWS.to_pandas()
    assert list(frame.columns) == ["thing", "note"]
    assert frame.note[1] == 3
    assert pandas.isna(frame.note[2])
    assert GRAPH_OF_TWO.to_pandas().shape == (2, 3)


def _typed(*texts: str) -> Result:
    """Return an answer of one column, each value given as `text^^type`, an empty text for unbound."""
    pairs = (text.split("^^") for text in texts)
    terms = [Literal(p[0], datatype=NamedNode(f"{prefixes.XSD}{p[1]}")) if p[0] else None for p in pairs]
    return Result(SELECT, ("x",), tuple((term,) for term in terms))


@pytest.mark.parametrize(
    ("texts", "dtype", "first"),
    [
        (["2018-09-19^^date", "2018-09-19T10:00:00^^dateTime", ""], "datetime64", "2018-09-19 00:00:00"),
        (["2018-09-19Z^^date", "2018-09-19T10:00:00Z^^dateTime"], "datetime64", "2018-09-19 00:00:00+00:00"),
        (["2018-09-19^^date", "2018-09^^gYearMonth"], "", "2018-09-19"),
        (["2018-09-19^^date", "2018-09-19Z^^date"], "", "2018-09-19"),
        (["-99999999999-03-15^^date"], "", "-99999999999-03-15"),
        (["3^^integer", ""], "Int64", "3"),
        (["3^^integer", "4^^integer"], "Int64", "3"),
        (["99999999999999999999^^integer"], "object", "99999999999999999999"),
        (["3^^integer", "1.5^^decimal"], "float64", "3.0"),
        (["true^^boolean", ""], "boolean", "True"),
        (["true^^boolean", "1^^integer"], "object", "True"),
        ([""], "object", "None"),
    ],
)
def test_a_column_of_pandas_has_the_type_that_all_its_values_have(texts, dtype: str, first: str) -> None:
    pytest.importorskip("pandas")
    column = _typed(*texts).to_pandas().x
    assert str(column.dtype).startswith(dtype)
    assert str(column[0]) == first
    assert int(column.isna().sum()) == texts.count("")


def test_one_page_is_shown_and_the_rest_counted() -> None:
    many = Result(SELECT, ("n",), tuple((Literal(n),) for n in range(138)))
    assert repr(many).splitlines()[-2:] == ["19", "… 118 more rows"]
    assert "<td>19</td>" in many._repr_html_()
    assert many._repr_html_().endswith("<p>… 118 more rows</p>")
    assert "<td>20</td>" not in many._repr_html_()
    assert len(str(many).splitlines()) == 140
    assert "more" not in repr(many.head(20)) + many.head(20)._repr_html_()
    assert repr(YES) == "true"
    assert repr(GRAPH_OF_TWO).startswith("subject")


def test_answers_are_pickled() -> None:
    for answer in (ROWS, YES, GRAPH_OF_TWO):
        assert pickle.loads(pickle.dumps(answer)) == answer
    assert pickle.loads(pickle.dumps(list(ROWS))) == list(ROWS)


def test_without_pandas_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match=r"amcc-kg\[pandas\]"):
        ROWS.to_pandas()


def test_yes_and_no_are_truth_values() -> None:
    assert YES
    assert not Result(ASK, boolean=False)
    assert YES.to_string() == "true\n"
    assert json.loads(YES.to_string("json")) == {"head": {}, "boolean": True}


def test_a_limit_cuts_after_the_order() -> None:
    assert ROWS.head(1).solutions == ROWS.solutions[:1]
    assert len(GRAPH_OF_TWO.head(0)) == 0
    assert ROWS.head(None) is ROWS


def test_errors_and_the_receipts_that_were_asked_for_are_pickled() -> None:
    for error in (
        amcc_kg.PlacedError("a.rq", 3, 4, "a reason"),
        amcc_kg.InputError("a reason"),
        amcc_kg.InconsistentError("a reason", object(), object()),
        amcc_kg.ColumnError("a reason"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))
    kg = amcc_kg.open(ROOT)
    for text in (
        "SELECT ?e { ?e amcc:chairedBy ?p }",
        "ASK { ?e amcc:chairedBy ?p }",
        "SELECT ?e { ?e amcc:no ?p }",
    ):
        found = kg.query(text, evidence=True)
        again = pickle.loads(pickle.dumps(found))
        assert list(again.receipts) == list(found.receipts)
    unasked = pickle.loads(pickle.dumps(kg.query("SELECT ?e { ?e amcc:chairedBy ?p }")))
    with pytest.raises(amcc_kg.InputError, match="no evidence"):
        _ = unasked.receipts
