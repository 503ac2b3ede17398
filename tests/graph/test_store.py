"""Asking a store: parameters are terms, nothing outside is reached, the engine's end is not the user's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from pyoxigraph import Literal, NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat

from amcc_kg.graph import answers, compiler
from amcc_kg.graph.remote import RemoteStore
from amcc_kg.graph.store import LocalStore, QueryStore
from amcc_kg.repository.files import Repository
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import EngineError, InputError, PlacedError

A = "PREFIX amcc: <https://w3id.org/amcc-kg/ontology#> PREFIX e: <https://w3id.org/amcc-kg/event/> "
S01 = f"{prefixes.BASE}document/diary/s01"
ABORTING = """SELECT ?x { VALUES ?x { "a" 1 "2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date> 2 "b"
 "2019-05"^^<http://www.w3.org/2001/XMLSchema#gYearMonth> 3.5 <x:y> } } ORDER BY ?x"""


@pytest.fixture(params=["inside", "isolated", "remote"])
def store(request: pytest.FixtureRequest, small: Repository) -> Iterator[QueryStore]:
    compiled = compiler.compile_graph(small)
    if request.param != "remote":
        yield LocalStore(compiled, isolated=request.param == "isolated")
        return
    with endpoint(LocalStore(compiled)) as url:
        yield RemoteStore(url)


class endpoint:  # noqa: N801 (used as a function)
    """A SPARQL endpoint on a free port, answered by the engine."""

    def __init__(self, local: LocalStore) -> None:
        engine = local.engine()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                graphs = {
                    f"{kind}_graph" + "s" * (kind == "named"): [
                        NamedNode(iri) for iri in fields[f"{kind}-graph-uri"]
                    ]
                    for kind in ("default", "named")
                    if f"{kind}-graph-uri" in fields
                }
                try:
                    answer = engine.query(fields["query"][0], **graphs)
                except SyntaxError as error:
                    self.answer(400, "text/plain", str(error).encode())
                    return
                if isinstance(answer, (QuerySolutions, QueryBoolean)):
                    content = answer.serialize(format=QueryResultsFormat.JSON)
                    self.answer(200, "application/sparql-results+json", content or b"")
                else:
                    content = answer.serialize(format=RdfFormat.N_TRIPLES)
                    self.answer(200, "application/n-triples", content or b"")

            def answer(self, code: int, kind: str, content: bytes) -> None:
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/"

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_the_four_forms_are_answered(store: QueryStore) -> None:
    rows = store.evaluate(A + "SELECT ?e ?n { ?e amcc:guests ?n } ORDER BY STR(?e)")
    assert rows.columns == ("e", "n")
    assert [row[0] for row in rows.solutions] == [
        NamedNode(f"{prefixes.BASE}event/ball"),
        NamedNode(f"{prefixes.BASE}event/tea"),
    ]
    assert store.evaluate(A + "ASK { e:tea amcc:guests 3 }").boolean is True
    assert store.evaluate(A + "ASK { e:tea amcc:guests 4 }").boolean is False
    graph = store.evaluate(A + "CONSTRUCT { ?e a e:x } WHERE { ?e amcc:guests ?n }")
    assert [str(t.subject) for t in graph.triples] == [
        f"<{prefixes.BASE}event/ball>",
        f"<{prefixes.BASE}event/tea>",
    ]
    assert len(store.evaluate(A + "DESCRIBE e:tea").triples) > 4


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?e ?n { ?e amcc:guests ?m FILTER(?m = ?n) }",
        "SELECT ?e ?n { { SELECT ?e ?n { ?e amcc:guests ?n } } }",
        "ASK { ?e amcc:guests ?m FILTER(?m = ?n) }",
        "CONSTRUCT { ?e a ?n } WHERE { ?e amcc:guests ?m FILTER(?m = ?n) }",
    ],
)
def test_a_parameter_is_bound_as_a_term_in_every_form(store: QueryStore, text: str) -> None:
    assert bool(store.evaluate(A + text, {"n": Literal(3)}))
    assert not bool(store.evaluate(A + text, {"n": Literal(4)}))
    nasty = Literal('3) } UNION { ?e ?p ?o } #"')
    assert not bool(store.evaluate(A + text, {"n": nasty}))


def test_without_inference_only_what_is_asserted_is_seen(store: QueryStore) -> None:
    text = A + "SELECT ?e { ?e a amcc:Event }"
    assert len(store.evaluate(text)) == 2
    assert len(store.evaluate(text, inference=False)) == 0
    named = A + "SELECT ?g { GRAPH ?g { ?e a ?type } }"
    graphs = {row[0] for row in store.evaluate(named, inference=False).solutions}
    assert NamedNode(prefixes.INFERRED_GRAPH) not in graphs
    assert NamedNode(S01) in graphs


def test_each_file_is_a_named_graph(store: QueryStore) -> None:
    found = store.evaluate(A + "SELECT ?g { GRAPH ?g { e:tea amcc:guests ?n } }")
    assert found.solutions == ((NamedNode(S01),),)


def test_from_a_graph_that_is_there_is_answered_and_another_refused(store: QueryStore) -> None:
    assert len(store.evaluate(f"SELECT ?s FROM <{S01}> {{ ?s ?p ?o }}")) == 5
    with pytest.raises(InputError, match="FROM <http://e/x> is refused"):
        store.evaluate("SELECT ?s FROM <http://e/x> { ?s ?p ?o }")


def test_service_and_updates_are_refused_and_syntax_errors_placed(store: QueryStore) -> None:
    with pytest.raises(InputError, match="SERVICE"):
        store.evaluate("SELECT ?s { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    with pytest.raises(InputError, match="read-only"):
        store.evaluate("DELETE WHERE { ?s ?p ?o }")
    with pytest.raises(PlacedError) as caught:
        store.evaluate("SELECT ?s {\n ?s ?p }", source="q.rq")
    assert (caught.value.path, caught.value.line) == ("q.rq", 2)


def test_an_aborting_engine_costs_the_query_only(small: Repository) -> None:
    store = LocalStore(compiler.compile_graph(small), isolated=True)
    try:
        store.evaluate(ABORTING)
    except EngineError as error:
        assert "ORDER BY STR(?x)" in str(error)
    assert len(store.evaluate("SELECT ?s { ?s ?p ?o } LIMIT 1")) == 1


def test_a_query_is_ended_at_its_deadline(small: Repository) -> None:
    store = LocalStore(compiler.compile_graph(small))
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"
    with pytest.raises(EngineError, match=r"no answer within 0\.2 s"):
        store.evaluate(endless, timeout=0.2)


def test_an_unprojected_parameter_is_an_error_that_says_so(small: Repository) -> None:
    store = LocalStore(compiler.compile_graph(small))
    with pytest.raises(InputError, match="parameter n must be one of the SELECTed variables"):
        store.evaluate(A + "SELECT ?e { ?e amcc:guests ?n }", {"n": Literal(3)})


def test_isolated_and_inside_answers_are_the_same(small: Repository) -> None:
    compiled = compiler.compile_graph(small)
    for text in (
        "SELECT ?s ?p ?o { ?s ?p ?o FILTER(isIRI(?s) && !isBlank(?o)) } ORDER BY STR(?s) STR(?p) STR(?o)",
        "ASK {}",
        "DESCRIBE ?s { ?s ?p 3 }",
    ):
        assert LocalStore(compiled).evaluate(text) == LocalStore(compiled, isolated=True).evaluate(text)


def test_an_endpoint_that_does_not_answer_is_an_error_of_one_line() -> None:
    with pytest.raises(EngineError, match="cannot be asked"):
        RemoteStore("http://127.0.0.1:9/").evaluate("ASK {}")
    with pytest.raises(InputError, match="not an endpoint"):
        RemoteStore("file:///etc/passwd")


def test_results_as_json_are_those_of_the_standard(store: QueryStore) -> None:
    found = store.evaluate(A + "SELECT ?e ?none { ?e amcc:guests 3 }")
    assert found.kind == answers.SELECT
    assert json.loads(found.to_string("json"))["results"]["bindings"] == [
        {"e": {"type": "uri", "value": f"{prefixes.BASE}event/tea"}}
    ]
