"""All minimal proofs: which they are, in which order, and what is said of those beyond the bound."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from command_line import Amcc
from hypothesis import given
from proof_checker import check
from pyoxigraph import NamedNode, Quad, Triple
from small_graphs import about_things, brief, closed, graphs

from amcc_kg.terms import prefixes

ROOT = Path(__file__).parents[2]
EX = "http://example.org/"
TYPE = NamedNode(f"{prefixes.RDF}type")
EVENT = ("explain", "event:amcc-3", "a", "amcc:Event")


@given(graphs)
@brief
def test_all_proofs_are_minimal_and_start_with_the_smallest(turtle: str) -> None:
    made = closed(turtle)
    if made is None:
        return
    prover, stated = made
    for triple in sorted(about_things(prover.store), key=str)[:4]:
        best, every = prover.prove(triple), prover.all_proofs(triple, 7).proofs
        assert best is not None
        sets = [frozenset(proof.leaves) for proof in every]
        assert len(set(sets)) == len(sets)
        assert not any(one < other for one in sets for other in sets)
        for proof in every:
            check(proof, lambda t: Quad(t.subject, t.predicate, t.object) in stated)
            assert proof.size <= 7
        if every and not best.is_leaf:
            assert every[0].size >= best.size


def test_two_sources_give_two_proofs() -> None:
    made = closed(":p rdfs:domain :A . :A rdfs:subClassOf :B . :a :p :b , :c .")
    assert made is not None
    goal = Triple(NamedNode(f"{EX}a"), TYPE, NamedNode(f"{EX}B"))
    assert [len(proof.leaves) for proof in made[0].all_proofs(goal).proofs] == [1, 1]
    assert made[0].all_proofs(goal, bound=2).proofs == ()


@given(graphs)
@brief
def test_what_is_called_complete_is(turtle: str) -> None:
    made = closed(turtle)
    if made is None:
        return
    for triple in sorted(about_things(made[0].store), key=str)[:4]:
        some, more = (made[0].all_proofs(triple, bound) for bound in (4, 8))
        if some.complete:
            assert [proof.leaves for proof in some.proofs] == [proof.leaves for proof in more.proofs]


@given(graphs)
@brief
def test_the_first_of_all_is_the_proof_that_is_given_alone(turtle: str) -> None:
    made = closed(turtle)
    if made is None:
        return
    for triple in sorted(about_things(made[0].store), key=str)[:4]:
        best, every = made[0].prove(triple), made[0].all_proofs(triple, 7).proofs
        if best is None or best.size > 7:
            assert not every
        elif any(proof.leaves == best.leaves for proof in every):
            assert every[0] == best
        else:  # it is as small as any, but another rests on a part of its leaves
            assert any(set(proof.leaves) < set(best.leaves) for proof in every)


def test_the_first_shown_with_all_is_what_is_shown_without(amcc: Amcc) -> None:
    alone = amcc("--repo", str(ROOT), *EVENT).stdout
    every = amcc("--repo", str(ROOT), *EVENT, "--all").stdout
    assert "(cax-sco; " in alone
    first, _, rest = every.partition("\n\n")
    count = proofs_of(amcc, "3")["proofs"]
    assert first == f"proof 1 of {len(count)}\n{alone}".rstrip()
    assert rest.startswith(f"proof 2 of {len(count)}\n")
    assert "bound" not in every


def test_a_smallest_proof_leads_even_if_another_needs_less(amcc: Amcc) -> None:
    ontology = amcc.folder / "ontology/club.ttl"
    ontology.write_text(
        ontology.read_text()
        + """amcc:E owl:intersectionOf ( amcc:A amcc:B ) .
amcc:A rdfs:subClassOf amcc:C .
amcc:C rdfs:subClassOf amcc:D .
amcc:D rdfs:subClassOf amcc:E .
"""
    )
    passage = amcc.folder / "data/documents/diary/s02.ttl"
    passage.write_text(passage.read_text() + "<event/ball> a amcc:A , amcc:B .\n")
    call = ("explain", "event:ball", "a", "amcc:E")
    alone, every = amcc(*call).stdout, amcc(*call, "--all").stdout
    assert "(cls-int1; " in alone and "event:ball a amcc:B\n" in alone
    first, _, second = every.partition("\n\n")
    assert first == f"proof 1 of 2\n{alone}".rstrip()
    assert second.startswith("proof 2 of 2\n") and "event:ball a amcc:B\n" not in second


def test_that_a_bound_hides_proofs_is_said(amcc: Amcc) -> None:
    at = ("--repo", str(ROOT))
    small = amcc(*at, *EVENT, "--all", "--bound", "1")
    assert small.returncode == 0 and "(cax-sco; " in small.stdout
    remark = "A smallest proof has 2 rules and leaves, more than the bound of 1. A higher bound seeks more.\n"
    assert small.stdout.endswith(f"\n\n{remark}")
    some = amcc(*at, *EVENT, "--all", "--bound", "2").stdout
    fewer = len(proofs_of(amcc, "2")["proofs"])
    assert f"proof {fewer} of {fewer}" in some
    more = "There may be more proofs, of more than 2 rules and leaves. A higher bound seeks more.\n"
    assert some.endswith(f"\n\n{more}")
    assert "bound" not in amcc(*at, *EVENT).stdout


def proofs_of(amcc: Amcc, bound: str) -> dict[str, Any]:
    text = amcc("--repo", str(ROOT), *EVENT, "--all", "--bound", bound, "--format", "json").stdout
    return dict(json.loads(text))


def test_that_a_bound_hides_proofs_is_said_in_every_format(amcc: Amcc) -> None:
    call = ("--repo", str(ROOT), *EVENT, "--all", "--bound")
    some, every = proofs_of(amcc, "2"), proofs_of(amcc, "3")
    assert (some["bound"], some["complete"], every["bound"], every["complete"]) == (2, False, 3, True)
    assert 1 < len(some["proofs"]) < len(every["proofs"])
    for format in ("turtle", "mermaid", "svg", "html"):
        done = amcc(*call, "2", "--format", format)
        assert "There may be more proofs, of more than 2 rules and leaves." in done.stderr
        assert amcc(*call, "3", "--format", format).stderr == ""
