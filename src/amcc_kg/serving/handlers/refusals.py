"""How requests are refused: where no representation suits, and with a page for those who prefer pages."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from http import HTTPStatus

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import TEXT, Answer, RefusedError, Request, refusal
from amcc_kg.serving.service import Handler, Service


def chosen(kind: str, request: Request, what: str = "this") -> negotiation.Offer:
    """Return the representation that a request prefers; raises `RefusedError` if it takes none there is."""
    offer = negotiation.choose(kind, request.headers.get("accept"))
    if offer is None:
        raise RefusedError(refusal(406, f"{what} can be had as {negotiation.media_types(kind)}"))
    return offer


def for_people(handler: Handler) -> Handler:
    """Return a handler that answers as the given one, a problem as a page for those who prefer pages."""

    @wraps(handler)
    async def answer(service: Service, request: Request) -> Answer:
        try:
            found = await handler(service, request)
        except RefusedError as error:
            found = error.answer
        accept = request.headers.get("accept", "")
        is_plain = found.status < 400 or found.media != TEXT
        if is_plain or "html" not in accept or negotiation.choose("thing", accept) is not negotiation.HTML:
            return found
        call = {
            "status": found.status,
            "title": HTTPStatus(found.status).phrase,
            "reason": found.body.decode(errors="replace").strip(),
            "base": request.base,
        }
        page = await service.run("problem", call, client=request.client)
        if page.status != found.status:
            return found
        return replace(found, body=page.body, media=page.media, storable=False)

    return answer
