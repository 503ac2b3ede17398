"""What an inner shape has found: `sh:detail` (SHACL 3.6.2.8), and the lines below a finding in text."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Amcc
from rdflib import SH, Graph

HEADER = """@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
INNER = "[ sh:property [ sh:path :name ; sh:minCount 1 ] ]"


def reports(tmp_path: Path, cache: Path, data: str, constraint: str) -> tuple[str, Graph]:
    """The report as text, and as a graph."""
    (tmp_path / "data.ttl").write_text(HEADER + data)
    (tmp_path / "shapes.ttl").write_text(
        f"{HEADER}:S sh:targetNode :a ; sh:property [ sh:path :p ; {constraint} ] ."
    )
    amcc = Amcc(tmp_path, cache)
    call = ["validate", "data.ttl", "--shapes", "shapes.ttl"]
    text = amcc(*call, "--format", "text", "--format", "turtle=report.ttl")
    assert text.returncode == 1, text
    return text.stdout, Graph().parse(tmp_path / "report.ttl")


def details(graph: Graph) -> list[str]:
    """The components of the inner results."""
    found = graph.objects(None, SH.detail)
    return sorted(
        str(c).rsplit("#")[-1] for d in found for c in graph.objects(d, SH.sourceConstraintComponent)
    )


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (f"sh:node {INNER}", ["MinCountConstraintComponent"]),
        (f"sh:and ( {INNER} [ sh:nodeKind sh:Literal ] )", ["MinCount", "NodeKind"]),
        (f"sh:or ( {INNER} [ sh:nodeKind sh:Literal ] )", ["MinCount", "NodeKind"]),
        (f"sh:xone ( {INNER} [ sh:nodeKind sh:Literal ] )", ["MinCount", "NodeKind"]),
        (f"sh:qualifiedValueShape {INNER} ; sh:qualifiedMinCount 1", ["MinCount"]),
        (f"sh:node [ sh:node {INNER} ]", ["MinCount", "Node"]),
        ("sh:node [ sh:property [ sh:path :q ; sh:property [ sh:path :n ; sh:minCount 1 ] ] ]", ["MinCount"]),
        (f"sh:reifierShape {INNER} ; sh:reificationRequired true", ["MinCount"]),
        ("sh:not [ sh:nodeKind sh:IRI ]", []),
    ],
)
def test_3_6_2_8_what_an_inner_shape_finds_is_a_detail_of_the_result(
    tmp_path: Path, cache: Path, constraint: str, expected: list[str]
) -> None:
    text, graph = reports(tmp_path, cache, ":a :p :b ~ :r .\n:b :q :c .\n:c :q :d .", constraint)
    assert len(list(graph.objects(None, SH.result))) == 1
    assert [c.removesuffix("ConstraintComponent") for c in details(graph)] == sorted(
        e.removesuffix("ConstraintComponent") for e in expected
    )
    for name in {"MinCount": "minCount", "NodeKind": "nodeKind"}.items():
        assert (name[1] + "]" in text) == any(name[0] in e for e in expected)


def test_text_shows_where_the_inner_shape_fails_and_why(tmp_path: Path, cache: Path) -> None:
    constraint = "sh:node [ sh:property [ sh:path :q ; sh:datatype xsd:integer ] ]"
    text, _ = reports(tmp_path, cache, ":a :p :b .\n:b :q 'x' .", constraint)
    assert "data.ttl:4:7: The value is not a well-formed literal of datatype" in text


def test_many_inner_results_are_counted(tmp_path: Path, cache: Path) -> None:
    values = ", ".join(f"'{n}'" for n in range(9))
    constraint = "sh:node [ sh:property [ sh:path :q ; sh:datatype xsd:integer ] ]"
    text, graph = reports(tmp_path, cache, f":a :p :b .\n:b :q {values} .", constraint)
    assert len(details(graph)) == 9
    assert "and 5 more of the inner shapes" in text
