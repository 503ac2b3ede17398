"""Which handler answers which path: the routing table.

An exact path comes before one with a rest, a longer one before a shorter one. Of a path that is exact, the
form with or without a slash at its end leads to the one that stands here. Parameters that a URL may have are
in `PARAMETERS`, by path; a path that is not in it takes none. Knows no handler's work.
"""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount, Route

from amcc_kg.serving.exchange import Endpoint, other_form
from amcc_kg.serving.handlers import (
    downloads,
    endpoint,
    explanations,
    linked_data,
    operations,
    saved_queries,
)
from amcc_kg.serving.pages import static_files
from amcc_kg.serving.service import Handler

EXACT: tuple[tuple[str, Handler, tuple[str, ...]], ...] = (
    ("/sparql", endpoint.answer, ("GET", "POST")),
    ("/", downloads.start, ("GET",)),
    ("/ask", endpoint.ask, ("GET",)),
    ("/explain", explanations.explanation, ("GET",)),
    ("/queries/", saved_queries.queries, ("GET",)),
    ("/downloads/", downloads.files, ("GET",)),
    ("/healthz", operations.healthy, ("GET",)),
    ("/readyz", operations.ready, ("GET",)),
    ("/metrics", operations.metrics, ("GET",)),
    ("/openapi.json", operations.interface, ("GET",)),
    ("/favicon.svg", operations.icon, ("GET",)),
    ("/favicon.ico", operations.icon, ("GET",)),
    ("/robots.txt", operations.robots, ("GET",)),
    ("/about", linked_data.about, ("GET",)),
    ("/.well-known/sparql-examples", saved_queries.examples, ("GET",)),
    ("/.well-known/void", downloads.description, ("GET",)),
)
WITH_REST: tuple[tuple[str, Handler], ...] = (
    ("/explain.{rest:path}", explanations.explanation),
    ("/queries/{rest:path}", saved_queries.queries),
    ("/downloads/{rest:path}", downloads.files),
    ("/query/{rest:path}", saved_queries.named),
    ("/.well-known/sparql-examples{rest:path}", saved_queries.examples),
    ("/.well-known/void{rest:path}", downloads.description),
    ("/about{rest:path}", linked_data.about),
)

# None where the handler judges: a saved query has its own, and a query part may belong to an IRI.
PARAMETERS: dict[str, tuple[str, ...] | None] = {
    "/sparql": None,
    "/ask": ("query", "evidence"),
    "/explain": explanations.PARAMETERS,
    "/explain.{rest:path}": explanations.PARTS,
    "/queries/{rest:path}": None,
    "/about": None,
    "/about{rest:path}": None,
}

ROUTES: tuple[BaseRoute, ...] = (
    *(Route(path, Endpoint(handler, methods, PARAMETERS.get(path, ()))) for path, handler, methods in EXACT),
    *(
        Route(other_form(path), Endpoint(handler, methods, PARAMETERS.get(path, ()), moved=True))
        for path, handler, methods in EXACT
        if path != "/"
    ),
    Route("/query", Endpoint(saved_queries.named, moved=True)),
    Route("/static/{rest:path}/", Endpoint(operations.icon, moved=True)),
    Mount("/static", operations.Static(directory=static_files.FOLDER)),
    *(
        Route(path, Endpoint(handler, takes=PARAMETERS.get(path, ()), either=True))
        for path, handler in WITH_REST
    ),
    # Which form of a path exists is said by the graph.
    Route("/{rest:path}", Endpoint(linked_data.thing, takes=None)),
)
