"""The syntax rules of shapes graphs: whatever the standard's shapes for shapes find is found here."""

from __future__ import annotations

from importlib.resources import files

import pytest

from amcc_kg.repository.files import Repository
from amcc_kg.syntax.reading import Terms, parse
from amcc_kg.validation.components.reader import read as read_shapes
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.shapes import syntax_rules, vocabulary
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph
from amcc_kg.validation.verdict import evaluate

HEADER = """@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
ODD = {
    "IRI": ["'x'", "[ ]", "<<( :a :p :b )>>"],
    "literal": [":x", "[ ]", "<<( :a :p :b )>>"],
    "text": [":x", "1", "'x'@en"],
    "boolean": [":x", "'true'", "'maybe'^^xsd:boolean"],
    "count": [":x", "'1'", "1.0", "'1'^^xsd:nonNegativeInteger", "'x'^^xsd:integer"],
    "list": [":x", "'x'", "[ rdf:first 1 ]", "[ rdf:rest () ]", "[ rdf:first 1 , 2 ; rdf:rest () ]"],
}
KINDS = {
    "IRI": "class datatype disjoint equals lessThan lessThanOrEquals severity targetClass targetObjectsOf "
    "targetSubjectsOf nodeKind",
    "literal": "maxExclusive maxInclusive minExclusive minInclusive",
    "text": "flags pattern",
    "boolean": "closed deactivated qualifiedValueShapesDisjoint reificationRequired uniqueLang",
    "count": "maxCount maxLength minCount minLength qualifiedMaxCount qualifiedMinCount",
    "list": "and ignoredProperties in languageIn or xone",
}
ONCE = {
    "closed": "true , false",
    "datatype": ":d , :e",
    "deactivated": "true , false",
    "flags": "'i' , 'm'",
    "ignoredProperties": "( :a ) , ( :b )",
    "in": "( :a ) , ( :b )",
    "languageIn": "( 'a' ) , ( 'b' )",
    "nodeKind": "sh:IRI , sh:Literal",
    "pattern": "'a' , 'b'",
    "path": ":p , :q",
    "qualifiedValueShape": "[ ] , [ sh:class :C ]",
    "qualifiedValueShapesDisjoint": "true , false",
    "reificationRequired": "true , false",
    "severity": "sh:Info , sh:Warning",
    "uniqueLang": "true , false",
    **dict.fromkeys(("maxCount", "minCount", "maxLength", "minLength"), "1 , 2"),
    **dict.fromkeys(("qualifiedMaxCount", "qualifiedMinCount"), "1 , 2"),
    **dict.fromkeys(("maxExclusive", "maxInclusive", "minExclusive", "minInclusive"), "1 , 2"),
}
PATHS = [
    "'p'",
    "[ ]",
    "()",
    "( :p )",
    "( :p 'q' )",
    "( :p [ ] )",
    "[ sh:inversePath :p , :q ]",
    "[ sh:inversePath :p ; sh:zeroOrMorePath :q ]",
    "[ sh:inversePath :p ; rdfs:label 'p' ]",
    "[ sh:alternativePath :p ]",
    "[ sh:alternativePath ( :p ) ]",
    "[ sh:zeroOrMorePath 'p' ]",
    "[ sh:oneOrMorePath [ ] ]",
    "[ sh:zeroOrOnePath ( :p ) ]",
    "[ sh:inversePath ( :p [ sh:zeroOrMorePath [ sh:zeroOrOnePath () ] ] ) ]",
    "<<( :a :p :b )>>",
    "[ sh:inversePath <<( :a :p :b )>> ]",
]
OTHERS = [
    "sh:targetNode [ ]",
    "sh:message :x",
    "sh:message 1",
    "sh:nodeKind :Foo",
    "sh:in ( 1 ) ; sh:node [ sh:path :p ]",
    "sh:property [ sh:minCount 1 ]",
    "sh:property :undefined",
    "sh:not [ sh:severity 'x' ]",
    "sh:or ( [ sh:minCount 1 ] )",
    "sh:languageIn ( 'en' 1 )",
    "sh:languageIn ( 'en'@en )",
    "sh:ignoredProperties ( 'p' ) ; sh:closed true",
    "sh:deactivated '1'^^xsd:boolean",
    "sh:and ( [ sh:or :x ] )",
    *(f"sh:{name}" for name in ("minCount 1", "maxCount 1", "lessThan :q", "lessThanOrEquals :q")),
    "sh:uniqueLang true",
    "sh:qualifiedValueShape [ ] ; sh:qualifiedMinCount 1",
    "sh:reifierShape [ ]",
    "sh:property [ sh:path ( :p :q ) ; sh:reifierShape [ ] ]",
    "sh:property [ sh:path :p ; sh:reifierShape [ sh:path :q ] ]",
]
SHAPES = [
    *(f":S sh:path :p ; sh:{n} {v} ." for kind, ns in KINDS.items() for n in ns.split() for v in ODD[kind]),
    *(f":S sh:{name}{' :p ; sh:path' if name == 'path' else ''} {v} ." for name, v in ONCE.items()),
    *(f":S sh:path :p ; sh:{name} {v} ." for name, v in ONCE.items() if name != "path"),
    *(f":S a sh:PropertyShape ; sh:path {path} ; sh:minCount 1 ." for path in PATHS),
    *(f":S a sh:NodeShape ; {rest} ." for rest in OTHERS),
    "[ a sh:NodeShape , rdfs:Class ] .",
    ":other sh:shapesGraph 'x' . :S sh:targetClass :C .",
    ":other sh:entailment [ ] . :S sh:targetClass :C .",
]
"""Shapes that break a rule each; some of them break none that the standard's shapes know."""

WELL_FORMED = [
    ":S a sh:NodeShape ; sh:targetClass :C ; sh:closed true ; sh:ignoredProperties ( rdf:type ) .",
    ":S sh:path ( :p [ sh:inversePath [ sh:alternativePath ( :q [ sh:zeroOrMorePath :r ] ) ] ] ) .",
    ":S sh:targetNode 1 ; sh:message 'a' , 'b'@en ; sh:or ( :T [ sh:path :p ] ) . :T sh:class :C .",
    ":S sh:path :p ; sh:pattern 'a' ; sh:flags 'i' ; sh:minLength 1 ; sh:lessThan :q ; sh:uniqueLang true .",
    ":S sh:path :p ; sh:in ( ) ; sh:languageIn ( 'en' ) ; sh:nodeKind sh:IRIOrLiteral .",
    ":S sh:path :p ; sh:minCount 0 ; sh:deactivated false .",
    ":S sh:path :p ; sh:qualifiedValueShape [ ] ; sh:qualifiedMinCount 1 ;"
    " sh:qualifiedValueShapesDisjoint true .",
    ":S sh:path :p ; sh:reifierShape [ ] , [ sh:class :C ] ; sh:reificationRequired true .",
]


def standard() -> str:
    return files("pyshacl").joinpath("assets/shacl-shacl.ttl").read_text(encoding="utf-8")


def found_by_the_standard(text: str) -> set[str]:
    """The shapes that the standard's shapes for shapes find a violation of."""
    terms = Terms()
    data, rules = Data(terms), ShapesGraph(terms)
    for graph, content, scope in ((data, HEADER + text, "f0"), (rules, standard(), "s0")):
        source = parse(content, terms=terms, scope=scope)
        assert not source.problems
        graph.add(source.s, source.p, source.o)
    return {finding.focus_key for finding in evaluate(data, rules).findings}


def flaws(text: str) -> list[str]:
    terms = Terms()
    graph = ShapesGraph(terms)
    source = parse(HEADER + text, terms=terms, scope="f0")
    assert not source.problems
    graph.add(source.s, source.p, source.o)
    return [flaw.reason for flaw in read_shapes(graph).flaws]


@pytest.mark.parametrize("text", SHAPES)
def test_whatever_the_standard_s_shapes_for_shapes_find_is_found(text: str) -> None:
    if found_by_the_standard(text):
        assert flaws(text)


def test_most_of_these_shapes_are_ones_that_the_standard_finds() -> None:
    assert sum(bool(found_by_the_standard(text)) for text in SHAPES) > 0.9 * len(SHAPES)


@pytest.mark.parametrize("text", WELL_FORMED)
def test_a_well_formed_shape_has_no_flaw(text: str) -> None:
    assert (flaws(text), found_by_the_standard(text)) == ([], set())


@pytest.mark.parametrize("file", ["shapes_file", "ontology_shapes_file"])
def test_this_project_s_shapes_are_well_formed(file: str) -> None:
    from pathlib import Path

    path = getattr(Repository(Path(__file__).parent.parent.parent), file)
    assert flaws(path.read_text(encoding="utf-8")) == []


def test_every_parameter_has_a_rule() -> None:
    ruled = {key.rpartition("#")[2][:-1] for key in syntax_rules.RULED}
    assert vocabulary.PARAMETERS - ruled == {"hasValue", "sparql"}  # anything; read with its query
