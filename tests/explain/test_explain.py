"""Proofs and how they are shown: on the article's graph, and on random ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command_line import Amcc
from hypothesis import given
from proof_checker import check
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse
from small_graphs import HEAD, about_things, brief, closed, graphs

import amcc_kg
from amcc_kg.graph import compiler
from amcc_kg.graph.store import LocalStore
from amcc_kg.reasoning import fixpoint
from amcc_kg.reasoning.proofs import Prover
from amcc_kg.repository import files
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

ROOT = Path(__file__).parent.parent.parent
CHAIN = "    owl:propertyChainAxiom ( amcc:holdsPost amcc:postIn ) ;"
INFERRED = NamedNode(prefixes.INFERRED_GRAPH)


@pytest.fixture(scope="module")
def kg() -> amcc_kg.KnowledgeGraph:
    return amcc_kg.open(ROOT)


@pytest.fixture(scope="module")
def prover() -> Prover:
    return Prover(LocalStore(compiler.compile_graph(files.find(ROOT))).engine())


def inferred(prover: Prover) -> list[Triple]:
    return sorted((q.triple for q in prover.store.quads_for_pattern(None, None, None, INFERRED)), key=str)


def one_of_each_kind(prover: Prover) -> dict[str, Triple]:
    """Return for each rule that fires on the article's graph a triple that it concludes."""
    found: dict[str, Triple] = {}
    for triple in inferred(prover):
        proof = prover.prove(triple)
        assert proof is not None
        found.setdefault(proof.rule or "", triple)
    return found


def test_every_inferred_triple_has_a_proof_that_stands(prover: Prover) -> None:
    for triple in inferred(prover):
        proof = prover.prove(triple)
        assert proof is not None and proof.conclusion == triple and proof.rule is not None
        check(proof, prover.is_asserted)


def test_the_rule_kinds_of_the_ontology_all_fire(prover: Prover) -> None:
    kinds = {"cax-sco", "prp-spo1", "prp-spo2", "prp-dom", "prp-rng", "prp-inv2"}
    fired = {step.rule for t in inferred(prover) for step in (prover.prove(t) or pytest.fail()).steps()}
    assert kinds <= fired


def test_amcc_explain_on_a_triple_of_each_rule_kind(prover: Prover, kg: amcc_kg.KnowledgeGraph) -> None:
    for rule, triple in one_of_each_kind(prover).items():
        text = str(kg.explain(triple.subject, triple.predicate, triple.object))
        assert f"({rule}; " in text
        assert "because " in text and "{" not in text
        assert re.search(r"^ +ontology/\w+\.ttl:\d+$", text, re.M)
        assert re.search(r"^ +data/[\w/.-]+\.ttl:\d+$", text, re.M)


def test_an_affiliation_is_traced_to_the_words_of_the_article(kg: amcc_kg.KnowledgeGraph) -> None:
    found = kg.explain("person:s-iswaran", "amcc:affiliatedWith", "body:singapore")
    text = str(found)
    assert "prp-spo2; amcc:affiliatedWith ← amcc:holdsPost ∘ amcc:postIn" in text
    assert (
        "Communications and Information Minister" in text
        and "sentence 5, the reporter of the article" in text
    )
    place = re.search(r"data/documents/2018-09-20-amcc-3/s05a\.ttl:(\d+)", text)
    assert place
    line = (ROOT / "data/documents/2018-09-20-amcc-3/s05a.ttl").read_text().splitlines()[int(place[1]) - 1]
    assert "amcc:holdsPost <post/minister-for-communications-and-information>" in line
    assert found.holds and found.proof and len(found.proof.leaves) == 2
    assert {leaf.predicate.value.partition("#")[2] for leaf in found.proof.leaves} == {
        "holdsPost",
        "postIn",
    }


def test_every_leaf_and_axiom_is_found_in_its_file(prover: Prover, kg: amcc_kg.KnowledgeGraph) -> None:
    for triple in inferred(prover)[::7]:
        for top in kg.explain(triple.subject, triple.predicate, triple.object).steps():
            for step in top.walk():
                places = [place for ground in step.grounds for place in ground.places]
                assert all(re.search(r":\d+$", place) for place in (*places, *step.axiom_places))
                assert places or step.axiom_places


def test_every_way_of_writing_it(kg: amcc_kg.KnowledgeGraph) -> None:
    found = kg.explain("S Iswaran", "amcc:affiliatedWith", "body:singapore", all_proofs=True)
    record = json.loads(found.to_string("json"))
    assert record["holds"] and record["proofs"][0]["rule"] == "prp-spo2"
    quads = list(parse(found.to_string("turtle"), RdfFormat.TURTLE))
    used = {q.predicate.value for q in quads}
    assert {prefixes.PREFIXES["prov"] + n for n in ("wasGeneratedBy", "wasDerivedFrom", "used")} <= used
    assert not any("_:" in str(q) for q in quads)
    told = {
        (prefixes.shorten(q.predicate.value), q.object.value) for q in quads if hasattr(q.object, "value")
    }
    speaker, place = (
        f"{prefixes.BASE}reporter/2018-09-20-amcc-3",
        "data/documents/2018-09-20-amcc-3/s05a.ttl:14",
    )
    assert ("amcc:attributedTo", speaker) in told and ("rdfs:label", "the reporter of the article") in told
    line = (ROOT / "ontology/amcc.ttl").read_text().splitlines().index(CHAIN) + 1
    assert {("rdfs:label", place), ("rdfs:label", f"ontology/amcc.ttl:{line}")} <= told
    assert ("oa:exact", "Communications and Information Minister S Iswaran") in told
    drawing = ElementTree.fromstring(found.to_string("svg"))
    svg = "{http://www.w3.org/2000/svg}"
    assert drawing.attrib["role"] == "img" and drawing.find(f"{svg}title") is not None
    assert "sentence 5" in (drawing.findtext(f"{svg}desc") or "")
    width, height = float(drawing.attrib["width"]), float(drawing.attrib["height"])
    boxes = [
        tuple(float(b.attrib[n]) for n in ("x", "y", "width", "height"))
        for b in drawing.findall(f"{svg}rect")[1:]
    ]
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    for n, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[n + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y, "boxes overlap"
    chart = found.to_string("mermaid").splitlines()
    assert chart[0] == "flowchart BT"
    box, arrow = r'    n\d+(\(\["[^"]*"\]\)|\["[^"]*"\])', r"    n\d+ -->(\|[\w-]+\|)? n\d+"
    assert all(re.fullmatch(f"{box}|{arrow}", line) for line in chart[1:])
    assert any("reporter of the article" in line and place in line for line in chart)
    assert any(place in text for text in drawing.itertext())
    page = ElementTree.fromstring(found._repr_html_().replace("<br>", "<br/>"))
    assert page.tag == "ul" and "who chaired the AMCC" in "".join(page.itertext())
    with pytest.raises(InputError, match="expected one of text, json"):
        found.to_string("pdf")


def test_an_explanation_is_the_same_in_every_process(amcc: Amcc) -> None:
    call = ("--repo", str(ROOT), "explain", "S Iswaran", "amcc:affiliatedWith", "body:singapore", "--all")
    for format in ("text", "json", "turtle"):
        first, second = (amcc(*call, "--format", format).stdout for _ in range(2))
        assert first == second != ""


def test_a_triple_that_does_not_hold_shows_what_is_nearest(amcc: Amcc) -> None:
    done = amcc("explain", "Ann", "amcc:hosted", "event:ball")
    assert (done.returncode, done.stderr) == (1, "")
    assert "person:ann amcc:hosted event:ball does not hold." in done.stdout
    assert "person:ann amcc:hosted event:tea" in done.stdout  # same subject and predicate
    assert "person:bob amcc:hosted event:ball" in done.stdout  # same predicate and object
    assert "prp-inv" in done.stdout and "missing  event:ball amcc:hostedBy person:ann" in done.stdout
    record = json.loads(amcc("explain", "Ann", "amcc:hosted", "event:ball", "--format", "json").stdout)
    assert record["holds"] is False and record["nearest"]["rule"]["missing"]


def test_what_a_call_means_is_said_or_asked_for(amcc: Amcc) -> None:
    assert amcc("explain", "event:ball", "amcc:guests", "40").returncode == 0
    assert amcc("explain", "event:ball", "amcc:heldOn", "2020-06-01").returncode == 0
    assert amcc("explain", "event:ball", "rdfs:label", '"ball"').returncode == 0
    assert amcc("explain", "event:ball", "a", "amcc:Event").returncode == 0
    assert "several things" in amcc.fails("explain", "Bob", "amcc:hosted", "event:ball")
    assert "does not occur" in amcc.fails("explain", "Ann", "amcc:hoisted", "event:ball")


def test_an_asserted_triple_is_its_own_proof(amcc: Amcc) -> None:
    out = amcc("explain", "event:tea", "amcc:hostedBy", "Ann").stdout
    assert out.startswith("event:tea amcc:hostedBy person:ann\n") and "because" not in out
    assert "data/documents/diary/s01.ttl:8" in out


@given(graphs)
@brief
def test_whatever_follows_has_a_proof_that_stands_and_suffices(turtle: str) -> None:
    made = closed(turtle)
    if made is None:
        return
    prover, stated = made
    for triple in sorted(about_things(prover.store), key=str)[:5]:
        proof = prover.prove(triple)
        assert proof is not None, triple
        check(proof, lambda t: Quad(t.subject, t.predicate, t.object) in stated)
        alone = Store()
        alone.extend(Quad(t.subject, t.predicate, t.object) for t in (*proof.leaves, *proof.all_axioms))
        fixpoint.close(alone)
        if triple not in {quad.triple for quad in alone} and "scm-" not in str(
            [s.rule for s in proof.steps()]
        ):
            pytest.fail(f"{triple} does not follow from {proof.leaves} and {proof.all_axioms}")


def test_support_never_goes_in_circles() -> None:
    made = closed(
        ":A owl:equivalentClass :B . :p owl:inverseOf :q . :p a owl:SymmetricProperty . :a :p :b ; a :A ."
    )
    assert made is not None
    prover = made[0]
    for triple in about_things(prover.store):
        for proof in prover.all_proofs(triple).proofs:
            check(proof, prover.is_asserted)


def test_a_proof_may_go_by_way_of_what_is_left_out_of_the_compiled_graph(
    small: files.Repository,
) -> None:
    ontology = small.root / "ontology/club.ttl"
    ontology.write_text(
        ontology.read_text()
        + """amcc:Party rdfs:subClassOf
    [ a owl:Restriction ; owl:onProperty amcc:mood ; owl:hasValue "merry" ] .
amcc:hosted a owl:InverseFunctionalProperty .
"""
    )
    opened = amcc_kg.open(small.root)
    found = opened.explain("event:ball", "amcc:mood", '"merry"')
    assert found.proof and [step.rule for step in found.proof.steps()] == [None, "cax-sco", "cls-hv1"]
    assert 'every “unnamed kind” has “amcc:mood” with the value "merry"' in str(found)
    assert "ontology/club.ttl:" in str(found)
    passage = small.root / "data/documents/diary/s02.ttl"
    passage.write_text(passage.read_text() + "<person/bob-2> amcc:hosted <event/ball> .\n")
    same = amcc_kg.open(small.root).explain("person:bob-2", "rdfs:label", '"Bob"')
    assert same.proof and {"eq-rep-s", "prp-ifp"} <= {step.rule for step in same.proof.steps()}
    store = LocalStore(compiler.compile_graph(small)).engine()
    check(same.proof, Prover(store).is_asserted)


@pytest.mark.parametrize(
    "turtle",
    [
        "rdfs:subClassOf rdfs:subPropertyOf :p . :A rdfs:subClassOf :B . :B rdfs:subClassOf :C .",
        "owl:equivalentProperty rdfs:subPropertyOf :alike . :alike a owl:ObjectProperty . "
        ":r owl:equivalentProperty :s .",
        "rdfs:subClassOf rdfs:subPropertyOf :p . :p a owl:IrreflexiveProperty . :A a owl:Class .",
        "rdfs:subClassOf rdfs:subPropertyOf :r . :r rdfs:subPropertyOf :q . :s owl:inverseOf :q ; "
        "owl:propertyDisjointWith :r .",
    ],
)
def test_what_follows_from_what_follows_about_the_ontology_has_a_proof(turtle: str) -> None:
    store = Store()
    store.load((HEAD + turtle).encode(), RdfFormat.TURTLE)
    stated = {quad.triple for quad in store}
    clashes = fixpoint.close(store)
    prover = Prover(store, stated.__contains__)
    for triple in {quad.triple for quad in store} - stated:
        proof = prover.prove(triple)
        assert proof is not None, triple
        check(proof, prover.is_asserted)
        if triple.subject != triple.object:
            assert proof.size > 12 or proof.leaves in [
                other.leaves for other in prover.all_proofs(triple).proofs
            ]
    for clash in clashes:
        contradiction = prover.contradiction(clash.clause, dict(clash.binding))
        assert contradiction is not None
        check(contradiction, prover.is_asserted)
    assert bool(clashes) == ("Irreflexive" in turtle or "Disjoint" in turtle)


@given(graphs)
@brief
def test_a_proof_from_some_leaves_leaves_no_trace_in_those_from_all(turtle: str) -> None:
    made = closed(turtle)
    if made is None:
        return
    prover, stated = made
    fresh = Prover(prover.store, lambda t: Quad(t.subject, t.predicate, t.object) in stated)
    for triple in sorted(about_things(prover.store), key=str):
        proof = fresh.prove(triple)
        assert proof is not None
        prover.prove_from(triple, frozenset())
        found = prover.prove_from(triple, frozenset(proof.leaves))
        assert found is not None and set(found.leaves) <= set(proof.leaves)
        assert prover.prove(triple) == proof
