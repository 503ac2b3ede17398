"""What a careful reader of the article gets right: the thirteen traps, each as questions to the graph.

A trap is a list of ASK queries with the answer that the text supports, and of SELECTs with their rows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import amcc_kg

ROOT = Path(__file__).parents[1]
PROLOGUE = """
PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>
PREFIX body: <https://w3id.org/amcc-kg/body/>
PREFIX commitment: <https://w3id.org/amcc-kg/commitment/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX event: <https://w3id.org/amcc-kg/event/>
PREFIX group: <https://w3id.org/amcc-kg/group/>
PREFIX instrument: <https://w3id.org/amcc-kg/instrument/>
PREFIX mandate: <https://w3id.org/amcc-kg/mandate/>
PREFIX person: <https://w3id.org/amcc-kg/person/>
PREFIX place: <https://w3id.org/amcc-kg/place/>
PREFIX position: <https://w3id.org/amcc-kg/position/>
PREFIX post: <https://w3id.org/amcc-kg/post/>
PREFIX status: <https://w3id.org/amcc-kg/status/>
PREFIX topic: <https://w3id.org/amcc-kg/topic/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
BASE <https://w3id.org/amcc-kg/document/2018-09-20-amcc-3/>
"""
ARTICLE = "<https://w3id.org/amcc-kg/document/2018-09-20-amcc-3>"
IN_ARTICLE = f"?passage amcc:inDocument {ARTICLE} ."

# (trap, what is asked, pattern, whether the graph must say so)
ASKED: list[tuple[int, str, str, bool]] = [
    (
        1,
        "the third conference is a meeting of the AMCC",
        "event:amcc-3 amcc:meetingOf body:amcc ; amcc:ordinal 3",
        True,
    ),
    (1, "the forum is a forum", "body:amcc a amcc:MinisterialForum", True),
    (1, "the forum is its meeting", "body:amcc a amcc:Event", False),
    (1, "the meeting is a body", "event:amcc-3 a amcc:Body", False),
    (
        2,
        "the mechanism is planned",
        "GRAPH <s01> { instrument:asean-cyber-security-mechanism amcc:status status:planned }",
        True,
    ),
    (
        2,
        "the mechanism is under consideration",
        "GRAPH <s04> { instrument:asean-cyber-security-mechanism amcc:status status:under-consideration }",
        True,
    ),
    (
        2,
        "Singapore's drawing it up is planned",
        "commitment:singapore-to-draw-up-mechanism amcc:madeBy body:singapore ; amcc:status status:planned",
        True,
    ),
    (
        2,
        "the mechanism itself is agreed or there",
        "instrument:asean-cyber-security-mechanism amcc:status status:agreed",
        False,
    ),
    (
        2,
        "the mechanism is a body that could act",
        "instrument:asean-cyber-security-mechanism a amcc:Agent",
        False,
    ),
    (
        3,
        "the decision is the AMCC's",
        "GRAPH <s03> { commitment:agreement-on-mechanism amcc:madeBy body:amcc }",
        True,
    ),
    (3, "the decision is the agency's", "commitment:agreement-on-mechanism amcc:madeBy body:csa", False),
    (3, "the agency reports it", "<s03> amcc:attributedTo body:csa", True),
    (
        3,
        "the purpose in sentence 1 is the reporter's",
        "<s01> amcc:attributedTo ?who . ?who a amcc:Reporter",
        True,
    ),
    (3, "anyone else speaks in sentence 1", "<s01> amcc:attributedTo ?who . ?who a amcc:Body", False),
    (
        4,
        "the AMCC serves as interim platform, by the agency's account",
        "body:amcc amcc:servesAs ?m . ?m amcc:interim true ; amcc:reportedBy body:csa",
        True,
    ),
    (4, "the mandate ends on a date", "mandate:interim-asean-platform amcc:until ?date", False),
    (
        5,
        "the AMCC agreed in principle to subscribe to the norms",
        "?c a amcc:Subscription ; amcc:madeBy body:amcc ; amcc:status status:agreed-in-principle ; "
        "amcc:commitsTo instrument:ungge-2015-norms",
        True,
    ),
    (
        5,
        "a state subscribes to a norm",
        "?c a amcc:Subscription ; amcc:madeBy ?maker . ?maker a amcc:State",
        False,
    ),
    (
        5,
        "a collective subscribes to a norm",
        "?c a amcc:Subscription ; amcc:madeBy ?maker . ?maker a amcc:Group",
        False,
    ),
    (5, "the subscription is agreed outright", "?c a amcc:Subscription ; amcc:status status:agreed", False),
    (
        6,
        "sentence 9 is a position, in direct quotation",
        "<s09> amcc:quotedDirectly true . "
        "GRAPH <s09> { position:need-for-rules-based-environment amcc:heldBy body:singapore }",
        True,
    ),
    (6, "sentence 9 holds a commitment", "GRAPH <s09> { ?c amcc:madeBy|amcc:commitsTo ?x }", False),
    (6, "another sentence is in direct quotation", "?s amcc:quotedDirectly true FILTER (?s != <s09>)", False),
    (
        7,
        "that all ten agreed is Mr Iswaran's claim",
        "<s07> amcc:attributedTo person:s-iswaran . GRAPH <s07> { ?p amcc:heldBy ?g . ?g amcc:groupSize 10 }",
        True,
    ),
    (7, "sentence 7 names a state", "GRAPH <s07> { ?a ?b ?state } ?state a amcc:State", False),
    (
        7,
        "the article names a member state",
        f"GRAPH ?passage {{ ?m amcc:member|amcc:memberOf ?x }} {IN_ARTICLE}",
        False,
    ),
    (8, "the group is a group, not the report", "body:ungge a amcc:ExpertGroup", True),
    (8, "the report is the group", "instrument:ungge-2015-report a amcc:Agent", False),
    (
        8,
        "eleven voluntary norms, recommended in the report of 2015 that the group wrote",
        "instrument:ungge-2015-norms amcc:normCount 11 ; amcc:voluntary true ; amcc:recommendedIn ?r . "
        '?r amcc:authoredBy body:ungge ; amcc:issued "2015"^^xsd:gYear',
        True,
    ),
    (
        9,
        "the dateline is the document's",
        f'GRAPH <dateline> {{ {ARTICLE} dcterms:date "2018-09-20"^^xsd:date ; '
        "amcc:datelinedAt place:singapore }",
        True,
    ),
    (9, "anything was held on the day of the dateline", '?e amcc:heldOn "2018-09-20"^^xsd:date', False),
    (9, "the meeting's place is known", "event:amcc-3 amcc:heldAt ?place", False),
    (
        9,
        "the article places an event in Singapore",
        f"GRAPH ?passage {{ ?e amcc:heldAt place:singapore }} {IN_ARTICLE}",
        False,
    ),
    (
        9,
        "the meeting and the call were on 19 September 2018",
        'event:amcc-3 amcc:heldOn "2018-09-19"^^xsd:date . '
        'event:istana-call amcc:heldOn "2018-09-19"^^xsd:date',
        True,
    ),
    (
        9,
        "the summit was in April 2018, the year being inferred",
        'event:asean-summit-32 amcc:heldOn "2018-04"^^xsd:gYearMonth ; amcc:inferredYear "2018"^^xsd:gYear',
        True,
    ),
    (
        9,
        "a day is given for the summit",
        "event:asean-summit-32 amcc:heldOn ?d FILTER (DATATYPE(?d) = xsd:date)",
        False,
    ),
    (
        10,
        "the call is an event of its own, at the Istana, hosted by the Prime Minister",
        "event:istana-call a amcc:Call ; amcc:heldAt place:istana ; amcc:hostedBy person:lee-hsien-loong . "
        "GRAPH <s10> { person:lee-hsien-loong amcc:holdsPost post:prime-minister }",
        True,
    ),
    (
        10,
        "the Prime Minister attended or chaired the AMCC",
        "event:amcc-3 ?role person:lee-hsien-loong",
        False,
    ),
    (10, "the call is a meeting of the AMCC", "event:istana-call amcc:meetingOf ?body", False),
    (12, "a publisher is stated", f"{ARTICLE} dcterms:publisher|<https://schema.org/publisher> ?p", False),
    (12, "a headline is stated", f"{ARTICLE} dcterms:title|<https://schema.org/headline> ?t", False),
    (13, "the list of topics is complete", "event:istana-call amcc:topicsComplete true", False),
    (13, "the list of topics is said to be open", "event:istana-call amcc:topicsComplete false", True),
    (13, "the article says what the AMCC discussed", "event:amcc-3 amcc:discussed ?topic", False),
]

# (trap, what is asked, query, rows)
SELECTED: list[tuple[int, str, str, set[tuple[str, ...]]]] = [
    (
        3,
        "who speaks in which sentence",
        "SELECT ?n ?name { ?s a amcc:Sentence ; amcc:number ?n ; amcc:attributedTo ?who "
        "BIND (REPLACE(STR(?who), '.*/amcc-kg/([a-z]+/[a-z-]*).*', '$1') AS ?name) }",
        {
            *((str(n), "reporter/") for n in (1, 2, 3, 5, 6, 8, 10, 11)),
            *((str(n), "body/csa") for n in (2, 3, 4)),
            *((str(n), "person/s-iswaran") for n in (5, 6, 7, 9)),
        },
    ),
    (
        11,
        "Mr Iswaran's two posts, in two sentences",
        "SELECT ?passage ?post { GRAPH ?passage { person:s-iswaran amcc:holdsPost ?post } }",
        {
            ("https://w3id.org/amcc-kg/document/2018-09-20-amcc-3/s05",
             "https://w3id.org/amcc-kg/post/minister-for-communications-and-information"),
            ("https://w3id.org/amcc-kg/document/2018-09-20-amcc-3/s06",
             "https://w3id.org/amcc-kg/post/minister-in-charge-of-cyber-security"),
        },
    ),
    (
        13,
        "the three topics, discussed at the call",
        "SELECT ?event ?topic { GRAPH <s11> { ?event amcc:discussed ?topic } }",
        {
            ("https://w3id.org/amcc-kg/event/istana-call", f"https://w3id.org/amcc-kg/topic/{topic}")
            for topic in ("capacity-building", "cyber-policy-coordination", "development-of-norms")
        },
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def kg() -> amcc_kg.KnowledgeGraph:
    return amcc_kg.open(ROOT)


@pytest.mark.parametrize(
    ("trap", "asked", "pattern", "expected"), ASKED, ids=[f"{t}: {a}" for t, a, _, _ in ASKED]
)
def test_the_graph_says_what_a_careful_reader_says(
    kg: amcc_kg.KnowledgeGraph, trap: int, asked: str, pattern: str, expected: bool
) -> None:
    assert kg.query(f"{PROLOGUE} ASK {{ {pattern} }}").boolean is expected


@pytest.mark.parametrize(
    ("trap", "asked", "query", "rows"), SELECTED, ids=[f"{t}: {a}" for t, a, _, _ in SELECTED]
)
def test_the_graph_lists_what_a_careful_reader_lists(
    kg: amcc_kg.KnowledgeGraph, trap: int, asked: str, query: str, rows: set[tuple[str, ...]]
) -> None:
    answer = kg.query(PROLOGUE + query)
    assert {tuple(cell.value for cell in row) for row in answer} == rows


def test_every_trap_is_tested() -> None:
    assert {trap for trap, *_ in ASKED} | {trap for trap, *_ in SELECTED} == set(range(1, 14))


def test_negative_questions_could_be_answered_yes(kg: amcc_kg.KnowledgeGraph) -> None:
    """A misspelt property would make every question that expects no pass: all that are used are declared."""
    import re

    used = set(
        re.findall(r"amcc:(\w+)", " ".join([p for _, _, p, _ in ASKED] + [q for _, _, q, _ in SELECTED]))
    )
    for name in sorted(used):
        assert kg.query(f"{PROLOGUE} ASK {{ amcc:{name} a ?kind }}").boolean, name
