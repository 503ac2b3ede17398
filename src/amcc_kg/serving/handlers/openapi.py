"""`/openapi.json`: everything that can be asked here, for programs that read such a description."""

from __future__ import annotations

from amcc_kg.serving.http.messages import Answer, Request
from amcc_kg.serving.service import Service


async def document(service: Service, request: Request) -> Answer:
    """Answer with the description of the interface, OpenAPI 3.1."""

    async def make() -> Answer:
        return (await service.run("openapi", {"base": request.base}, client=request.client)).answer(())

    return await service.remember(("openapi", request.base), make)
