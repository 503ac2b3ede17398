"""The page that the server's own URL leads to: a page for people, for programs what it is a page of.

Knows which representations that has; what is on the page is known in the tasks.
"""

from __future__ import annotations

from amcc_kg.serving.handlers import downloads
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, Request, not_acceptable
from amcc_kg.serving.pages import pages
from amcc_kg.serving.service import Service


async def start(service: Service, request: Request) -> Answer:
    """Answer with the start page, or with the description of the dataset that it is about."""
    kind = "page" if service.config.files else "start"
    offer = negotiation.choose(kind, request.headers.get("accept"))
    if offer is None:
        return not_acceptable(f"this can be had as {negotiation.media_types(kind)}")
    if offer is negotiation.HTML:
        return await pages.start(service, request)
    return await downloads.description(service, request)
