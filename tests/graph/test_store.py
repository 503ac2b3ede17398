"""Asking a store: parameters are terms, nothing outside is reached, the engine's end is not the user's."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from pyoxigraph import Literal, NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat

from amcc_kg.graph import answers, compiler
from amcc_kg.graph.answers import Question, Result
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


def ask(store: QueryStore, text: str, *rest: Any, source: str = "<query>", **more: Any) -> Result:
    return store.evaluate(Question(text, *rest, **more), source=source)


def test_the_four_forms_are_answered(store: QueryStore) -> None:
    rows = ask(store, A + "SELECT ?e ?n { ?e amcc:guests ?n } ORDER BY STR(?e)")
    assert rows.columns == ("e", "n")
    assert [row[0] for row in rows.solutions] == [
        NamedNode(f"{prefixes.BASE}event/ball"),
        NamedNode(f"{prefixes.BASE}event/tea"),
    ]
    assert ask(store, A + "ASK { e:tea amcc:guests 3 }").boolean is True
    assert ask(store, A + "ASK { e:tea amcc:guests 4 }").boolean is False
    graph = ask(store, A + "CONSTRUCT { ?e a e:x } WHERE { ?e amcc:guests ?n }")
    assert [str(t.subject) for t in graph.triples] == [
        f"<{prefixes.BASE}event/ball>",
        f"<{prefixes.BASE}event/tea>",
    ]
    assert len(ask(store, A + "DESCRIBE e:tea").triples) > 4


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
    assert bool(ask(store, A + text, {"n": Literal(3)}))
    assert not bool(ask(store, A + text, {"n": Literal(4)}))
    nasty = Literal('3) } UNION { ?e ?p ?o } #"')
    assert not bool(ask(store, A + text, {"n": nasty}))


def test_without_inference_only_what_is_asserted_is_seen(store: QueryStore) -> None:
    text = A + "SELECT ?e { ?e a amcc:Event }"
    assert len(ask(store, text)) == 2
    assert len(ask(store, text, inference=False)) == 0
    named = A + "SELECT ?g { GRAPH ?g { ?e a ?type } }"
    graphs = {row[0] for row in ask(store, named, inference=False).solutions}
    assert NamedNode(prefixes.INFERRED_GRAPH) not in graphs
    assert NamedNode(S01) in graphs


def test_prefixes_of_the_graph_need_no_declaration(store: QueryStore) -> None:
    plain = 'SELECT ?n { event:tea amcc:guests ?n # foaf: "skos:\n FILTER(STR(?n) != "wd:") }'
    assert ask(store, plain) == ask(store, f"PREFIX event: <{prefixes.BASE}event/> {A} {plain}")
    assert ask(store, plain).solutions == ((Literal(3),),)
    own = "prefix # a comment\n amcc: <http://e/> SELECT ?n { event:tea amcc:guests ?n }"
    assert not ask(store, own)


@pytest.mark.parametrize(
    "text", ["SELECT ?n { event:tea amcc:guests ?n . . }", "SELECT ?n {\n event:tea amcc:guests }"]
)
def test_what_is_declared_for_a_query_moves_no_place(store: QueryStore, text: str) -> None:
    with pytest.raises(PlacedError) as caught:
        ask(store, text)
    with pytest.raises(PlacedError) as other:
        ask(store, f"PREFIX event: <{prefixes.BASE}event/> PREFIX amcc: <{prefixes.ONTOLOGY}>\n{text}")
    assert (caught.value.line + 1, caught.value.column) == (other.value.line, other.value.column)
    assert caught.value.reason == other.value.reason


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("SELECT ?n { SERVICE ?s { event:tea ?p ?n } }", 13),
        ("SELECT ?n FROM graph:nothing { event:tea ?p ?n }", 16),
        ("SELECT ?n { event:tea no:guests ?n }", 23),
    ],
)
def test_a_refusal_has_its_place_in_the_query_as_written(store: QueryStore, text: str, column: int) -> None:
    with pytest.raises(PlacedError) as caught:
        ask(store, text)
    assert (caught.value.line, caught.value.column) == (1, column)
    assert "PREFIX" not in str(caught.value)


def test_each_file_is_a_named_graph(store: QueryStore) -> None:
    found = ask(store, A + "SELECT ?g { GRAPH ?g { e:tea amcc:guests ?n } }")
    assert found.solutions == ((NamedNode(S01),),)


def test_from_a_graph_that_is_there_is_answered_and_another_refused(store: QueryStore) -> None:
    assert len(ask(store, f"SELECT ?s FROM <{S01}> {{ ?s ?p ?o }}")) == 5
    with pytest.raises(InputError, match="FROM <http://e/x> is refused"):
        ask(store, "SELECT ?s FROM <http://e/x> { ?s ?p ?o }")


def test_service_and_updates_are_refused_and_syntax_errors_placed(store: QueryStore) -> None:
    with pytest.raises(InputError, match="SERVICE"):
        ask(store, "SELECT ?s { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    with pytest.raises(InputError, match="read-only"):
        ask(store, "DELETE WHERE { ?s ?p ?o }")
    with pytest.raises(PlacedError) as caught:
        ask(store, "SELECT ?s {\n ?s ?p }", source="q.rq")
    assert (caught.value.path, caught.value.line) == ("q.rq", 2)


def test_values_that_the_engine_cannot_compare_have_an_order_all_the_same(small: Repository) -> None:
    compiled = compiler.compile_graph(small)
    mixed = "SELECT ?s ?p ?o { GRAPH ?g { ?s ?p ?o FILTER(!isBlank(?s) && !isBlank(?o)) } } ORDER BY ?o ?s ?p"
    for text in (ABORTING, mixed):
        inside, isolated = (ask(LocalStore(compiled, isolated=apart), text) for apart in (False, True))
        assert inside == isolated
        assert len(inside) >= 8
    assert [answers.display(row[0]) for row in ask(LocalStore(compiled), ABORTING).solutions] == [
        "x:y", "a", "b", "2020-01-01", "1", "2", "3.5", "2019-05"
    ]  # fmt: skip


def test_an_aborting_engine_costs_the_query_only(small: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amcc_kg.graph.store.mended", lambda text, cut: text)
    store = LocalStore(compiler.compile_graph(small), isolated=True)
    try:
        ask(store, ABORTING)
    except EngineError as error:
        assert "ORDER BY STR(?x)" in str(error)
    assert len(ask(store, "SELECT ?s { ?s ?p ?o } LIMIT 1")) == 1


def test_a_query_is_ended_at_its_deadline(small: Repository) -> None:
    store = LocalStore(compiler.compile_graph(small))
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"
    with pytest.raises(EngineError, match=r"no answer within 0\.2 s"):
        ask(store, endless, timeout=0.2)


def test_a_parameter_is_joined_as_values_are(small: Repository) -> None:
    store = LocalStore(compiler.compile_graph(small))
    three = {"n": Literal(3)}
    assert len(ask(store, A + "SELECT ?e { ?e amcc:guests ?n }", three)) == 1
    inner = "SELECT ?e ?n { { SELECT ?e ?n { ?e amcc:guests ?n } ORDER BY DESC(?n) LIMIT 1 } }"
    written = inner.replace("{ {", f"{{ VALUES ?n {{ {three['n']} }} {{", 1)
    assert ask(store, A + inner, three) == ask(store, A + written)


def test_isolated_and_inside_answers_are_the_same(small: Repository) -> None:
    compiled = compiler.compile_graph(small)
    for text in (
        "SELECT ?s ?p ?o { ?s ?p ?o FILTER(isIRI(?s) && !isBlank(?o)) } ORDER BY STR(?s) STR(?p) STR(?o)",
        "ASK {}",
        "DESCRIBE ?s { ?s ?p 3 }",
    ):
        assert ask(LocalStore(compiled), text) == ask(LocalStore(compiled, isolated=True), text)


def test_an_endpoint_that_does_not_answer_is_an_error_of_one_line() -> None:
    with pytest.raises(EngineError, match="cannot be asked"):
        ask(RemoteStore("http://127.0.0.1:9/"), "ASK {}")
    with pytest.raises(InputError, match="not an endpoint"):
        RemoteStore("file:///etc/passwd")


def test_results_as_json_are_those_of_the_standard(store: QueryStore) -> None:
    found = ask(store, A + "SELECT ?e ?none { ?e amcc:guests 3 }")
    assert found.kind == answers.SELECT
    assert json.loads(found.to_string("json"))["results"]["bindings"] == [
        {"e": {"type": "uri", "value": f"{prefixes.BASE}event/tea"}}
    ]


PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r"
ENDLESS = [
    f"SELECT * {{ {PRODUCT} }}",
    f"CONSTRUCT {{ ?a ?b ?o }} {{ {PRODUCT} }}",
    f"DESCRIBE ?a {{ {PRODUCT} }}",
]


@pytest.mark.parametrize("text", ENDLESS, ids=["select", "construct", "describe"])
@pytest.mark.parametrize("isolated", [False, True])
def test_reading_stops_at_the_limit(small: Repository, text: str, isolated: bool) -> None:
    # All solutions would take years; those of the limit come at once.
    store = LocalStore(compiler.compile_graph(small), isolated=isolated)
    for limit in (0, 1, 3):
        assert len(ask(store, text, limit=limit)) == limit


def test_a_limit_cuts_the_answer_as_it_comes_and_beyond_its_end_not_at_all(store: QueryStore) -> None:
    text = A + "SELECT ?e ?n { ?e amcc:guests ?n } ORDER BY STR(?e)"
    whole = ask(store, text)
    assert [ask(store, text, limit=limit) for limit in (0, 1, 2, 9)] == [whole.head(n) for n in (0, 1, 2, 2)]
    described = ask(store, A + "DESCRIBE e:tea")
    part = ask(store, A + "DESCRIBE e:tea", limit=2)
    assert len(part.triples) == 2 and set(part.triples) <= set(described.triples)
    assert list(part.triples) == sorted(part.triples, key=str)
    assert ask(store, "ASK {}", limit=0).boolean is True
    with pytest.raises(InputError, match="a limit of -1 rows makes no sense"):
        ask(store, text, limit=-1)


class Endless(BaseHTTPRequestHandler):
    """An endpoint whose answers never end."""

    is_solutions = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        kind = "application/sparql-results+json" if self.is_solutions else "application/n-triples"
        self.send_header("Content-Type", kind)
        self.end_headers()
        row = '{"n":{"type":"literal","value":"%d"}},' if self.is_solutions else "<e:s> <e:p> <e:%d> .\n"
        try:
            if self.is_solutions:
                self.wfile.write(b'{"head":{"vars":["n"]},"results":{"bindings":[')
            for number in itertools.count():
                self.wfile.write((row % number).encode())
        except (BrokenPipeError, ConnectionResetError):
            self.server.stopped.set()  # type: ignore[attr-defined]

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.mark.parametrize("is_solutions", [True, False])
def test_an_endpoint_is_read_no_further_than_the_limit(is_solutions: bool) -> None:
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (Endless,), {"is_solutions": is_solutions})
    )
    server.stopped = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        remote = RemoteStore(f"http://127.0.0.1:{server.server_port}/")
        text = "SELECT ?n { ?s ?p ?n }" if is_solutions else "CONSTRUCT WHERE { ?s ?p ?n }"
        assert len(ask(remote, text, limit=3)) == 3
        assert server.stopped.wait(60)  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


def test_an_endpoint_that_breaks_off_is_an_error_of_one_line() -> None:
    class Broken(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.send_header("Content-Length", "10000")
            self.end_headers()
            self.wfile.write(b'{"head":{"vars":["n"]},"results":{"bindings":[')

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(EngineError, match=r"broken|cannot be asked") as caught:
            ask(RemoteStore(f"http://127.0.0.1:{server.server_port}/"), "SELECT ?n { ?s ?p ?n }")
        assert "\n" not in str(caught.value)
    finally:
        server.shutdown()
        server.server_close()
