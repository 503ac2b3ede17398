"""Pages that are about no single thing: the start, the query form, problems, and the files they refer to.

Knows which handler asks which task for a page; what is on a page is known in the tasks.
"""

from __future__ import annotations

import os
from http import HTTPStatus

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import TEXT, Answer, Request, not_acceptable
from amcc_kg.serving.pages import blank_forms, static_files
from amcc_kg.serving.service import Service
from amcc_kg.sparql.checks import is_repeatable


async def start(service: Service, request: Request) -> Answer:
    """Answer with the start page."""
    return await service.answer(request, "start", {"base": request.base}, ("start", request.base))


async def query_form(service: Service, request: Request) -> Answer:
    """Answer with the form for a query of one's own."""
    call = {"base": request.base, "query": None}
    return await service.answer(request, "ask", call, ("form", request.base))


async def ask(service: Service, request: Request) -> Answer:
    """Answer with the form and, as a table, what the query in it gives."""
    if negotiation.choose("page", request.headers.get("accept")) is None:
        return not_acceptable(f"this can be had as {negotiation.media_types('page')}")
    query = request.parameter("query")
    if query is None:
        return await query_form(service, request)
    call = {"base": request.base, "query": query}
    # Fetched before the query, because afterwards there may be no worker that could write it.
    blank = {"base": request.base}
    form = await service.answer(request, "blank", blank, ("blank", request.base), vary=())
    key, repeatable = ("ask", query, request.base), is_repeatable(query)
    answer = await service.answer(request, "ask", call, key, repeatable=repeatable)
    if answer.status < 400 or answer.media != TEXT or form.status != 200:
        return answer
    # A reader's query is not lost with the page: it stands in the form again, beside what went wrong.
    body = blank_forms.filled(form.body, query, answer.body.decode(errors="replace").strip())
    return Answer(answer.status, body, form.media, answer.headers, storable=False)


class Static(StaticFiles):
    """The files that pages refer to, by names that hold a checksum, so that browsers may keep them."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Return where a file lies, and what the system says of it; None where there is none of that name."""
        stem, _, suffix = path.rpartition(".")
        plain = f"{stem.partition('.')[0]}.{suffix}"
        return super().lookup_path(plain) if path in static_files.files() else ("", None)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file as it is kept by browsers; raises `HTTPException` where there is none."""
        found = await super().get_response(path, scope)
        found.headers.update(dict(static_files.KEPT))
        return found


async def icon(service: Service, request: Request) -> Answer:
    """Answer with the icon, under the names that browsers try."""
    media, content = static_files.files()[static_files.name("icon.svg")]
    return Answer(200, content, media, vary=())


async def robots(service: Service, request: Request) -> Answer:
    """Answer what robots may fetch: all but the endpoint, whose answers are without end."""
    text = "User-agent: *\nDisallow: /sparql\nDisallow: /ask\nAllow: /\n"
    return Answer(200, text.encode(), TEXT, vary=())


async def dressed(service: Service, request: Request, answer: Answer) -> Answer:
    """Return an answer, a problem as a page for those who prefer pages."""
    plain = answer.status < 400 or answer.media != TEXT
    accept = request.headers.get("accept", "")
    if plain or "html" not in accept or negotiation.choose("thing", accept) is not negotiation.HTML:
        return answer
    call = {
        "status": answer.status,
        "title": HTTPStatus(answer.status).phrase,
        "reason": answer.body.decode(errors="replace").strip(),
        "base": request.base,
    }
    page = await service.run("problem", call, client=request.client)
    if page.status != answer.status:
        return answer
    return Answer(page.status, page.body, page.media, answer.headers, answer.vary, storable=False)
