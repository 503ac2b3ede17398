"""Inference before validation, by option or by `sh:entailment` (SHACL 1.5), and why a finding is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Amcc

HEADER = """@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SHAPES = ":S sh:targetClass :Boss ; sh:property [ sh:path :name ; sh:minCount 1 ] ."
DATA = """:leads rdfs:domain :Boss .
:a :leads :b .
:b :ledBy :c . :ledBy owl:inverseOf :leads ."""


@pytest.fixture
def amcc(tmp_path: Path, cache: Path) -> Amcc:
    (tmp_path / "data.ttl").write_text(HEADER + DATA)
    (tmp_path / "shapes.ttl").write_text(HEADER + SHAPES)
    return Amcc(tmp_path, cache)


CALL = ("validate", "data.ttl", "--shapes", "shapes.ttl")


@pytest.mark.parametrize(("inference", "foci"), [("rdfs", [":a"]), ("owl-rl", [":a", ":c"])])
def test_what_is_inferred_is_validated_with_its_proof_and_the_lines_of_its_leaves(
    amcc: Amcc, inference: str, foci: list[str]
) -> None:
    done = amcc(*CALL, "--inference", inference)
    assert (done.returncode, done.stderr.count("Traceback")) == (1, 0), done
    for focus in (":a", ":c"):
        assert (f"about {focus}" in done.stdout) == (focus in foci), done.stdout
    assert "inferred: " in done.stdout
    assert "(data.ttl:5:4)" in done.stdout or "(data.ttl:5:11)" in done.stdout, done.stdout
    assert "(data.ttl:4:20)" in done.stdout, done.stdout


def test_nothing_is_inferred_unless_told(amcc: Amcc) -> None:
    done = amcc(*CALL)
    assert "inferred" not in done.stdout
    assert done.returncode == 2  # no target matches


def test_1_5_the_shapes_ask_for_rdfs(amcc: Amcc) -> None:
    asked = "<> sh:entailment <http://www.w3.org/ns/entailment/RDFS> ."
    (amcc.folder / "shapes.ttl").write_text(HEADER + SHAPES + asked)
    done = amcc(*CALL)
    assert (done.returncode, "about :a" in done.stdout, "about :c" in done.stdout) == (1, True, False)


@pytest.mark.parametrize("name", ["D", "OWL-RDF-Based", "RIF"])
def test_1_5_any_other_entailment_is_a_failure(amcc: Amcc, name: str) -> None:
    asked = f"<> sh:entailment <http://www.w3.org/ns/entailment/{name}> ."
    (amcc.folder / "shapes.ttl").write_text(HEADER + SHAPES + asked)
    for more in ((), ("--inference", "owl-rl")):
        done = amcc(*CALL, *more)
        assert (done.returncode, done.stdout) == (2, "")
        assert name in done.stderr


def test_values_that_are_inferred_are_proved_and_literals_stay_as_written(amcc: Amcc) -> None:
    (amcc.folder / "data.ttl").write_text(
        HEADER + ":size rdfs:subPropertyOf :extent .\n:a :size '007'^^xsd:integer ."
    )
    (amcc.folder / "shapes.ttl").write_text(
        HEADER + ":S sh:targetNode :a ; sh:property [ sh:path :extent ; sh:maxInclusive 5 ] ."
    )
    done = amcc(*CALL, "--inference", "rdfs", "--format", "text", "--format", "turtle=report.ttl")
    assert done.returncode == 1, done
    assert "inferred: " in done.stdout
    assert "data.ttl:5:" in done.stdout
    assert "007" in (amcc.folder / "report.ttl").read_text()


def test_data_that_contradict_their_ontology_are_refused(amcc: Amcc) -> None:
    (amcc.folder / "data.ttl").write_text(HEADER + ":A owl:disjointWith :B . :x a :A , :B , :Boss .")
    done = amcc(*CALL, "--inference", "owl-rl")
    assert done.returncode == 1
    assert "contradict" in done.stderr


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("sh:targetObjectsOf :leads", "a target because :a :leads :b (data.ttl:5:11)"),
        ("sh:targetSubjectsOf :ledBy", "a target because :b :ledBy :c (data.ttl:6:11)"),
        ("sh:targetClass :Person", "a target because :b rdf:type :Boss (data.ttl:7:6)"),
    ],
)
def test_a_target_because_of_another_triple_shows_that(amcc: Amcc, target: str, line: str) -> None:
    (amcc.folder / "data.ttl").write_text(HEADER + DATA + "\n:b a :Boss . :Boss rdfs:subClassOf :Person .")
    (amcc.folder / "shapes.ttl").write_text(
        HEADER + f":S {target} ; sh:property [ sh:path :name ; sh:minCount 1 ] ."
    )
    done = amcc(*CALL)
    assert line in done.stdout, done.stdout


def test_a_target_that_the_shape_names_needs_no_reason(amcc: Amcc) -> None:
    (amcc.folder / "shapes.ttl").write_text(HEADER + SHAPES.replace("targetClass :Boss", "targetNode :a"))
    assert "a target because" not in amcc(*CALL).stdout
