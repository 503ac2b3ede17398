"""What is about no single thing: the start page, a query of one's own, the dataset, its files, a problem.

Knows how things are counted and grouped; nothing of a single thing's description. A query from the form goes
the way of every query from outside; only the result is shown differently.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from amcc_kg.graph import answers
from amcc_kg.graph.hints import header
from amcc_kg.serving.answers import saved_answers, service_description
from amcc_kg.serving.http.messages import Answer
from amcc_kg.serving.pages import blank_forms, renderer, views
from amcc_kg.serving.resources import paths, signposts, statements
from amcc_kg.serving.workers.tasks import Loaded, as_json, too_large
from amcc_kg.sparql.prologue import declarations
from amcc_kg.terms import prefixes

_MOST_SHOWN = 1000
_EXAMPLE = """SELECT ?thing ?label
WHERE {{
  ?thing a {kind} ;
    rdfs:label ?label .
}}
ORDER BY STR(?thing)
LIMIT 20
"""


def start(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with the start page; `call` holds `base`."""
    found = statements.of(loaded)
    reader = views.Reader(loaded, call["base"])
    below = paths.below(found, call["base"])
    counts = Counter(
        rest.partition("/")[0]
        for iri, rest in below.items()
        if "/" in rest and "#" not in iri and not found.is_passage(iri)
    )
    kinds = [
        (views.Shown(kind, reader.link(f"{kind}/")), count)
        for kind, count in sorted(counts.items())
        if (members := paths.members(found, call["base"], f"{kind}/"))
        and not found.hashed(members[0].rpartition("/")[0])
    ]
    titles = found.values(prefixes.DATASET, prefixes.full("dcterms:title"))
    texts = found.values(prefixes.DATASET, prefixes.full("dcterms:description"))
    is_own = loaded.knowledge is not None
    content: dict[str, Any] = {
        "heading": titles[0].partition(": ")[2] or titles[0] if titles else "Knowledge graph",
        "description": texts[0] if texts else "",
        "kinds": kinds,
        "vocabularies": [*map(reader.iri, sorted({iri.partition("#")[0] for iri in below if "#" in iri}))],
        "statements": len(found),
        "things": sum(counts.values()),
        "passages": sum(found.is_passage(iri) for iri in below),
        "queries": sorted(saved_answers.queries(loaded).values(), key=lambda query: query.title),
        "canonical": next((iri.removesuffix(rest) for iri, rest in below.items()), ""),
        "is_ours": bool(below),
        "schema": signposts.schema_org(found, call["base"]) if is_own else "",
    }
    links = (("Link", signposts.of_dataset(found, call["base"])),) if is_own else ()
    return replace(renderer.page(loaded, "start.html", call["base"], **content), headers=links)


def ask(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with the form and the query's result.

    `call` holds `base`, `query` (None for the form alone) and what else that of `sparql_query.answer` holds
    but formats.
    """
    text, evidence = call["query"], call["evidence"]
    shown = {"query": _example(loaded) if text is None else text, "evidence": evidence}
    page = partial(renderer.page, loaded, "ask.html", call["base"], **shown)
    if text is None:
        return page(error="", table=None, link="")
    whole = f"{declarations(text)}{text}"  # as a program would have to ask
    given = {"query": whole, "default-graph-uri": call["default"], "named-graph-uri": call["named"]}
    given |= ({"evidence": "true"} if evidence else {}) | ({} if call["infer"] else {"infer": "false"})
    link = f"sparql?{urlencode(given, doseq=True, quote_via=quote)}"

    def show(found: answers.Result) -> Answer:
        receipts = islice(found.receipts, _MOST_SHOWN) if evidence else None
        table = views.Reader(loaded, call["base"]).table(found, receipts, _MOST_SHOWN)
        made = replace(page(error="", table=table, link=link, hints=found.hints), headers=header(found.hints))
        return made if len(made.body) <= call["bytes"] else too_large(f"{call['bytes']} bytes")

    reply = service_description.answer(loaded, call | {"query": whole, "ahead": len(whole) - len(text)}, show)
    if reply.status == 200:
        return reply
    return page(status=reply.status, error=reply.body.decode(errors="replace").strip(), table=None, link=link)


def blank(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with the page of a query that failed, marks in place of the query and the reason.

    `call` holds `base` and `evidence`.
    """
    gaps: dict[str, Any] = {"query": blank_forms.QUERY, "error": blank_forms.REASON}
    gaps["evidence"] = call["evidence"]
    return renderer.page(loaded, "ask.html", call["base"], **gaps, table=None, link="")


def _example(loaded: Loaded) -> str:
    """Return a query that has an answer in this graph, to start from."""
    found = statements.of(loaded)
    kinds = Counter(
        kind
        for iri in found.below(prefixes.BASE)
        if "#" not in iri and found.values(iri, f"{prefixes.RDFS}label")
        for kind in found.values(iri, statements.TYPE)
        if kind.startswith(prefixes.ONTOLOGY)
    )
    if not kinds:
        return "SELECT ?s ?p ?o\nWHERE { ?s ?p ?o }\nORDER BY STR(?s)\nLIMIT 20\n"
    commonest = max(kinds, key=lambda kind: (kinds[kind], kind))
    declared = f"PREFIX amcc: <{prefixes.ONTOLOGY}>\nPREFIX rdfs: <{prefixes.RDFS}>\n\n"
    return declared + _EXAMPLE.format(kind=prefixes.shorten(commonest))


def downloads(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with the list of downloads; `call` holds `files`, `format` and `base`."""
    if call["format"] != "html":
        return as_json(call["files"])
    return renderer.page(loaded, "downloads.html", call["base"], files=call["files"])


def problem(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with a page for an error; `call` holds `status`, `title`, `reason` and `base`."""
    content = {"title": call["title"], "reason": views.Reader(loaded, call["base"]).sentence(call["reason"])}
    return renderer.page(loaded, "problem.html", call["base"], status=call["status"], **content)
