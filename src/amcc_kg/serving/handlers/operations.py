"""What is asked of the server itself: is it alive, is it ready, what does it count, what can be asked."""

from __future__ import annotations

from amcc_kg.serving.http.messages import TEXT, Answer, Request, problem
from amcc_kg.serving.service import Service


async def healthy(service: Service, request: Request) -> Answer:
    """Answer that the process is alive."""
    return Answer(200, b"alive\n", TEXT, vary=(), storable=False)


async def ready(service: Service, request: Request) -> Answer:
    """Answer whether a graph is served and new requests are welcome."""
    if service.draining:
        return problem(503, "shutting down")
    if not service.version:
        return problem(503, "the graph is being loaded")
    return Answer(200, f"ready, graph {service.version}\n".encode(), TEXT, vary=(), storable=False)


async def metrics(service: Service, request: Request) -> Answer:
    """Answer with the figures in Prometheus' text format."""
    body, media = service.metrics.exposition(service.gauges())
    return Answer(200, body, media, vary=(), storable=False)


async def interface(service: Service, request: Request) -> Answer:
    """Answer with the description of the interface, OpenAPI 3.1, for programs that read such."""
    call = {"base": request.base}
    return await service.answer(request, "openapi", call, ("openapi", request.base), vary=())
