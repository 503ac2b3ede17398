"""Which handler answers which path: a table, and how it is looked up.

Knows no handler's work. An exact path wins over a prefix, a longer prefix over a shorter one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amcc_kg.serving.handlers import (
    downloads,
    endpoint,
    landing,
    linked_data,
    openapi,
    operations,
    saved_queries,
)
from amcc_kg.serving.pages import pages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from amcc_kg.serving.http.messages import Answer, Request
    from amcc_kg.serving.service import Service

    Handler = Callable[[Service, Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """A path, or with `*` at its end all paths that begin so, and what answers there."""

    pattern: str
    handler: Handler
    methods: tuple[str, ...] = ("GET",)

    @property
    def allowed(self) -> str:
        """The value of the Allow header."""
        more = ("HEAD",) if "GET" in self.methods else ()
        return ", ".join((*self.methods, *more, "OPTIONS"))


ROUTES: tuple[Route, ...] = (
    Route("/sparql", endpoint.answer, ("GET", "POST")),
    Route("/sparql/", endpoint.answer, ("GET", "POST")),
    Route("/healthz", operations.healthy),
    Route("/readyz", operations.ready),
    Route("/metrics", operations.metrics),
    Route("/", landing.start),
    Route("/ask", pages.ask),
    Route("/queries", pages.slashed),
    Route("/queries/*", saved_queries.queries),
    Route("/query/*", saved_queries.named),
    Route("/.well-known/sparql-examples*", saved_queries.examples),
    Route("/.well-known/void*", downloads.description),
    Route("/downloads", pages.slashed),
    Route("/downloads/*", downloads.files),
    Route("/openapi.json", openapi.document),
    Route("/static/*", pages.static),
    Route("/favicon.svg", pages.icon),
    Route("/favicon.ico", pages.icon),
    Route("/robots.txt", pages.robots),
    Route("/about*", linked_data.about),
    Route("/*", linked_data.thing),
)


def find(path: str, routes: tuple[Route, ...] | None = None) -> tuple[Route, str] | None:
    """Return the route for a path and what its `*` stands for, None where nothing answers."""
    best: Route | None = None
    for route in ROUTES if routes is None else routes:
        if route.pattern == path:
            return route, ""
        matches = route.pattern.endswith("*") and path.startswith(route.pattern[:-1])
        if matches and (best is None or len(route.pattern) > len(best.pattern)):
            best = route
    return None if best is None else (best, path[len(best.pattern) - 1 :])
