"""Contradictions: refused with the proof, down to the sentences that clash, who says them and where."""

from __future__ import annotations

from pathlib import Path

import mini_repository as mini
import pytest
from command_line import Amcc
from pyoxigraph import RdfFormat, Store

import amcc_kg
from amcc_kg.graph import compiler
from amcc_kg.repository import files
from amcc_kg.terms.errors import InconsistentError

SPEAKERS = """
<document/fair/s01>
    amcc:attributedTo <person/ana> .

<document/fair/s02>
    amcc:attributedTo <reporter/leo> .

<reporter/leo>
    rdfs:label "Leo Tan" .
"""


@pytest.fixture
def fair(tmp_path: Path, own_cache: Path) -> files.Repository:
    """Return a repository whose passages have speakers, and whose first one says that Ana is a person."""
    made = mini.build(tmp_path / "fair")
    add(made, "documents/fair/document.ttl", SPEAKERS)
    add(made, "documents/fair/s01.ttl", "<person/ana> a amcc:Person .\n")
    return made


def add(made: files.Repository, name: str, turtle: str) -> None:
    path = made.root / ("ontology/amcc.ttl" if name == "ontology" else f"data/{name}")
    path.write_text(path.read_text() + turtle)


def place(made: files.Repository, name: str) -> str:
    """Return `file:line` of the last line of a file."""
    path = made.root / f"data/{name}"
    return f"data/{name}:{len(path.read_text().splitlines())}"


def refused(made: files.Repository, cache: Path, *call: str) -> str:
    """Run a verb that must fail, error in one line first; return what it says after that line."""
    done = Amcc(made.root, cache)(*(call or ("build",)))
    assert (done.returncode, done.stdout) == (1, "")
    first, _, rest = done.stderr.partition("\n")
    assert first.startswith("error: the graph contradicts its ontology: ")
    return rest


def test_both_sentences_that_clash_are_shown_with_their_words_speakers_and_lines(
    fair: files.Repository, cache: Path
) -> None:
    add(fair, "documents/fair/s02.ttl", "<person/ana> a amcc:Event .\n")
    shown = refused(fair, cache)
    assert "because nothing is both an “amcc:Event” and an “amcc:Person” (cax-adc; " in shown
    assert "ontology/amcc.ttl:" in shown
    for name, speaker, quote in (
        ("s01", "Ana Ruiz", "Dateline - Ana Ruiz opened the 2nd Fair on Monday."),
        ("s02", "Leo Tan", '"We will build a stage," she said; it is planned.'),
    ):
        assert f"says a report on the fair, sentence {name[-1]}, {speaker}: “{quote}”\n" in shown
        assert place(fair, f"documents/fair/{name}.ttl") in shown


def test_without_the_source_text_the_quotes_are_shown(fair: files.Repository, cache: Path) -> None:
    add(fair, "documents/fair/s02.ttl", "<person/ana> a amcc:Event .\n")
    (fair.root / "seeds/fair.txt").unlink()
    shown = refused(fair, cache)
    assert all(f"“{quote}”" in shown for name in ("s01", "s02") for quote in mini.QUOTES[name])


def test_what_leads_to_a_contradiction_is_shown_step_by_step(fair: files.Repository, cache: Path) -> None:
    add(fair, "ontology", "amcc:chairedBy rdfs:domain amcc:Event .\n")
    add(fair, "documents/fair/s02.ttl", "<person/ana> amcc:chairedBy <person/ana> .\n")
    shown = refused(fair, cache)
    derived = shown.index("person:ana a amcc:Event\n")
    rule = shown.index("(prp-dom; amcc:chairedBy rdfs:domain amcc:Event)")
    leaf = shown.index("person:ana amcc:chairedBy person:ana\n")
    assert shown.index("(cax-adc") < derived < rule < leaf
    assert "Leo Tan: “" in shown[leaf:] and place(fair, "documents/fair/s02.ttl") in shown[leaf:]


@pytest.mark.parametrize("call", [("query", "ASK { }"), ("verify",), ("explain", "a", "b", "c")])
def test_every_verb_that_meets_a_contradiction_shows_its_proof(
    fair: files.Repository, cache: Path, call: tuple[str, ...]
) -> None:
    add(fair, "documents/fair/s02.ttl", "<person/ana> a amcc:Event .\n")
    done = Amcc(fair.root, cache)(*call)
    assert done.returncode == 1
    assert "Leo Tan: “" in done.stderr and place(fair, "documents/fair/s02.ttl") in done.stderr


def test_what_the_second_reasoner_refuses_comes_with_a_proof_too(fair: files.Repository, cache: Path) -> None:
    add(fair, "documents/fair/s02.ttl", "<person/ana> a amcc:Event .\n")
    shown = refused(fair, cache, "build", "--reasoner", "owlrl")
    assert "(cax-adc; " in shown and "Leo Tan: “" in shown
    assert place(fair, "documents/fair/s02.ttl") in shown


def test_the_line_of_a_value_is_found_however_it_is_written(fair: files.Repository, cache: Path) -> None:
    add(
        fair,
        "ontology",
        "amcc:Event rdfs:subClassOf [ owl:onProperty amcc:outdoors ; owl:maxCardinality 0 ] .\n",
    )
    add(fair, "documents/fair/s02.ttl", '<event/fair-2> amcc:outdoors "0"^^xsd:boolean .\n')
    shown = refused(fair, cache)
    leaf = shown.index('event:fair-2 amcc:outdoors "0"^^xsd:boolean\n')
    assert f"    {place(fair, 'documents/fair/s02.ttl')}\n" in shown[leaf:]


def test_python_gets_the_same_explanation(fair: files.Repository) -> None:
    add(fair, "documents/fair/s02.ttl", "<person/ana> a amcc:Event .\n")
    with pytest.raises(InconsistentError) as caught:
        amcc_kg.open(fair.root)
    told = caught.value.explanation
    assert told.startswith("a contradiction\n  because nothing is both an “amcc:Event” and an “amcc:Person”")
    assert "Ana Ruiz: “" in told and "Leo Tan: “" in told
    assert "opened the 2nd Fair" in told and "We will build a stage" in told
    assert all(place(fair, f"documents/fair/{name}.ttl") in told for name in ("s01", "s02"))
    assert "\n" not in str(caught.value)


def test_a_contradiction_is_refused_with_the_sentences_that_clash(amcc: Amcc) -> None:
    path = amcc.folder / "data/documents/diary/s02.ttl"
    path.write_text(path.read_text() + "<person/ann> amcc:hostedBy <person/bob> .\n")
    ontology = amcc.folder / "ontology/club.ttl"
    ontology.write_text(ontology.read_text() + "amcc:hostedBy rdfs:domain amcc:Event .\n")
    for passage in ("s01", "s02"):
        document = amcc.folder / "data/documents/diary/document.ttl"
        document.write_text(
            document.read_text()
            + f"<document/diary/{passage}> a amcc:Passage ; amcc:inDocument <document/diary> .\n"
        )
    first = amcc.folder / "data/documents/diary/s01.ttl"
    first.write_text(first.read_text() + "<person/ann> a amcc:Person .\n")
    done = amcc("build")
    assert (done.returncode, done.stdout) == (1, "")
    error = done.stderr.splitlines()[0]
    assert "the graph contradicts its ontology" in error and "(cax-adc)" in error
    assert "person:ann a amcc:Person (document:diary/s01, graph:register)" in error
    assert "person:ann amcc:hostedBy person:bob (document:diary/s02)" in error


def test_a_contradiction_comes_with_its_proof(small: files.Repository) -> None:
    path = small.root / "data/documents/diary/s02.ttl"
    path.write_text(path.read_text() + "<person/ann> a amcc:Party .\n")
    with pytest.raises(InconsistentError) as caught:
        compiler.make(small)
    proof = caught.value.proof
    assert proof is not None and proof.conclusion is None and proof.rule in ("cax-adc", "cax-dw")
    everything = Store()
    everything.load(small.dataset().serialize(format="nquads").encode(), RdfFormat.N_QUADS)
    # Blank nodes are called otherwise in another store, so axioms in lists are looked up by their shape.
    assert all(
        any(everything.quads_for_pattern(t.subject, t.predicate, t.object, None)) for t in proof.leaves
    )
