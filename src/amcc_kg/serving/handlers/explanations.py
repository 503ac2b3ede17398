"""Why a statement holds, as a URL: `/explain?subject=…&predicate=…&object=…`.

`/explain` negotiates, `/explain.json` does not, and a `format` in the URL comes before Accept. Knows names of
parameters and formats; what terms mean and what holds is judged where the graph is.
"""

from __future__ import annotations

from amcc_kg.serving.exchange import for_people
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, Request, problem, refused
from amcc_kg.serving.service import Service

PARTS = ("subject", "predicate", "object")
PARAMETERS = (*PARTS, "format")


@for_people
async def explanation(service: Service, request: Request) -> Answer:
    """Answer with the proof of a statement, or with what is nearest to it where it does not hold."""
    if service.config.files:
        return problem(404, "plain files are served here, and no proofs with them")
    given = {part: request.parameter(part) or "" for part in PARTS}
    offer = _offer(request)
    if missing := [part for part, text in given.items() if not text.strip()]:
        wanted = "&".join(f"{part}=…" for part in PARTS)
        return problem(400, f"{', '.join(missing)}: missing; ask as /explain?{wanted}")
    return await service.answer(request, "explain", given | {"format": offer.name, "base": request.base})


def _offer(request: Request) -> negotiation.Offer:
    """Return the representation that a URL names, or else a request prefers; raises `RefusedError`."""
    word = request.parameter("format")
    if request.rest:
        offer = negotiation.by_suffix("explanation", request.rest)
    elif word:
        offer = negotiation.by_word("explanation", word)
    else:
        return negotiation.chosen("explanation", request, "a proof")
    if offer is None:
        kinds = ", ".join(f"{one.suffix} ({one.type})" for one in negotiation.OFFERS["explanation"])
        raise refused(404 if request.rest else 406, f"a proof can be had as {kinds}")
    return offer
