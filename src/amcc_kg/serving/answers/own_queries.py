"""A query of the reader's own, from the form on a page: its answer as a table below the form.

The query goes the way of every query from outside; only the result is shown differently.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import quote

import pyoxigraph
from pyoxigraph import QueryResultsFormat, RdfFormat

from amcc_kg.graph import answers
from amcc_kg.serving.answers import service_description
from amcc_kg.serving.pages import blank_forms, renderer, views
from amcc_kg.serving.resources import statements
from amcc_kg.serving.workers.tasks import Loaded, Reply
from amcc_kg.terms import prefixes as terms

_MOST_SHOWN = 1000
_EXAMPLE = """SELECT ?thing ?label
WHERE {{
  ?thing a {kind} ;
    rdfs:label ?label .
}}
ORDER BY STR(?thing)
LIMIT 20
"""


def ask(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with the form and the query's result.

    `call` holds `base`, `query` (None for the form alone) and the bounds `rows` and `bytes`.
    """
    text, status, error, table = call["query"], 200, "", None
    if text is not None:
        formats = {"select": "json", "ask": "json", "graph": "ntriples"}
        bounds = {"rows": call["rows"], "bytes": call["bytes"]}
        spec = {"query": text, "default": [], "named": [], "formats": formats}
        reply = service_description.answer(loaded, spec | bounds)
        status = reply.status
        if status == 200:
            table = views.Reader(loaded, call["base"]).table(_read(reply), most=_MOST_SHOWN)
        else:
            error = reply.body.decode(errors="replace").strip()
    content: dict[str, Any] = {
        "query": _example(loaded) if text is None else text,
        "table": table,
        "error": error,
        "link": "" if text is None else f"sparql?query={quote(text, safe='')}",
    }
    return renderer.reply(loaded, "ask.html", call["base"], status=status, **content)


def blank(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with the page of a query that failed, marks in place of the query and the reason.

    The server fills it in by itself when no worker can: they are busy, or the query was what ended one.
    """
    content: dict[str, Any] = {
        "query": blank_forms.QUERY,
        "error": blank_forms.REASON,
        "table": None,
        "link": "",
    }
    return renderer.reply(loaded, "ask.html", call["base"], **content)


def _read(reply: Reply) -> answers.Result:
    if reply.media.startswith("application/n-triples"):
        triples = {quad.triple for quad in pyoxigraph.parse(reply.body, RdfFormat.N_TRIPLES)}
        return answers.Result(answers.GRAPH, triples=tuple(sorted(triples, key=str)))
    return answers.of_engine(pyoxigraph.parse_query_results(reply.body, QueryResultsFormat.JSON))


def _example(loaded: Loaded) -> str:
    """Return a query that has an answer in this graph, to start from."""
    found = statements.of(loaded)
    labelled = [iri for iri in found.below(terms.BASE) if found.values(iri, f"{terms.RDFS}label")]
    kinds = Counter(
        kind
        for iri in labelled
        if "#" not in iri
        for kind in found.values(iri, statements.TYPE)
        if kind.startswith(terms.ONTOLOGY)
    )
    if not kinds:
        return "SELECT ?s ?p ?o\nWHERE { ?s ?p ?o }\nORDER BY STR(?s)\nLIMIT 20\n"
    commonest = max(kinds, key=lambda kind: (kinds[kind], kind))
    prefixes = f"PREFIX amcc: <{terms.ONTOLOGY}>\nPREFIX rdfs: <{terms.RDFS}>\n\n"
    return prefixes + _EXAMPLE.format(kind=terms.shorten(commonest))
