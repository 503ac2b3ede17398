"""Targets that queries select, by SHACL Advanced Features section 3, and what is not evaluated of it."""

from __future__ import annotations

import pytest
import shacl_random

from amcc_kg.syntax.reading import Terms, parse
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.findings.notices import UnvalidatedError
from amcc_kg.validation.findings.report import Report
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

PREFIXES = ":O sh:declare [ sh:prefix 'ex' ; sh:namespace 'http://e/'^^xsd:anyURI ] ."
DATA = """:a a :Person ; :born :usa ; :age 5.0 . :b a :Person ; :born :uk . :c :born :usa .
:k :knows :a ; :name "k" . :Child rdfs:subClassOf :Person . :d a :Child ; :born :usa ."""
ASKED = "sh:property [ sh:path :name ; sh:minCount 1 ]"


def validated(shapes: str, **manner: object) -> Report:
    terms = Terms()
    whole, asked = Data(terms), ShapesGraph(terms)
    for target, text, scope in ((whole, DATA, "f0"), (asked, PREFIXES + shapes, "s0")):
        source = parse(shacl_random.HEADER + text, terms=terms, scope=scope)
        assert not source.problems, (source.problems, text)
        target.add(source.s, source.p, source.o)
    return evaluate(whole, asked, **manner)  # type: ignore[arg-type]


def foci(report: Report) -> list[str]:
    return sorted(f.focus_key.removeprefix("<http://e/").rstrip(">") for f in report.findings)


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("SELECT ?this WHERE { ?this a ex:Person . ?this ex:born ex:usa }", ["a"]),
        ("SELECT $this { $this a/rdfs:subClassOf* ex:Person MINUS { $this ex:born ex:uk } }", ["a", "d"]),
        ("SELECT DISTINCT ?this { VALUES ?this { ex:a ex:nobody } }", ["a", "nobody"]),
        ("SELECT ?this { ?this ex:born ?x { SELECT ?x { ?y ex:age 5.0 ; ex:born ?x } } }", ["a", "c", "d"]),
        ("SELECT ?this { ?this ex:born ?x } ORDER BY ?this LIMIT 1", ["a"]),
        ("SELECT ?this { [] ex:born ?this } GROUP BY ?this HAVING(COUNT(*) > 1)", ["usa"]),
        ("SELECT ?this { ?this a ex:Martian }", []),
    ],
)
@pytest.mark.parametrize("kind", ["a sh:SPARQLTarget ;", ""])
@pytest.mark.parametrize("engine", ["columns", "both"])
def test_af_3_1_what_a_query_selects_is_validated(
    select: str, expected: list[str], kind: str, engine: str
) -> None:
    target = f"[ {kind} sh:prefixes :O ; sh:select '{select}' ]"
    report = validated(f":S sh:target {target} ; {ASKED} . :T sh:targetNode :k ; {ASKED} .", engine=engine)
    assert foci(report) == expected
    assert not any(notice.kind == "not-evaluated" for notice in report.notices)


TYPE = """:Born a sh:SPARQLTargetType ; rdfs:subClassOf sh:Target ; sh:prefixes :O ;
sh:parameter [ sh:path :country ] , [ sh:path :kind ; sh:optional true ] ;
sh:select "SELECT ?this WHERE { ?this ex:born $country ; a $kind }" ."""


def test_af_3_2_a_target_type_is_asked_with_its_parameters() -> None:
    shapes = f"{TYPE} :S sh:target [ a :Born ; :country :usa ; :kind :Person ] ; {ASKED} ."
    assert foci(validated(shapes)) == ["a"]
    shapes = f"{TYPE} :S sh:target [ a :Born ; :country :usa ] , [ a :Born ; :country :uk ] ; {ASKED} ."
    assert foci(validated(shapes)) == ["a", "b", "d"]


def test_af_3_2_a_target_without_a_parameter_that_must_be_there_selects_nothing() -> None:
    shapes = f"{TYPE} :S sh:target [ a :Born ; :kind :Person ] ; {ASKED} . :T sh:targetNode :k ; {ASKED} ."
    assert foci(validated(shapes)) == []


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("[ a sh:SPARQLTarget ; sh:select 'SELECT ?x { ?x ?p ?o }' ]", "does not return ?this"),
        ("[ a sh:SPARQLTarget ; sh:select 'ASK { ?this ?p ?o }' ]", "does not return ?this"),
        ("[ a sh:SPARQLTarget ; sh:prefixes :O ]", "without a sh:select"),
        ("[ a sh:SPARQLTarget ; sh:select 'SELECT ?this { ?this :: }' ]", ""),
    ],
)
def test_af_3_1_a_target_that_is_none_is_refused(target: str, words: str) -> None:
    with pytest.raises(UnvalidatedError) as raised:
        validated(f":S sh:target {target} ; {ASKED} . :T sh:targetNode :k ; {ASKED} .")
    assert any(words in notice.message for notice in raised.value.notices)


@pytest.mark.parametrize(
    ("said", "document"),
    [
        ("sh:target [ a sh:JSTarget ; sh:jsFunctionName 'f' ]", "SHACL Advanced Features"),
        ("sh:targetWhere [ sh:class :Person ]", "SHACL 1.2"),
        ("sh:rule [ a sh:TripleRule ; sh:subject sh:this ]", "SHACL Advanced Features"),
        ("sh:expression [ sh:path :name ]", "SHACL Advanced Features"),
        ("sh:js [ sh:jsFunctionName 'f' ]", "SHACL JavaScript Extensions"),
    ],
)
def test_what_is_not_evaluated_is_told_with_its_document_and_strictly_a_finding(
    said: str, document: str
) -> None:
    shapes = f":S sh:targetNode :k ; {said} ; {ASKED} ."
    report = validated(shapes)
    (notice,) = (notice for notice in report.notices if notice.kind == "not-evaluated")
    assert said.split()[0] in notice.message
    assert document in notice.message
    assert report.findings == ()
    assert any(f.component_name == "not-evaluated" for f in validated(shapes, strict=True).findings)
