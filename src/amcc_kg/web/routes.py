"""Which handler answers which path: a table, and how it is looked up.

Knows no handler's work. An exact path wins over a prefix, a longer prefix over a shorter one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amcc_kg.web import endpoint, operations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from amcc_kg.web.messages import Answer, Request
    from amcc_kg.web.service import Service

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
