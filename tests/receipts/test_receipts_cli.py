"""Evidence as people and programs get it: from the command line, in every format, and from Python."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pyoxigraph
import pytest
from pyoxigraph import NamedNode, QueryResultsFormat
from rdflib import PROV, RDF, Graph, Literal, Namespace, URIRef

import amcc_kg
from amcc_kg.graph import child_process
from amcc_kg.receipts.writing import english
from amcc_kg.sparql import reader
from amcc_kg.sparql.reader import UnreadableError
from amcc_kg.terms.errors import EngineError, InputError

ROOT = Path(__file__).parent.parent.parent
S05 = "https://w3id.org/amcc-kg/document/2018-09-20-amcc-3/s05a"
QUOTE = "who chaired the AMCC"
HOLDS = """PREFIX org: <http://www.w3.org/ns/org#>
SELECT ?person ?post WHERE { ?person org:holds ?post } ORDER BY STR(?person) STR(?post)"""
OA = Namespace("http://www.w3.org/ns/oa#")
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")

NAMES = [path.stem for path in sorted((ROOT / "queries").glob("*.rq"))]


@pytest.fixture(scope="module")
def kg():
    return amcc_kg.open(ROOT, isolated=False)


def chaired(kg) -> amcc_kg.Row:
    """Who chaired the conference, by the reporter's word."""
    (row,) = (row for row in kg.query("who-chaired") if row.passage.value == S05)
    return row


@pytest.fixture
def article(amcc):
    """The command line in the repository of the article."""
    amcc.folder = ROOT
    return amcc


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_every_saved_query_has_a_whole_receipt(kg, name: str) -> None:
    plain, answer = kg.query(name), kg.query(name, evidence=True)
    assert plain == answer
    assert len(answer) > 0
    for row in answer:
        assert row.evidence.complete, row.evidence.gaps
        assert row.evidence.triples
        assert row.evidence.passages or row.evidence.files


@pytest.mark.parametrize("name", NAMES)
def test_each_leaf_stands_in_the_passages_that_it_is_cited_from(kg, name: str) -> None:
    store = kg._store.engine()
    for row in kg.query(name):
        for leaf in row.evidence.leaves:
            assert leaf.passages or leaf.files
            for graph in (*leaf.passages, *leaf.files):
                triple = (leaf.triple.subject, leaf.triple.predicate, leaf.triple.object)
                assert pyoxigraph.Quad(*triple, NamedNode(graph)) in store


def test_who_chaired_cites_the_fifth_sentence_and_its_quote(article) -> None:
    done = article("query", "who-chaired", "--evidence")
    assert done.returncode == 0, done.stderr
    row = done.stdout.partition("\nrow 2\n")[2].partition("\nrow 3\n")[0]
    mark = re.search(r"event:amcc-3 amcc:chairedBy person:s-iswaran  (\[\d+\])", row)
    assert mark
    note = next(line for line in done.stdout.splitlines() if line.startswith(f"{mark[1]} "))
    assert "sentence 5, the reporter of the article: “" in note
    assert QUOTE in note


def test_because_says_who_says_so_and_where(article) -> None:
    done = article("query", "who-chaired", "--because")
    about = "S Iswaran, the third ASEAN Ministerial Conference on Cybersecurity, 2018-09-19: so "
    told = [line for line in done.stdout.splitlines() if line.startswith(about)]
    (sentence,) = (line for line in told if "of a news article" in line.partition(";")[0])
    assert "in sentence 5 of a news article of 20 September 2018 on the third AMCC" in sentence
    assert f"“{QUOTE}”" in sentence


def test_what_is_inferred_is_cited_through_its_proof(kg) -> None:
    (row,) = [
        r
        for r in kg.query(HOLDS, evidence=True)
        if str(r.post).endswith("communications-and-information>") and "iswaran" in str(r.person)
    ]
    receipt = row.evidence
    assert [str(t.predicate) for t in receipt.inferred] == ["<http://www.w3.org/ns/org#holds>"]
    assert [str(t.predicate) for t in receipt.triples] == ["<https://w3id.org/amcc-kg/ontology#holdsPost>"]
    assert S05 in [citation.passage for citation in receipt.passages]
    assert "inferred: person:s-iswaran org:holds" in str(receipt)


def test_a_property_chain_is_cited_from_both_its_links(kg) -> None:
    for row in kg.query("affiliations"):
        inferred = [str(t.predicate) for t in row.evidence.inferred]
        assert inferred == ["<https://w3id.org/amcc-kg/ontology#affiliatedWith>"]
        predicates = {str(t.predicate).rpartition("#")[2] for t in row.evidence.triples}
        assert {"holdsPost>", "postIn>"} <= predicates


def test_without_inference_nothing_is_inferred(kg) -> None:
    assert not any(row.evidence.inferred for row in kg.query("bodies", inference=False))


def test_proofs_kept_with_the_graph_are_those_that_are_found_without(kg, monkeypatch) -> None:
    kept = [row.evidence for row in kg.query(HOLDS)]
    monkeypatch.setattr(type(kg.compiled), "proofs", b"{}", raising=False)
    assert json.loads(kg.compiled.proofs) == {}
    assert [row.evidence for row in kg.query(HOLDS)] == kept


def test_an_absence_carries_the_version_of_the_graph(kg) -> None:
    (absence,) = [a for a in kg.query("timeline")[0].evidence.absences if "inferredYear" in a.pattern]
    assert absence.version == kg.compiled.key.graph
    assert str(absence).startswith("nothing in the graph says")
    assert not kg.query(f"ASK {{ {absence.pattern} }}").boolean


def test_a_row_that_rests_on_the_query_alone_says_so(article) -> None:
    done = article("query", "SELECT ?x { VALUES ?x { 1 } }", "--evidence")
    assert "rests on no triple: the query itself" in done.stdout


def test_yes_and_no_have_receipts_too(kg, article) -> None:
    yes = "ASK { <https://w3id.org/amcc-kg/event/amcc-3> ?p <https://w3id.org/amcc-kg/person/s-iswaran> }"
    assert S05 in [c.passage for c in kg.query(yes).receipts[0].passages]
    no = yes.replace("s-iswaran", "lee-hsien-loong")
    assert (
        "nothing in the graph says event:amcc-3 ?p person:lee-hsien-loong"
        in article("query", no, "--evidence").stdout
    )


def test_described_and_constructed_triples_are_cited(kg) -> None:
    described = kg.query("DESCRIBE <https://w3id.org/amcc-kg/event/amcc-3>")
    assert all(row.evidence.complete and row.evidence.leaves for row in described)
    constructed = kg.query(
        HOLDS.replace("SELECT ?person ?post", "CONSTRUCT { ?post ?person ?person }").split("ORDER")[0]
    )
    assert len(constructed) == 0 or all(row.evidence.complete for row in constructed)


def test_parameters_reach_every_form(kg) -> None:
    text = "ASK { ?event <https://w3id.org/amcc-kg/ontology#chairedBy> ?who }"
    receipt = kg.query(text, who="<https://w3id.org/amcc-kg/person/s-iswaran>").receipts[0]
    assert S05 in [citation.passage for citation in receipt.passages]


@pytest.mark.parametrize("name", ["who-chaired", "member-states", "posts"])
def test_json_is_the_standard_one_with_evidence_beside_it(article, name: str) -> None:
    plain = json.loads(article("query", name, "--format", "json").stdout)
    text = article("query", name, "--format", "json", "--evidence").stdout
    content = json.loads(text)
    assert list(pyoxigraph.parse_query_results(text.encode(), QueryResultsFormat.JSON))
    evidence = content.pop("evidence")
    assert content == plain
    assert len(evidence) == len(plain["results"]["bindings"])
    for receipt in evidence:
        assert receipt["complete"] is True
        cited = {passage["passage"] for passage in receipt["passages"]}
        assert cited == {p for triple in receipt["triples"] for p in triple["passages"]}
        for triple in receipt["triples"]:
            list(pyoxigraph.parse(f"{triple['triple']} .".encode(), pyoxigraph.RdfFormat.N_TRIPLES))


@pytest.mark.parametrize("format", ["csv", "tsv"])
def test_tables_for_programs_have_more_columns(article, format: str) -> None:
    plain = article("query", "timeline", "--format", format).stdout
    text = article("query", "timeline", "--format", format, "--evidence").stdout
    delimiter = "," if format == "csv" else "\t"
    quoting = csv.QUOTE_MINIMAL if format == "csv" else csv.QUOTE_NONE
    one = list(csv.reader(io.StringIO(plain), delimiter=delimiter, quoting=quoting))
    other = list(csv.reader(io.StringIO(text), delimiter=delimiter, quoting=quoting))
    width = len(one[0])
    assert [row[:width] for row in other] == one
    assert [name.lstrip("?") for name in other[0][width:]] == [
        "evidence",
        "evidence_places",
        "evidence_speakers",
        "evidence_quotes",
        "evidence_inferred",
        "evidence_absences",
        "evidence_untraced",
        "evidence_remarks",
    ]
    assert all(row[width].strip('"').startswith("https://") for row in other[1:])
    if format == "tsv":
        assert (
            len(list(pyoxigraph.parse_query_results(text.encode(), QueryResultsFormat.TSV))) == len(one) - 1
        )


def test_xml_readers_that_know_nothing_of_evidence_read_the_answer(article) -> None:
    plain = article("query", "posts", "--format", "xml").stdout
    text = article("query", "posts", "--format", "xml", "--evidence").stdout

    def rows(document: str) -> list[str]:
        return [str(row) for row in pyoxigraph.parse_query_results(document.encode(), QueryResultsFormat.XML)]

    assert rows(text) == rows(plain)
    records = [json.loads(found) for found in re.findall(r"<\?evidence (.*)\?>", text)]
    assert [record["complete"] for record in records] == [True] * len(rows(plain))


def test_markdown_has_a_footnote_for_every_mark(article) -> None:
    text = article("query", "posts", "--format", "markdown", "--evidence").stdout
    used = set(re.findall(r"\[\^(\d+)\](?!:)", text))
    defined = re.findall(r"^\[\^(\d+)\]: ", text, re.MULTILINE)
    assert used == set(defined)
    assert len(defined) == len(set(defined))


def test_turtle_says_with_prov_and_web_annotation_what_rests_on_what(article) -> None:
    graph = Graph().parse(data=article("query", "who-chaired", "--format", "turtle", "--evidence").stdout)
    (answer,) = graph.subjects(RDF.type, RS.ResultSet)
    passages = {
        passage
        for solution in graph.objects(answer, RS.solution)
        for statement in graph.objects(solution, PROV.wasDerivedFrom)
        for passage in graph.objects(statement, PROV.wasDerivedFrom)
    }
    assert URIRef(S05) in passages
    quotes = {q for s in graph.objects(URIRef(S05), OA.hasSelector) for q in graph.objects(s, OA.exact)}
    assert Literal(QUOTE) in quotes
    assert all(isinstance(node, URIRef) for node in graph.subjects())


@pytest.mark.parametrize("format", ["turtle", "json", "xml", "ntriples"])
def test_a_graph_keeps_its_triples_and_gets_their_evidence(article, format: str) -> None:
    text = "CONSTRUCT { ?e ?p ?o } { ?e ?p ?o . ?e <https://w3id.org/amcc-kg/ontology#chairedBy> ?x }"
    syntax = {"json": "json-ld", "xml": "xml", "ntriples": "nt"}.get(format, format)
    plain = Graph().parse(data=article("query", text, "--format", format).stdout, format=syntax)
    shown = Graph().parse(data=article("query", text, "--format", format, "--evidence").stdout, format=syntax)
    assert set(plain) < set(shown)
    for subject, predicate, object_ in plain:
        (name,) = [
            s
            for s in shown.subjects(RDF.object, object_)
            if (s, RDF.subject, subject) in shown and (s, RDF.predicate, predicate) in shown
        ]
        assert list(shown.objects(name, PROV.wasDerivedFrom))


def test_the_table_comes_first_and_unchanged(article) -> None:
    for name in ("passages", "bodies"):
        assert article("query", name, "--evidence").stdout.startswith(article("query", name).stdout)


def test_all_shows_a_row_once_for_each_set_of_triples_that_gives_it(article, kg) -> None:
    asked = "SELECT DISTINCT ?who { ?event amcc:chairedBy ?who }"
    events = "SELECT ?who { ?event amcc:chairedBy ?who FILTER(isIRI(?event)) }"
    record = json.loads(article("query", asked, "--evidence", "--all", "--format", "json").stdout)
    rows = [row["who"]["value"] for row in record["results"]["bindings"]]
    assert sorted(rows) == sorted(row.who.value for row in kg.query(events))
    assert len(rows) > len(set(rows))
    receipts = [tuple(t["triple"] for t in receipt["triples"]) for receipt in record["evidence"]]
    assert len(set(receipts)) == len(receipts) == len(rows)
    answer = kg.query(asked)
    assert [answer.receipts.all(at)[0] for at in range(len(answer))] == list(answer.receipts)
    assert "--evidence" in article.fails("query", asked, "--all")
    assert article("query", "ASK { ?s amcc:chairedBy ?o }", "--evidence", "--all").stdout.startswith("true")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s ?o { ?s amcc:chairedBy|rdfs:label ?o } LIMIT 7",
        "SELECT ?s (SAMPLE(?o) AS ?one) { ?s rdfs:label ?o } GROUP BY ?s LIMIT 5",
        "SELECT DISTINCT ?type { ?s a/rdfs:subClassOf* ?type FILTER(isIRI(?type)) } OFFSET 3 LIMIT 4",
        "SELECT ?g { GRAPH ?g { } } LIMIT 3",
        "SELECT ?x { { SELECT ?g ?x { GRAPH ?g { BIND(STR(?g) AS ?x) } } LIMIT 3 } }",
        "SELECT * { ?e amcc:chairedBy ?p . { OPTIONAL { ?e amcc:heldOn ?d . ?e amcc:chairedBy/amcc:holdsPost"
        " ?x . ?e amcc:chairedBy ?p } ?e amcc:heldOn ?d } UNION { ?e amcc:heldOn ?d } } LIMIT 2",
    ],
)
def test_rows_that_a_limit_takes_from_no_order_are_the_same_each_time(kg, text: str) -> None:
    once = kg.query(text)
    shown = kg.query(text, evidence=True)
    assert kg.query(text) == once == shown == amcc_kg.open(ROOT).query(text, evidence=True)
    rows = [kg.query(re.sub(r" LIMIT \d$", "", text), limit=2) for _ in range(4)]
    assert rows == rows[:1] * 4
    assert all(row.evidence.complete for row in shown)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT DISTINCT ?p { ?s ?p ?o }",
        "SELECT ?b ?o { ?r owl:propertyChainAxiom ?b . ?b rdf:rest*/rdf:first ?o }",
        "SELECT ?r { ?r owl:propertyChainAxiom ?b FILTER NOT EXISTS { ?b rdfs:label ?x } }",
        "DESCRIBE amcc:memberOf",
        "SELECT ?s ?o { ?s ?p ?o FILTER(isBlank(?s)) } LIMIT 5",
    ],
)
def test_each_run_gives_the_same_bytes_blank_nodes_or_not(article, text: str) -> None:
    for options in ((), ("--evidence",)):
        one, other = (article("query", text, *options).stdout for _ in range(2))
        assert one == other
        assert one.strip()


def test_a_limit_limits_the_evidence_too(article) -> None:
    text = article("query", "passages", "--evidence", "--limit", "2").stdout
    assert "row 2" in text
    assert "row 3" not in text


def test_calls_that_make_no_sense_are_refused(article) -> None:
    assert "--because" in article.fails("query", "posts", "--because", "--format", "csv")
    assert "--because" in article.fails("query", "posts", "--because", "--evidence")
    said = article.fails("query", "posts", "--evidence", "--endpoint", "http://127.0.0.1:9/")
    assert "endpoint" in said


def test_an_engine_that_breaks_off_while_tracing_costs_no_row(kg, monkeypatch) -> None:
    graph = amcc_kg.open(ROOT, isolated=True)
    answer = graph.query("posts", evidence=True)

    def dies(*_):
        raise EngineError("the query engine broke off")

    monkeypatch.setattr(child_process, "run", dies)
    assert len(answer) == len(kg.query("posts")) > 2
    assert all(row.evidence.gaps == ("the query engine broke off",) for row in answer)
    assert not any(row.evidence.complete or row.evidence.rests_on_query for row in answer)


def test_in_processes_of_their_own_receipts_are_the_same(kg) -> None:
    isolated = amcc_kg.open(ROOT, isolated=True)
    for name in ("affiliations", "member-states", "passages"):
        one, other = kg.query(name, evidence=True), isolated.query(name, evidence=True, timeout=60)
        assert [row.evidence for row in one] == [row.evidence for row in other]


def test_a_query_that_cannot_be_read_is_named_for_every_row(kg, monkeypatch) -> None:
    def unreadable(_):
        raise UnreadableError("SERVICE")

    monkeypatch.setattr(reader, "read", unreadable)
    for row in kg.query("posts"):
        assert row.evidence.gaps == ("the query has SERVICE, which cannot be traced",)
        assert "could not be followed" in str(row.evidence)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SELECT ?o { ?r rdf:reifies <<( ?s ?p ?o )>> }", "triple terms"),
        ("SELECT ?t { BIND(<<( <x:a> <x:b> <x:c> )>> AS ?t) ?s amcc:chairedBy ?o }", "triple terms"),
        ("SELECT ?s { << ?s amcc:chairedBy ?o >> ?p ?q . ?a ?b ?c } LIMIT 1", "reified triples"),
        ("SELECT ?s { ?s amcc:chairedBy ?o OPTIONAL { ?s amcc:chairedBy ?o {| ?p ?q |} } }", "annotations"),
    ],
)
def test_what_is_not_traced_is_named_in_words_of_sparql(kg, text: str, named: str) -> None:
    rdf = f"PREFIX rdf: <{RDF}> {PREFIXES}"
    for receipt in kg.query(rdf + text, evidence=True).receipts:
        assert receipt.gaps == (f"{named} of SPARQL 1.2 are not traced",)


def test_a_receipt_shows_itself_in_a_notebook(kg) -> None:
    html = chaired(kg).evidence._repr_html_()
    assert f'<a href="{S05}">sentence 5, the reporter of the article</a>' in html
    assert QUOTE in html


def test_pages_do_not_change_receipts(kg, monkeypatch) -> None:
    whole = [row.evidence for row in kg.query("passages")]
    monkeypatch.setattr("amcc_kg.receipts.answer_receipts.PAGE", 7)
    assert [row.evidence for row in kg.query("passages")] == whole


def test_an_answer_of_an_endpoint_has_no_evidence() -> None:
    with pytest.raises(InputError, match="not come from a graph"):
        _ = amcc_kg.Row(("a",), (None,)).evidence


PREFIXES = """PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>
PREFIX event: <https://w3id.org/amcc-kg/event/>
PREFIX person: <https://w3id.org/amcc-kg/person/>
"""
UNHELD = f"{PREFIXES}ASK FROM <{S05}> {{ ?e amcc:heldOn ?p }}"


def test_an_absence_claims_no_more_than_what_was_asked(article) -> None:
    said = article("query", UNHELD, "--evidence").stdout
    assert "nothing in document:2018-09-20-amcc-3/s05a says ?e amcc:heldOn ?p" in said
    named = UNHELD.replace("FROM", "FROM NAMED").replace("{ ?e", "{ GRAPH ?g { ?e") + " }"
    said = article("query", named, "--evidence").stdout
    assert "nothing in the named graph document:2018-09-20-amcc-3/s05a says GRAPH ?g" in said
    inferred = f"{PREFIXES}ASK {{ person:s-iswaran amcc:affiliatedWith ?b }}"
    assert article("query", inferred).stdout == "true\n"
    said = article("query", inferred, "--evidence", "--no-inference").stdout
    assert "nothing asserted says person:s-iswaran amcc:affiliatedWith ?b" in said
    (evidence,) = json.loads(article("query", UNHELD, "--evidence", "--format", "json").stdout)["evidence"]
    (absence,) = evidence["absences"]
    assert (absence["from"], absence["fromNamed"], absence["assertedOnly"]) == ([S05], [], False)


def test_a_no_does_not_claim_that_nothing_is_said_where_something_is(article) -> None:
    text = f"{PREFIXES}ASK {{ ?e amcc:chairedBy ?p }}"
    said = article("query", f"{text} VALUES ?p {{ person:lee-hsien-loong }}", "--evidence").stdout
    assert "nothing in the graph says ?e amcc:chairedBy ?p where ?p is person:lee-hsien-loong\n" in said
    said = article("query", f"{text} OFFSET 100", "--evidence").stdout
    assert "the query's OFFSET 100 cuts off every solution" in said
    assert "nothing" not in said.lower()


def test_a_group_that_may_not_have_something_says_so(kg) -> None:
    text = f"""{PREFIXES}SELECT ?e (COUNT(*) AS ?n) {{ ?e amcc:attendedBy ?w }} GROUP BY ?e
        HAVING (NOT EXISTS {{ ?e amcc:chairedBy ?p }})"""
    answer = kg.query(text, evidence=True)
    assert len(answer)
    for row in answer:
        (absence,) = row.evidence.absences
        assert absence.pattern == f"{row.e} <https://w3id.org/amcc-kg/ontology#chairedBy> ?p ."


@pytest.mark.parametrize("options", [("--evidence",), ("--because",), ("--evidence", "--format", "markdown")])
def test_whoever_reads_of_an_absence_reads_the_version_of_the_graph(article, kg, options) -> None:
    said = article("query", "timeline", *options).stdout
    assert said.count(f"is absent from version {kg.compiled.key.graph} of the graph.") == 1
    assert kg.compiled.key.graph not in article("query", "who-chaired", *options).stdout


@pytest.mark.parametrize("format", ["csv", "tsv", "turtle"])
def test_programs_are_given_the_version_with_the_absence(article, kg, format: str) -> None:
    said = article("query", "timeline", "--evidence", "--format", format).stdout
    mark = 'owl:versionInfo "' if format == "turtle" else "inferredYear> ?"
    assert mark in said
    assert kg.compiled.key.graph in said


def test_columns_for_programs_cite_document_place_speaker_and_words_of_each_passage(article, kg) -> None:
    text = article("query", "who-chaired", "--format", "csv", "--evidence").stdout
    (row,) = (row for row in csv.DictReader(io.StringIO(text)) if row["passage"] == S05)
    cited = chaired(kg).evidence.passages
    assert row["evidence"].split()[: len(cited)] == [c.passage for c in cited]
    columns = [row[f"evidence_{name}"].split(" | ") for name in ("places", "speakers", "quotes")]
    for citation, place, speakers, quotes in zip(cited, *columns, strict=True):
        assert place == f"{citation.title}, {citation.place}"
        assert speakers == " and ".join(citation.speakers)
        assert quotes == " … ".join(citation.quotes)


AMCC = Namespace("https://w3id.org/amcc-kg/ontology#")
SH = Namespace("http://www.w3.org/ns/shacl#")


def _graph(article, *arguments: str) -> Graph:
    return Graph().parse(data=article("query", *arguments, "--format", "turtle", "--evidence").stdout)


def test_turtle_has_speaker_number_and_position_of_each_passage(article) -> None:
    graph, passage = _graph(article, "who-chaired"), URIRef(S05)
    speakers = {str(speaker).rpartition("amcc-kg/")[2] for speaker in graph[passage : AMCC.attributedTo]}
    assert speakers == {"reporter/2018-09-20-amcc-3"}
    assert [int(number) for number in graph[passage : AMCC.number]] == [5]
    assert [bool(direct) for direct in graph[passage : AMCC.quotedDirectly]] == [False]
    (position,) = (s for s in graph[passage : OA.hasSelector] if s.endswith("#position"))
    ((start,), (end,)) = (list(graph[position:name]) for name in (OA.start, OA.end))
    seed = (ROOT / "seeds" / "2018-09-20-amcc-3.txt").read_bytes().decode()
    assert QUOTE in seed[int(start) : int(end)]


def test_turtle_tells_inferences_absences_and_gaps_apart_by_terms(article, kg) -> None:
    graph = _graph(article, "affiliations")
    inferred = set(graph.subjects(PROV.wasDerivedFrom, URIRef("https://w3id.org/amcc-kg/graph/inferred")))
    assert {p for s in inferred for p in graph[s : RDF.predicate]} == {AMCC.affiliatedWith}
    assert all(list(graph.subjects(PROV.wasDerivedFrom, statement)) for statement in inferred)
    graph = _graph(article, "timeline")
    absences = set(graph.subjects(RDF.type, SH.SPARQLAskExecutable))
    assert absences
    for absence in absences:
        (question,) = graph[absence : SH.ask]
        assert kg.query(str(question)).boolean is False
        assert [bool(held) for held in graph[absence : RS.boolean]] == [False]
        assert list(graph.subjects(PROV.wasInfluencedBy, absence))
    graph = _graph(article, "SELECT (UUID() AS ?u) { ?s a ?t }", "--limit", "1")
    (note,) = graph.subjects(RDF.type, OA.Annotation)
    assert [str(motive).rpartition("#")[2] for motive in graph[note : OA.motivatedBy]] == ["questioning"]


def test_statements_about_blank_nodes_have_the_same_names_on_every_run(amcc) -> None:
    path = amcc.folder / "data/documents/diary/s01.ttl"
    path.write_text(
        f"{path.read_text()}\n<event/tea> amcc:with [ amcc:cake 1 ; amcc:by [ amcc:name 'Cid' ] ] .\n"
        "<event/tea> amcc:with [ amcc:cake 2 ] .\n"
    )
    text = (
        "PREFIX amcc: <https://w3id.org/amcc-kg/ontology#> SELECT ?w ?c { ?e amcc:with ?w . ?w amcc:cake ?c }"
    )
    runs = [
        set(
            re.findall(
                r"statement:\w+|(?:statement|answer)/\w+",
                amcc("query", text, "--format", "turtle", "--evidence").stdout,
            )
        )
        for _ in range(3)
    ]
    assert len(runs[0]) >= 5
    assert runs[0] == runs[1] == runs[2]


def test_a_receipt_is_a_dictionary_for_programs(kg, article) -> None:
    records = [row.evidence.to_dict() for row in kg.query("who-chaired")]
    text = article("query", "who-chaired", "--format", "json", "--evidence").stdout
    assert json.loads(text)["evidence"] == records
    assert all(passage["speakers"] for record in records for passage in record["passages"])


def test_a_sentence_always_begins_with_what_it_is_about(article) -> None:
    def spoken(text: str) -> str:
        return article("query", PREFIXES + text, "--because").stdout.splitlines()[-1]

    said = spoken("SELECT ?p { GRAPH ?p { event:amcc-3 amcc:chairedBy ?x } }")
    assert said.startswith(
        "document:2018-09-20-amcc-3/s05a: so the reporter of the article in sentence 5 of "
    )
    said = spoken("SELECT ?n { OPTIONAL { event:amcc-3 amcc:nothing ?n } }")
    assert (
        "this row: nothing in the graph says"
        in article(
            "query", f"{PREFIXES}SELECT ?n {{ OPTIONAL {{ event:amcc-3 amcc:nothing ?n }} }}", "--because"
        ).stdout
    )
    text = "CONSTRUCT { ?p amcc:same ?p } { event:amcc-3 amcc:chairedBy ?p }"
    assert spoken(text).startswith("S Iswaran amcc:same S Iswaran: the query makes this of what ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "CONSTRUCT { ?e amcc:cancelledBy ?p } {BODY}",
            "cancelledBy S Iswaran: the query makes this of what ",
        ),
        ("CONSTRUCT { ?e amcc:chairedBy ?p } {BODY}", "chaired by S Iswaran: so "),
        (
            "SELECT ?p ('did not chair' AS ?claim) ?e {BODY}",
            "did not chair, the third .*: the query makes this ",
        ),
        ("SELECT (UCASE(STR(?p)) AS ?q) {BODY}", "S-ISWARAN: the query makes this of what "),
        (
            "SELECT (COUNT(*) AS ?n) {BODY}",
            "^1: the query makes this of what .* says: “.*”; of what .* says[.]$",
        ),
        ("SELECT ?p (RAND() AS ?n) {BODY}", "the query makes this of what "),
        ("SELECT ?p ?e {BODY}", "^S Iswaran, the third [^:]*: so "),
        ("SELECT (1 AS ?n) {}", "^1: the query itself gives this[.]$"),
        # Also where what the query makes stands in what it rests on by chance, or as something else.
        ("SELECT ?p (SUM(?o) AS ?n) {BODY;O} GROUP BY ?p", "^S Iswaran, 3: the query makes this of what "),
        ("SELECT (MAX(?o) AS ?n) {BODY;O}", "^3: the query makes this of what "),
        ("SELECT (3 AS ?n) ?p {BODY;O}", "^3, S Iswaran: the query makes this of what "),
        ("SELECT ?e (person:s-iswaran AS ?x) {BODY}", ", S Iswaran: the query makes this of what "),
        ("SELECT ?x ?p { {BODY} VALUES ?x { 3 } }", "^3, S Iswaran: the query makes this of what "),
        ("SELECT ?x ?p { {BODY} { SELECT (COUNT(*) AS ?x) {BODY} } }", ": the query makes this of what "),
        # What is matched is found, however it came to be named.
        ("SELECT ?o ?p { VALUES ?o { 3 } {BODY;O} }", "^3, S Iswaran: so "),
        ("SELECT (?p AS ?q) {BODY}", "^S Iswaran: so "),
        ("SELECT ?x { { SELECT (?p AS ?x) {BODY} } }", "^S Iswaran: so "),
        ("SELECT ?g ?e { GRAPH ?g { ?e a amcc:Event FILTER(?e = event:amcc-3) } }", ": so .*inferred from "),
        ("SELECT * { event:amcc-3 amcc:chairedBy person:s-iswaran }", "^this row: so the reporter "),
        # The register's words are nobody's; and the query's own doing is not the graph's.
        (
            "SELECT ?p ?l { event:amcc-3 amcc:chairedBy ?p . ?p skos:altLabel ?l }",
            "; the rest as it stands in the register(?:; inferred .*)?[.]$",
        ),
        (
            "SELECT (UCASE(?l) AS ?x) { event:amcc-3 amcc:chairedBy ?p . ?p skos:altLabel ?l }",
            " says[^;]*; of what stands in the register[.]$",
        ),
        ("SELECT ?l { amcc:chairedBy rdfs:label ?l }", ": as it stands in the ontology amcc[.]$"),
    ],
)
def test_nobody_is_made_to_say_what_the_query_says(article, text: str, said: str) -> None:
    body = "{ ?e amcc:chairedBy ?p FILTER(?e = event:amcc-3) }"
    text = text.replace("{BODY}", body).replace(
        "{BODY;O}", body.replace("?p FILTER", "?p ; amcc:ordinal ?o FILTER")
    )
    text = f"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>{PREFIXES}{text}"
    assert re.search(said, article("query", text, "--because").stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("first paragraph", "the first paragraph"),
        ("sentence 5", "sentence 5"),
        ("para. 13(c)", "para. 13(c)"),
        ("what Mrs Teo said", "what Mrs Teo said"),
        ("item on cybersecurity", "the item on cybersecurity"),
    ],
)
def test_places_have_the_article_that_they_take(name: str, said: str) -> None:
    assert english.place(name) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CSA release on the third AMCC", "the CSA release on the third AMCC"),
        ("release on the second AMCC", "the release on the second AMCC"),
        ("a news article", "a news article"),
        ("Wikipedia on S Iswaran", "Wikipedia on S Iswaran"),
        ("The Nation on the fifth ADGMIN", "The Nation on the fifth ADGMIN"),
        ("Chairman's Statement", "Chairman's Statement"),
    ],
)
def test_titles_have_the_article_that_they_take(name: str, said: str) -> None:
    assert english.title(name) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Cyber Security Agency of Singapore", "the Cyber Security Agency of Singapore"),
        (
            "United Nations Office for Disarmament Affairs",
            "the United Nations Office for Disarmament Affairs",
        ),
        ("S Iswaran", "S Iswaran"),
        ("the chair of the tenth AMCC", "the chair of the tenth AMCC"),
    ],
)
def test_a_speaker_has_the_article_that_the_name_takes(name: str, said: str) -> None:
    assert english.speaker(name) == said


@pytest.mark.parametrize(
    ("names", "several"),
    [
        (("the editors of this graph",), True),
        (("the authors of the Wikipedia article on S Iswaran",), True),
        (("ASEAN leaders",), True),
        (("S Iswaran",), False),
        (("the reporter of the Straits Times",), False),
        (("Association of Southeast Asian Nations",), False),
        (("the press",), False),
        (("S Iswaran", "Josephine Teo"), True),
        ((), False),
    ],
)
def test_speakers_who_are_several_say(names: tuple[str, ...], several: bool) -> None:
    assert english.are_several(names) is several


def test_a_parameter_that_the_query_computes_is_none(article) -> None:
    text = "SELECT ?e { BIND(1 AS ?z) ?e amcc:heldOn ?d FILTER(?z = 1) }"
    assert article.fails("query", text, "-p", "z=2") == (
        "<query>: the query computes ?z itself, so that it is no parameter"
    )
    text = "SELECT (COUNT(*) AS ?n) { ?e amcc:heldOn ?d } GROUP BY ?d VALUES ?n { 1 }"
    assert "overrides an existing variable" in article.fails("query", text)
    assert "ends too early" in article.fails("query", "SELECT ?e { ?e amcc:heldOn ?d")


def test_a_row_without_columns_is_one(article) -> None:
    said = article("query", "SELECT * { event:amcc-3 a amcc:Meeting }", "--because").stdout
    assert said.startswith("1 row without columns\n\nthis row: so ")


def test_a_passage_that_nobody_is_named_for_is_cited_without_an_empty_place(amcc) -> None:
    about = amcc.folder / "data/documents/diary/document.ttl"
    about.write_text(
        about.read_text()
        + "<document/diary/s01> a amcc:Passage , amcc:Sentence ; amcc:inDocument <document/diary> ;\n"
        + '    amcc:number 1 ; amcc:quote "tea" .\n'
    )
    said = amcc("query", "SELECT ?h { ?e <https://w3id.org/amcc-kg/ontology#guests> 3 }", "--evidence").stdout
    assert "[1] the diary, sentence 1: “tea”" in said


def test_a_row_that_rests_on_a_graph_being_there_says_so(article) -> None:
    said = article("query", "SELECT * { GRAPH ?g {} }", "--evidence", "--limit", "1").stdout
    assert re.search(r"^    the graph \S+ is there$", said, re.MULTILINE)
    assert "rests on no triple" not in said


def test_what_xml_cannot_write_is_refused_in_one_line(article) -> None:
    for options in ((), ("--evidence",)):
        said = article.fails("query", 'SELECT ?x { BIND("a\\u0001" AS ?x) }', "--format", "xml", *options)
        assert "XML has no way to write the character U+0001 of row 1, column x" in said
    text = 'CONSTRUCT { <urn:a> <urn:b> "\\u0001" } {}'
    assert "U+0001" in article.fails("query", text, "--format", "xml")
    assert article("query", text, "--format", "ntriples").returncode == 0
