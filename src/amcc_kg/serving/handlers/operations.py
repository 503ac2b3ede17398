"""What a server has besides its graph: its state, its counts, its interface, the files of its pages."""

from __future__ import annotations

import os

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from amcc_kg.serving.exchange import response
from amcc_kg.serving.http.messages import TEXT, Answer, Request, problem
from amcc_kg.serving.pages import static_files
from amcc_kg.serving.service import Service


async def healthy(service: Service, request: Request) -> Answer:
    """Answer that the process is alive."""
    return Answer(200, b"alive\n", TEXT, vary=(), storable=False)


async def ready(service: Service, request: Request) -> Answer:
    """Answer whether a graph is served and new requests are welcome."""
    if service.connections.is_draining:
        return problem(503, "shutting down")
    if not service.version:
        return problem(503, "the graph is being loaded")
    return Answer(200, f"ready, graph {service.version}\n".encode(), TEXT, vary=(), storable=False)


async def metrics(service: Service, request: Request) -> Answer:
    """Answer with the figures in Prometheus' text format."""
    body, media = service.log.metrics.exposition(service.gauges())
    return Answer(200, body, media, vary=(), storable=False)


async def interface(service: Service, request: Request) -> Answer:
    """Answer with everything that can be asked here, for programs that read such a description: OpenAPI."""
    return await service.answer(request, "openapi", {"base": request.base}, vary=())


async def icon(service: Service, request: Request) -> Answer:
    """Answer with the icon, under the names that browsers try."""
    media, content = static_files.files()[static_files.name("icon.svg")]
    return Answer(200, content, media, vary=())


async def robots(service: Service, request: Request) -> Answer:
    """Answer what robots may fetch: all but what is asked in a query, whose answers are without end."""
    refused = b"Disallow: /sparql\nDisallow: /ask\nDisallow: /explain\n"
    return Answer(200, b"User-agent: *\n" + refused + b"Allow: /\n", TEXT, vary=())


class Static(StaticFiles):
    """The files that pages refer to, by names that hold a checksum, so that browsers may keep them."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Return where a file lies, and what the system says of it; None where there is none of that name."""
        stem, _, suffix = path.rpartition(".")
        plain = f"{stem.partition('.')[0]}.{suffix}"
        return super().lookup_path(plain) if path in static_files.files() else ("", None)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file as it is kept by browsers; raises `HTTPException` where there is none."""
        if wrong := Request("GET", path, scope["query_string"].decode("latin-1")).unknown():
            return response(problem(400, wrong))
        found = await super().get_response(path, scope)
        found.headers.update(dict(static_files.KEPT))
        return found
