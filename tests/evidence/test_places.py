"""The lines of problems and the places of seals, in whatever layout a file is written."""

from __future__ import annotations

from pathlib import Path
from random import Random

import mini_repository as mini
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from turtle_layouts import Writer

from amcc_kg import evidence
from amcc_kg.evidence.verification import IDENTITY
from amcc_kg.repository.files import Repository
from amcc_kg.terms import keys
from amcc_kg.terms.lines import LineIndex


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32).map(Random))
def test_every_misplaced_triple_is_told_at_the_line_of_its_object(tmp_path: Path, random: Random) -> None:
    path = tmp_path / "data/register/x.ttl"
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = Writer(random, base=path.as_uri())
    text = writer.document()
    path.write_bytes(text.encode())
    index = LineIndex(text)
    allowed = {keys.iri(str(predicate)) for predicate in IDENTITY}
    lines: dict[tuple[str, ...], int] = {}
    for statement in writer.statements:
        triple = (statement.subject.key, statement.predicate.key, statement.object.key)
        if "_" in (triple[0][0], triple[2][0]) or triple[1] not in allowed:
            lines.setdefault(triple, index.place(statement.object.start)[0])
    problems = evidence.verify(Repository(tmp_path)).problems
    assert {problem.path for problem in problems} <= {path}
    assert {problem.line for problem in problems} == set(lines.values()), text


DESCRIPTION = """# <document/fair/s01> a amcc:Passage .
@prefix q: <https://w3id.org/amcc-kg/ontology#> .
<document/fair> amcc:title "<document/fair/s01> amcc:start 5 ." .
@prefix s: <https://w3id.org/amcc-kg/document/fair/> . s:s01
  a amcc:Passage , amcc:Sentence ; q:digest "amcc:quote; amcc:start 3 ."
  ; amcc:quote '''opened the 2nd Fair
amcc:number 7 ;''' , "on Monday" ; amcc:end 51 ; q:inDocument <document/fair> ; # amcc:number 2 ;
  <https://w3id.org/amcc-kg/ontology#number>
    1 ; q:start
    1 .
"""


def test_a_problem_of_a_passage_stands_at_its_property(tmp_path: Path) -> None:
    repository = mini.build(tmp_path)
    path = repository.root / "data/documents/fair/document.ttl"
    text = path.read_text()
    start = text.index("<document/fair/s01>")
    path.write_text(text[:start] + DESCRIPTION + text[text.index("<document/fair/s02>") :])
    lines = path.read_text().split("\n")
    told = {
        problem.message.partition("): ")[2]: lines[problem.line - 1]
        for problem in evidence.verify(repository).problems
        if problem.message.startswith("fair/s01")
    }
    assert any("have the digest" in m and line.lstrip().startswith("a amcc:") for m, line in told.items())
    assert any("the quote 'opened" in m and "amcc:quote '''opened" in line for m, line in told.items())
    assert any("not sealed" in m and line.endswith("s:s01") for m, line in told.items())


@pytest.mark.parametrize(
    "description",
    [
        DESCRIPTION,
        "<document/fair/s01> amcc:inDocument <document/fair> ; amcc:number 1 .",
        "<document/fair/s01> amcc:inDocument <document/fair> .",
        "<document/fair/s01> <ontology#number> 1 ; <ontology#statementsDigest> '''''' ; a amcc:Passage .",
        '<document/fair/s01> a amcc:Passage ; amcc:start 1 ; amcc:statementsDigest "x"^^xsd:string , "y" .',
        "@prefix o: <https://w3id.org/amcc-kg/> . <document/fair/s01> o:ontology\\#start 1 .",
    ],
)
def test_a_seal_finds_its_place_in_any_layout(tmp_path: Path, description: str) -> None:
    repository = mini.build(tmp_path)
    path = repository.root / "data/documents/fair/document.ttl"
    text = path.read_text()
    start = text.index("<document/fair/s01>")
    path.write_text(text[:start] + description + "\n" + text[text.index("<document/fair/s02>") :])
    before = [t for t in mini.triples(path) if "statementsDigest" not in t[1]]
    assert [told.split()[0] for told in evidence.seal(repository)] == ["fair/s01"]
    assert [t for t in mini.triples(path) if "statementsDigest" not in t[1]] == before
    assert not any("seal" in problem.message for problem in evidence.verify(repository).problems)
    assert evidence.seal(repository) == []
