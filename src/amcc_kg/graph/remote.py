"""A graph behind an endpoint of the SPARQL 1.1 Protocol; parameters travel in a VALUES clause, as terms."""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pyoxigraph
from pyoxigraph import NamedNode, QueryResultsFormat, RdfFormat

from amcc_kg.graph import answers
from amcc_kg.graph.answers import Question
from amcc_kg.sparql.checks import refuse_outside, syntax_error_of
from amcc_kg.sparql.prologue import with_values
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import AmccError, EngineError, InputError

_ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9, text/turtle;q=0.8"
_SOLUTIONS = ("application/sparql-results+json", "application/json")
_TRIPLES = {"application/n-triples": RdfFormat.N_TRIPLES, "text/turtle": RdfFormat.TURTLE}
_GRAPHS = "SELECT DISTINCT ?graph { GRAPH ?graph { ?s ?p ?o } } ORDER BY STR(?graph)"


class RemoteStore:
    """An endpoint that holds a compiled graph: everything in its default graph, evidence in named graphs."""

    def __init__(self, endpoint: str) -> None:
        """Remember an endpoint's URL; raises `InputError` for what is not one."""
        if urlsplit(endpoint).scheme not in ("http", "https"):
            raise InputError(
                f"{endpoint}: not an endpoint; expected a URL that starts with http:// or https://"
            )
        self._endpoint = endpoint
        self._graphs: list[str] | None = None

    def evaluate(self, question: Question, *, source: str = "<query>", named: bool = False) -> answers.Result:
        """Answer a question; arguments and errors are those of `LocalStore.evaluate`."""
        timeout = question.timeout
        text = question.whole
        ahead = len(text) - len(question.text)

        def graphs() -> list[str]:
            return self._named_graphs(timeout)

        refuse_outside(text, source, lambda iri: iri in graphs(), ahead, graphs)
        fields = [("query", with_values(text, question.bindings))]
        if not question.inference:
            asserted = [g for g in self._named_graphs(timeout) if g != prefixes.INFERRED_GRAPH]
            fields += [(f"{kind}-graph-uri", graph) for graph in asserted for kind in ("default", "named")]
        return self._post(fields, question, source)

    def _named_graphs(self, timeout: float | None) -> list[str]:
        if self._graphs is None:
            found = self._post([("query", _GRAPHS)], Question(_GRAPHS, timeout=timeout), "<graphs>")
            self._graphs = [row[0].value for row in found.solutions if isinstance(row[0], NamedNode)]
        return self._graphs

    def _post(self, fields: list[tuple[str, str]], question: Question, source: str) -> answers.Result:
        headers = {"Accept": _ACCEPT, "Content-Type": "application/x-www-form-urlencoded"}
        request = Request(self._endpoint, urlencode(fields).encode(), headers)
        try:
            with urlopen(request, timeout=question.timeout) as response:
                return self._read(response, question.limit)
        except HTTPError as error:
            raise self._refused(error, source, question) from error
        except (HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise EngineError(f"{self._endpoint}: no answer within {question.timeout:g} s") from error
            raise EngineError(f"{self._endpoint}: cannot be asked: {reason}") from error

    def _read(self, response: HTTPResponse, limit: int | None) -> answers.Result:
        """Read as much of an answer as is wanted: what lies beyond need not even be sent."""
        kind = response.headers.get_content_type()
        try:
            if kind in _SOLUTIONS:
                solutions = pyoxigraph.parse_query_results(response, QueryResultsFormat.JSON)
                return answers.of_engine(solutions, limit)
            quads = pyoxigraph.parse(response, _TRIPLES[kind])
            return answers.of_triples((quad.triple for quad in quads), limit)
        except (SyntaxError, ValueError) as error:
            raise EngineError(f"{self._endpoint}: answered with broken {kind}: {error}") from error
        except KeyError as error:
            raise EngineError(f"{self._endpoint}: answered with {kind}, which is no SPARQL result") from error

    def _refused(self, error: HTTPError, source: str, question: Question) -> AmccError:
        body = " ".join(error.read(2000).decode(errors="replace").split())[:200]
        if error.code == 400:
            text = question.whole
            found = syntax_error_of(text, source, len(text) - len(question.text))
            if found is not None:
                return found
        return EngineError(f"{self._endpoint}: HTTP {error.code} {error.reason}: {body}".rstrip(": "))
