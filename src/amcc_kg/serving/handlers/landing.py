"""The pages that a visitor begins with: the start page, which is a page of the dataset, and the query form.

Knows which representations these have; what is on a page is known in the tasks.
"""

from __future__ import annotations

from amcc_kg.serving.handlers import downloads, refusals
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import TEXT, Answer, Request
from amcc_kg.serving.pages import blank_forms
from amcc_kg.serving.service import Service
from amcc_kg.sparql.checks import is_repeatable


async def start(service: Service, request: Request) -> Answer:
    """Answer with the start page, or with the description of the dataset that it is about."""
    offer = refusals.chosen("page" if service.config.files else "start", request)
    if offer is negotiation.HTML:
        return await service.answer(request, "start", {"base": request.base})
    return await downloads.description(service, request)


async def query_form(service: Service, request: Request) -> Answer:
    """Answer with the form for a query of one's own."""
    return await service.answer(request, "ask", {"base": request.base, "query": None})


async def ask(service: Service, request: Request) -> Answer:
    """Answer with the form and, as a table, what the query in it gives."""
    refusals.chosen("page", request)
    query = request.parameter("query")
    if query is None:
        return await query_form(service, request)
    call = {"base": request.base, "query": query}
    # Fetched before the query, because afterwards there may be no worker that could write it.
    form = await service.answer(request, "blank", {"base": request.base}, vary=())
    answer = await service.answer(request, "ask", call, repeatable=is_repeatable(query))
    if answer.status < 400 or answer.media != TEXT or form.status != 200:
        return answer
    # A reader's query is not lost with the page: it stands in the form again, beside what went wrong.
    body = blank_forms.filled(form.body, query, answer.body.decode(errors="replace").strip())
    return Answer(answer.status, body, form.media, answer.headers, storable=False)
