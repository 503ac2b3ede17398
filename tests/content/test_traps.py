"""What a careful reader of the article gets right: the nineteen traps, each as questions to the graph.

A trap is a list of ASK queries with the answer that the text supports, and of SELECTs with their rows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import amcc_kg

ROOT = Path(__file__).parents[2]
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
PREFIX modality: <https://w3id.org/amcc-kg/modality/>
PREFIX outcome: <https://w3id.org/amcc-kg/outcome/>
PREFIX status: <https://w3id.org/amcc-kg/status/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX topic: <https://w3id.org/amcc-kg/topic/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
BASE <https://w3id.org/amcc-kg/document/2018-09-20-amcc-3/>
"""
DOCUMENT = "https://w3id.org/amcc-kg/document/2018-09-20-amcc-3/"
ASEAN = "Association of Southeast Asian Nations"
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
        "GRAPH <s04a> { instrument:asean-cyber-security-mechanism amcc:status status:under-consideration }",
        True,
    ),
    (
        2,
        "Singapore's drawing it up is planned",
        "commitment:singapore-to-draw-up-mechanism amcc:expectedOf body:singapore ; "
        "amcc:status status:planned",
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
        "GRAPH <s03a> { commitment:agreement-on-mechanism amcc:madeBy body:amcc }",
        True,
    ),
    (3, "the decision is the agency's", "commitment:agreement-on-mechanism amcc:madeBy body:csa", False),
    (3, "the agency reports it", "<s03a> amcc:attributedTo body:csa", True),
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
        "GRAPH ?p { body:amcc amcc:servesAs ?m . ?m amcc:interim true } ?p amcc:attributedTo body:csa",
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
    (
        5,
        "the article says that the subscription is agreed outright",
        f"GRAPH ?passage {{ ?c amcc:status status:agreed }} ?c a amcc:Subscription . {IN_ARTICLE}",
        False,
    ),
    (
        6,
        "sentence 9 is a position, in direct quotation",
        "<s09a> amcc:quotedDirectly true . "
        "GRAPH <s09a> { position:need-for-rules-based-environment amcc:heldBy body:singapore }",
        True,
    ),
    (6, "sentence 9 holds a commitment", "GRAPH <s09a> { ?c amcc:madeBy|amcc:commitsTo ?x }", False),
    (
        6,
        "anything else of the article is in direct quotation",
        f"?s amcc:quotedDirectly true ; amcc:inDocument {ARTICLE} FILTER (?s != <s09a>)",
        False,
    ),
    (
        7,
        "that all ten agreed is Mr Iswaran's claim",
        "<s07b> amcc:attributedTo person:s-iswaran . GRAPH <s07b> { ?p amcc:heldBy ?g . ?g amcc:size 10 }",
        True,
    ),
    (7, "sentence 7 names a state", "GRAPH <s07b> { ?a ?b ?state } ?state a amcc:State", False),
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
        "instrument:ungge-2015-norms amcc:size 11 ; amcc:voluntary true ; amcc:recommendedIn ?r . "
        '?r amcc:authoredBy body:ungge ; dcterms:issued "2015"^^xsd:gYear',
        True,
    ),
    (
        9,
        "date and dateline are the document's",
        f'GRAPH <date> {{ {ARTICLE} dcterms:date "2018-09-20"^^xsd:date }} '
        f"GRAPH <dateline> {{ {ARTICLE} amcc:datelinedAt place:singapore }}",
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
    (
        13,
        "the call was about ways to enhance regional cooperation",
        "GRAPH <s11> { event:istana-call amcc:about topic:regional-cooperation }",
        True,
    ),
    (13, "the call was for something", "event:istana-call amcc:aim ?outcome", False),
    (
        14,
        "that he chaired and which posts he holds is the reporter's word",
        "GRAPH ?p { event:amcc-3 amcc:chairedBy person:s-iswaran } "
        "GRAPH ?q { person:s-iswaran amcc:holdsPost ?post } "
        "?p amcc:attributedTo/a amcc:Reporter . ?q amcc:attributedTo/a amcc:Reporter",
        True,
    ),
    (
        14,
        "he says anything of himself",
        "?p amcc:attributedTo person:s-iswaran . "
        "GRAPH ?p { { person:s-iswaran ?a ?b } UNION { ?c ?d person:s-iswaran } }",
        False,
    ),
    (
        15,
        "sentence 1 tells a plan, expected of Singapore",
        "GRAPH <s01> { ?c a amcc:Plan ; amcc:expectedOf body:singapore ; amcc:modality modality:will }",
        True,
    ),
    (15, "Singapore made it", "commitment:singapore-to-draw-up-mechanism amcc:madeBy ?who", False),
    (
        15,
        "Singapore bound itself by sentence 5, to something else",
        "GRAPH <s05b> { ?c a amcc:Undertaking ; amcc:madeBy body:singapore ; amcc:status status:committed } "
        "FILTER NOT EXISTS { ?c amcc:commitsTo instrument:asean-cyber-security-mechanism }",
        True,
    ),
    (15, "ASEAN bound itself by sentence 6", "GRAPH <s06a> { ?c amcc:madeBy ?who }", False),
    (
        16,
        "the position of sentence 7 is about a rules-based approach",
        "GRAPH <s07b> { ?p a amcc:Position ; amcc:about topic:rules-based-approach }",
        True,
    ),
    (
        16,
        "that approach is the framework of sentence 6",
        "position:rules-based-approach-gives-confidence ?p instrument:rules-based-international-framework",
        False,
    ),
    (
        17,
        "that the AMCC continue is a should, and nobody's that is named",
        "GRAPH <s04c> { ?p a amcc:Position ; amcc:modality modality:should } "
        "FILTER NOT EXISTS { GRAPH <s04c> { ?p amcc:heldBy ?who } }",
        True,
    ),
    (
        17,
        "the three wordings of threats are one topic's names",
        'topic:cyber-threats skos:prefLabel "cyber threats"@en ; '
        'skos:altLabel "online attacks"@en , "emerging global cyber threats"@en',
        True,
    ),
    (
        18,
        "“he added” stands outside the quotation marks",
        "<s09b> amcc:quotedDirectly false ; amcc:attributedTo/a amcc:Reporter . "
        "GRAPH <s09b> { position:need-for-rules-based-environment amcc:voicedBy person:s-iswaran }",
        True,
    ),
    (18, "the words in the marks say who speaks", "GRAPH <s09a> { ?x amcc:voicedBy ?who }", False),
    (
        19,
        "the date at the head is the supplier's, who is no reporter",
        "<date> amcc:attributedTo ?who FILTER NOT EXISTS { ?who a amcc:Reporter }",
        True,
    ),
    (19, "the dateline is the reporter's", "<dateline> amcc:attributedTo/a amcc:Reporter", True),
    (19, "the supplier's words hold the place", "GRAPH <date> { ?x amcc:datelinedAt ?place }", False),
]

# (trap, what is asked, query, rows)
SELECTED: list[tuple[int, str, str, set[tuple[str, ...]]]] = [
    (
        3,
        "who speaks in which sentence",
        f"SELECT ?n ?name {{ ?s a amcc:Passage ; amcc:inDocument {ARTICLE} ; amcc:number ?n ; "
        "amcc:attributedTo ?who BIND (REPLACE(STR(?who), '.*/amcc-kg/([a-z]+/[a-z-]*).*', '$1') AS ?name) }",
        {
            ("0", "agent/supplier-"),
            *((str(n), "reporter/") for n in range(12)),
            *((str(n), "body/csa") for n in (2, 3, 4)),
            *((str(n), "person/s-iswaran") for n in (5, 6, 7, 9)),
        },
    ),
    (
        11,
        "Mr Iswaran's two posts, in two sentences",
        "SELECT ?passage ?post { GRAPH ?passage { person:s-iswaran amcc:holdsPost ?post } "
        f"{IN_ARTICLE} }}",
        {
            ("https://w3id.org/amcc-kg/document/2018-09-20-amcc-3/s05a",
             "https://w3id.org/amcc-kg/post/minister-for-communications-and-information"),
            ("https://w3id.org/amcc-kg/document/2018-09-20-amcc-3/s06b",
             "https://w3id.org/amcc-kg/post/minister-in-charge-of-cyber-security"),
        },
    ),
    (
        17,
        "what is about online attacks, by another of their names",
        "SELECT ?thing { ?topic skos:altLabel 'online attacks'@en . GRAPH ?p { ?outcome amcc:about ?topic } "
        "GRAPH ?passage { ?thing amcc:aim|amcc:expectedBenefit ?outcome } "
        f"?p amcc:inDocument {ARTICLE} . {IN_ARTICLE} }}",
        {
            (f"https://w3id.org/amcc-kg/{thing}",)
            for thing in (
                "commitment/singapore-to-draw-up-mechanism",
                "commitment/singapore-to-lead-capability-efforts",
                "position/rules-based-approach-gives-confidence",
            )
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
    assert {trap for trap, *_ in ASKED} | {trap for trap, *_ in SELECTED} == set(range(1, 20))


def test_negative_questions_could_be_answered_yes(kg: amcc_kg.KnowledgeGraph) -> None:
    """A misspelt property would make every question that expects no pass: all that are used are declared."""
    import re

    used = set(
        re.findall(r"amcc:(\w+)", " ".join([p for _, _, p, _ in ASKED] + [q for _, _, q, _ in SELECTED]))
    )
    for name in sorted(used):
        assert kg.query(f"{PROLOGUE} ASK {{ amcc:{name} a ?kind }}").boolean, name


def test_nothing_that_a_speaker_is_asked_for_is_said_about_him(kg: amcc_kg.KnowledgeGraph) -> None:
    rows = kg.query("who-said-what", speaker="S Iswaran")
    passages = {row.passage.value for row in rows}
    assert passages > {f"{DOCUMENT}{name}" for name in ("s05b", "s06a", "s07b", "s09a")}
    for passage in passages:
        voices = kg.query(f"{PROLOGUE} SELECT ?v {{ <{passage}> amcc:attributedTo ?v }}")
        assert [row.v.value.rpartition("/")[2] for row in voices] == ["s-iswaran"]


def test_who_chaired_cites_the_reporter(kg: amcc_kg.KnowledgeGraph) -> None:
    (row,) = [r for r in kg.query("who-chaired") if r.passage.value == f"{DOCUMENT}s05a"]
    cited = {c.passage.rpartition("/")[2]: c for c in row.evidence.passages}
    assert cited["s05a"].name == "sentence 5, the reporter of the article"
    assert cited["s05a"].words == (
        "“Communications and Information Minister S Iswaran, who chaired the AMCC, said …”"
    )


def test_plan_intention_and_commitment_are_three_different_things(kg: amcc_kg.KnowledgeGraph) -> None:
    article = "/2018-09-20-amcc-3/"
    told = {
        (str(row.agent.value), str(row.kind.value), str(row.role.value), str(row.status.value))
        for row in kg.query("commitments")
        if article in row.passage.value and row.status and row.agent.value in ("Singapore", ASEAN)
    }
    assert told == {
        ("Singapore", "plan", "expected of", "planned"),
        ("Singapore", "undertaking", "made by", "committed"),
        (ASEAN, "plan", "expected of", "intended"),
    }


def test_a_direction_was_given_or_not(kg: amcc_kg.KnowledgeGraph) -> None:
    assert not kg.query(f"{PROLOGUE} ASK {{ ?d a amcc:Direction ; amcc:status ?s }}").boolean


def test_statuses_are_sorted_by_firmness(kg: amcc_kg.KnowledgeGraph) -> None:
    rows = kg.query(f"{PROLOGUE} SELECT ?s {{ ?status amcc:firmness ?f ; skos:prefLabel ?s }} ORDER BY ?f")
    assert [row.s.value for row in rows] == [
        *("under consideration", "intended", "planned", "committed"),
        *("agreed in principle", "agreed", "carried out"),
    ]


def test_the_two_statuses_of_the_mechanism_are_told_apart_with_who_says_which(
    kg: amcc_kg.KnowledgeGraph,
) -> None:
    rows = [row for row in kg.query("mechanism") if row.aspect.value == "status"]
    told = [(row.value.value, row.says.value, row.differsFrom.value) for row in rows]
    assert sorted(told, key=told.index) == sorted(told, key=lambda row: row[0], reverse=True)
    assert set(told) == {
        ("under consideration", "Cyber Security Agency of Singapore", "planned"),
        ("planned", "the reporter of the article", "under consideration"),
    }
