"""Is each constraint able to fail? What `amcc shapes mutate` tries, held to every kind of constraint."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Amcc

ROOT = Path(__file__).parent.parent.parent
PREFIXES = """@prefix : <http://e/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = """:emma a :Book ; :title "Emma"@en ; :begun 1814 ; :ended 1815 ; :by :jane ;
    :written :jane ; :page :p1 .
:jane a :Person ; :name "Jane Austen" ; :born "1775-12-16"^^xsd:date ; :died "1817-07-18"^^xsd:date .
:p1 :next :p2 . :p2 :next :p3 . :p3 a :Page .
"""
CUSTOM = """:Evens a sh:ConstraintComponent ;
    sh:parameter [ sh:path :even ; sh:datatype xsd:boolean ] ;
    sh:validator [ a sh:SPARQLAskValidator ;
        sh:ask "ASK { FILTER (isNumeric($value) && STRENDS(STR($value), '4')) }" ] .
"""
CONSTRAINTS = {
    "LessThan": "sh:path :begun ; sh:lessThan :ended",
    "LessThanOrEquals": "sh:path :begun ; sh:lessThanOrEquals :ended",
    "Disjoint": "sh:path :begun ; sh:disjoint :ended",
    "Equals": "sh:path :by ; sh:equals :written",
    "Class": "sh:path ( :page [ sh:zeroOrMorePath :next ] :next ) ; sh:class :Page",
    "NodeKind": "sh:path ( :by :name ) ; sh:nodeKind sh:Literal",
    "MinCount": "sh:path ( :by :name ) ; sh:minCount 1",
    "MaxCount": "sh:path ( :by :name ) ; sh:maxCount 1",
    "Datatype": "sh:path [ sh:alternativePath ( :begun :ended ) ] ; sh:datatype xsd:integer",
    "MaxLength": "sh:path :title ; sh:maxLength 99",
    "Pattern": "sh:path :title ; sh:pattern '^E'",
    "UniqueLang": "sh:path :title ; sh:uniqueLang true",
    "LanguageIn": "sh:path :title ; sh:languageIn ( 'en' )",
    "In": "sh:path :begun ; sh:in ( 1814 )",
    "MinInclusive": "sh:path :begun ; sh:minInclusive 1000",
    "Evens": "sh:path :begun ; :even true",
    "ReifierShape": "sh:path :by ; sh:reifierShape [ sh:property [ sh:path :source ; sh:minCount 1 ] ]",
}
NEVER = {  # true of all data, so that to say that they can fail would be a lie
    "MinCount": "sh:path :title ; sh:minCount 0",
    "Equals": "sh:path :by ; sh:equals :by",
}


@pytest.fixture
def one(tmp_path: Path, cache: Path) -> Amcc:
    (tmp_path / "data.ttl").write_text(PREFIXES + DATA, encoding="utf-8")
    return Amcc(tmp_path, cache)


def shapes(folder: Path, body: str) -> None:
    text = f"{PREFIXES}{CUSTOM}:S a sh:NodeShape ; sh:targetClass :Book ; sh:property [ {body} ] .\n"
    (folder / "shapes.ttl").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("component", CONSTRAINTS)
def test_a_constraint_that_can_fail_is_made_to(component: str, one: Amcc, tmp_path: Path) -> None:
    shapes(tmp_path, CONSTRAINTS[component])
    done = one("shapes", "mutate", "data.ttl", "--shapes", "shapes.ttl")
    assert done.stderr == ""
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 constraint, 1 made to fail")
    assert component in done.stdout


@pytest.mark.parametrize("component", NEVER)
def test_a_constraint_that_cannot_fail_is_named(component: str, one: Amcc, tmp_path: Path) -> None:
    shapes(tmp_path, NEVER[component])
    done = one("shapes", "mutate", "data.ttl", "--shapes", "shapes.ttl")
    assert done.returncode == 1
    assert done.stdout.count("NOTHING TRIED") == 1
    assert component in done.stdout


def test_every_constraint_of_this_graph_can_fail(cache: Path) -> None:
    done = Amcc(ROOT, cache)("shapes", "mutate")
    assert done.returncode == 0
    assert "NOTHING TRIED" not in done.stdout


def test_a_constraint_without_a_node_to_look_at_is_named_and_all_is_not_well(
    one: Amcc, tmp_path: Path
) -> None:
    shapes(tmp_path, "sh:path :title ; sh:minCount 1")
    file = tmp_path / "shapes.ttl"
    written = file.read_text(encoding="utf-8")
    more = ":T a sh:NodeShape ; sh:targetClass :Nowhere ; sh:property [ sh:path :isbn ; sh:pattern '^9' ] .\n"
    file.write_text(written + more, encoding="utf-8")
    done = one("shapes", "mutate", "data.ttl", "--shapes", "shapes.ttl")
    assert done.returncode == 1
    assert done.stdout.count("NO NODE TO LOOK AT") == 1
    assert done.stdout.splitlines()[-1] == "2 constraints, 1 made to fail, 1 without a node to look at"


def test_mutating_what_no_shape_looks_at_proves_nothing(one: Amcc, tmp_path: Path) -> None:
    shapes(tmp_path, "sh:path :title ; sh:minCount 1")
    file = tmp_path / "shapes.ttl"
    file.write_text(file.read_text(encoding="utf-8").replace("targetClass :Book", "targetClass :Nowhere"))
    done = one("shapes", "mutate", "data.ttl", "--shapes", "shapes.ttl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no constraint has a node of the data to look at" in done.stderr
