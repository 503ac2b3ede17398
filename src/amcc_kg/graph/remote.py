"""A graph behind a SPARQL 1.1 endpoint, asked as `amcc_kg.graph.store.LocalStore` is.

Knows the SPARQL 1.1 Protocol. Parameters travel as a VALUES clause made of terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pyoxigraph
from pyoxigraph import NamedNode, QueryResultsFormat, RdfFormat

from amcc_kg.graph import answers
from amcc_kg.sparql import text as sparql
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import AmccError, EngineError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amcc_kg.graph.answers import Result
    from amcc_kg.sparql.text import Term

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

    def evaluate(
        self,
        text: str,
        bindings: Mapping[str, Term] | None = None,
        *,
        inference: bool = True,
        timeout: float | None = None,
        source: str = "<query>",
        named: bool = False,
    ) -> Result:
        """Evaluate a SPARQL query; arguments and errors are those of `LocalStore.evaluate`."""
        sparql.refuse_outside(text, source, lambda iri: iri in self._named_graphs(timeout))
        query = sparql.with_values(text, bindings or {})
        fields = [("query", query)]
        if not inference:
            asserted = [g for g in self._named_graphs(timeout) if g != prefixes.INFERRED_GRAPH]
            fields += [(f"{kind}-graph-uri", graph) for graph in asserted for kind in ("default", "named")]
        return self._post(fields, timeout, source, text)

    def _named_graphs(self, timeout: float | None) -> list[str]:
        if self._graphs is None:
            found = self._post([("query", _GRAPHS)], timeout, "<graphs>", _GRAPHS)
            self._graphs = [row[0].value for row in found.solutions if isinstance(row[0], NamedNode)]
        return self._graphs

    def _post(self, fields: list[tuple[str, str]], timeout: float | None, source: str, text: str) -> Result:
        headers = {"Accept": _ACCEPT, "Content-Type": "application/x-www-form-urlencoded"}
        request = Request(self._endpoint, urlencode(fields).encode(), headers)
        try:
            with urlopen(request, timeout=timeout) as response:
                kind = response.headers.get_content_type()
                body = response.read()
        except HTTPError as error:
            raise self._refused(error, source, text) from error
        except TimeoutError as error:
            raise EngineError(f"{self._endpoint}: no answer within {timeout:g} s") from error
        except (URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise EngineError(f"{self._endpoint}: no answer within {timeout:g} s") from error
            raise EngineError(f"{self._endpoint}: cannot be asked: {reason}") from error
        try:
            return _read(kind, body)
        except (SyntaxError, ValueError) as error:
            raise EngineError(f"{self._endpoint}: answered with broken {kind}: {error}") from error
        except KeyError as error:
            raise EngineError(f"{self._endpoint}: answered with {kind}, which is no SPARQL result") from error

    def _refused(self, error: HTTPError, source: str, text: str) -> AmccError:
        body = " ".join(error.read(2000).decode(errors="replace").split())[:200]
        if error.code == 400:
            found = sparql.syntax_error_of(text, source)
            if found is not None:
                return found
        return EngineError(f"{self._endpoint}: HTTP {error.code} {error.reason}: {body}".rstrip(": "))


def _read(kind: str, body: bytes) -> Result:
    if kind in _SOLUTIONS:
        return answers.of_engine(pyoxigraph.parse_query_results(body, QueryResultsFormat.JSON))
    triples = {quad.triple for quad in pyoxigraph.parse(body, _TRIPLES[kind])}
    return answers.Result(answers.GRAPH, triples=tuple(sorted(triples, key=str)))
