"""Parsing: literals stay as written, errors have a place."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Dataset, Graph, URIRef

from amcc_kg.syntax.rdflib_bridge import load, parse
from amcc_kg.terms.errors import InputError, PlacedError


def test_literals_keep_their_lexical_form() -> None:
    graph = Graph()
    text = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . "
    text += '<a:a> <a:b> "01"^^xsd:integer , "maybe"^^xsd:boolean .'
    parse(graph, text, "turtle", Path("x.ttl"))
    assert sorted(map(str, graph.objects())) == ["01", "maybe"]


def test_relative_iris_resolve_against_the_file(tmp_path: Path) -> None:
    graph = Graph()
    parse(graph, "<x> <y> <#z> .", "turtle", tmp_path / "f.ttl")
    assert (URIRef(f"file://{tmp_path}/x"), URIRef(f"file://{tmp_path}/y"), None) in graph


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("@prefix a: <a:> .\na:x a:b .\n", 2, 9),
        ("a:x a:b a:c .", 1, 1),
        ('<a:a> <a:b> "x .\n', 1, 13),
        ("@prefix a: <a:> .\n\na:x a:b a:c ; ] .", 3, 15),
    ],
)
def test_an_error_names_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(PlacedError) as caught:
        parse(Graph(), text, "turtle", Path("x.ttl"))
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "\n" not in str(caught.value)
    assert "Parser error" not in str(caught.value)


def test_what_only_rdflib_refuses_is_placed_by_rdflib() -> None:
    text = '<a:a> <a:b> "x" .\n<a:a> <a:b> "x"  ^^<a:c> .\n'
    try:
        parse(Graph(), text, "turtle", Path("x.ttl"))
    except PlacedError as error:
        assert error.line == 2


@pytest.mark.parametrize("syntax", ["trig", "nquads", "json-ld", "xml", "nt"])
def test_every_syntax_fails_with_a_place(syntax: str) -> None:
    with pytest.raises(PlacedError):
        parse(Dataset(), "{ <", syntax, Path("x"))


def test_a_binary_file_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_bytes(b"\n\n\x89PNG\xff")
    with pytest.raises(PlacedError, match="binary") as caught:
        load(path)
    assert caught.value.line == 3


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load(tmp_path / "none.ttl")


def test_xml_is_in_the_encoding_that_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "x.rdf"
    head = '<?xml version="1.0" encoding="{}"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    text = head + ' xmlns:e="http://e/"><e:A><e:p>é</e:p></e:A></rdf:RDF>'
    for encoding in ("ISO-8859-1", "windows-1252", "UTF-8"):
        path.write_bytes(text.format(encoding).encode(encoding))
        assert '"é"' in load(path).terms.ids
    path.write_bytes(text.format("nope").encode())
    with pytest.raises(PlacedError, match="the encoding nope is not known"):
        load(path)
