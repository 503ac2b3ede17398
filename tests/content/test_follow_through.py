"""What became of each promise: by date, each step with its passage; where nothing did, an absence says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import amcc_kg

ROOT = Path(__file__).parents[2]
BASE = "https://w3id.org/amcc-kg/"
PREFIX = "PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>\n"


@pytest.fixture(scope="module")
def kg() -> amcc_kg.KnowledgeGraph:
    return amcc_kg.open(ROOT)


@pytest.mark.parametrize(
    ("promise", "steps"),
    [
        (
            "instrument/asean-cyber-security-mechanism",
            [
                ("commitment/amcc-4-agreement-on-committee", "2019-10-02"),
                ("commitment/telmin-19-agreement-on-cyber-cc", "2019-10-24"),
                ("event/asean-cyber-cc-1", "2020-11"),
            ],
        ),
        (
            "commitment/amcc-subscription-to-norms",
            [
                ("event/publication-of-asean-norms-checklist", "2024-10"),
                ("commitment/adgmin-5-approval-of-norms-checklist", "2025-01-16"),
            ],
        ),
        (
            "commitment/singapore-to-lead-capability-efforts",
            [
                ("event/drafting-of-cert-operational-framework", "2022-10"),
                ("commitment/endorsement-of-cert-operational-framework", "2023-02"),
                ("event/announcement-of-regional-cert-facility", "2024-10-16"),
            ],
        ),
    ],
    ids=["the mechanism", "the norms", "the ability to respond"],
)
def test_a_chain_is_told_by_date_with_the_passages_that_tell_it(
    kg: amcc_kg.KnowledgeGraph, promise: str, steps: list[tuple[str, str]]
) -> None:
    rows = list(kg.query("follow-through", promise=f"<{BASE}{promise}>"))
    found = [(row.step.value.removeprefix(BASE), row.on.value) for row in rows if row.on]
    assert [on for _, on in found] == sorted(on for _, on in found)
    assert [step for step in dict.fromkeys(found) if step in steps] == steps
    for row in rows:
        cited = {citation.passage for citation in row.evidence.passages}
        assert row.evidence.complete and row.passage.value in cited
        tied = row.tie.value == "follows through on"
        assert tied or any("/editors-notes/" in passage for passage in cited)


def test_no_later_mention_comes_out_as_an_absence(kg: amcc_kg.KnowledgeGraph) -> None:
    promise = f"{BASE}commitment/asean-to-work-towards-framework"
    (row,) = kg.query("follow-through", promise=f"<{promise}>")
    assert row.step is None and row.tie.value == "no later mention"
    (absence,) = row.evidence.absences
    assert "laterMention" in absence.pattern and promise in absence.question
    assert not kg.query(absence.question).boolean


def test_only_a_source_ties_two_commitments_and_only_the_editors_see_a_later_mention(
    kg: amcc_kg.KnowledgeGraph,
) -> None:
    voices = {
        name: {
            row.voice.value
            for row in kg.query(
                f"{PREFIX}SELECT ?voice {{ GRAPH ?p {{ ?a amcc:{name} ?b }} ?p amcc:attributedTo ?voice }}"
            )
        }
        for name in ("followsThroughOn", "laterMention")
    }
    assert voices["laterMention"] == {f"{BASE}agent/editors"}
    assert voices["followsThroughOn"] and f"{BASE}agent/editors" not in voices["followsThroughOn"]


def test_a_later_mention_is_not_earlier(kg: amcc_kg.KnowledgeGraph) -> None:
    rows = kg.query(
        f"{PREFIX}SELECT ?a ?b ?first ?then {{ ?a amcc:laterMention ?b . "
        "?a (amcc:madeAt?)/amcc:heldOn ?first . ?b (amcc:madeAt?)/amcc:heldOn ?then }"
    )
    assert len(rows) > 10
    for row in rows:
        first, then = row.first.value, row.then.value
        size = min(len(first), len(then))
        assert first[:size] <= then[:size], (row.a.value, row.b.value)


def test_a_topic_is_asked_for_by_any_of_its_names_with_those_below_it(kg: amcc_kg.KnowledgeGraph) -> None:
    by_name = {
        name: list(kg.query("about-topic", topic=name)) for name in ("online attacks", "cyber threats")
    }
    assert by_name["online attacks"] == by_name["cyber threats"] != []
    rules = {row.narrower.value for row in kg.query("about-topic", topic="rules in cyberspace")}
    assert {"rules-based approach", "rules-based cyberspace", "development of norms of behaviour"} <= rules
