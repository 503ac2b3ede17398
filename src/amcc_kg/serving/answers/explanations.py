"""Explanations in a worker: the proof of a statement as data, as a drawing and as a page.

Knows what is missing or cannot be read of a statement that somebody asks about, and what is answered where it
does not hold; nothing of how proofs are found or put into words.
"""

from __future__ import annotations

from typing import Any

from pyoxigraph import NamedNode

from amcc_kg.explain import markup
from amcc_kg.explain.explanation import Explanation
from amcc_kg.serving.answers import saved_answers
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import TEXT, Answer, refusal
from amcc_kg.serving.pages import renderer, views
from amcc_kg.serving.resources import serialization
from amcc_kg.serving.workers.tasks import Loaded
from amcc_kg.sparql.prologue import Term
from amcc_kg.terms.errors import InputError


def explain(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer why a statement holds, or with 404 and what is nearest where it does not.

    `call` holds `subject`, `predicate` and `object` as `amcc explain` takes them, `format` and `base`.
    """
    knowledge = saved_answers.knowledge(loaded)
    found: list[Term] = []
    for part in ("subject", "predicate", "object"):
        try:
            term = knowledge.term(call[part], predicate=part == "predicate")
        except InputError as error:
            return refusal(400, f"{part}: {error}")
        if part != "object" and not isinstance(term, NamedNode):
            return refusal(400, f"{part}: {call[part]!r} is a literal; expected an IRI or a label")
        found.append(term)
    # The object as it was given, because of a text it is said how it is written if it was meant as one.
    return _written(loaded, knowledge.explain(found[0], found[1], call["object"]), call)


def _written(loaded: Loaded, told: Explanation, call: dict[str, Any]) -> Answer:
    offer, status = negotiation.named("explanation", call["format"]), 200 if told.holds else 404
    if offer is negotiation.HTML:
        return _page(loaded, told, call)
    if offer is negotiation.PLAIN_JSON:
        body = told.to_string("json").encode()
    elif not told.holds:
        return Answer(404, str(told).encode(), TEXT, storable=False)
    elif offer is negotiation.TURTLE:
        body = serialization.write({}, markup.graph(told.steps()), offer.name)
    else:
        body = told.to_string(offer.name).encode()
    return Answer(status, body, offer.media, storable=told.holds)


def _page(loaded: Loaded, told: Explanation, call: dict[str, Any]) -> Answer:
    """Answer with a page: the statement, its proof, and the passages that this ends at."""
    reader, steps = views.Reader(loaded, call["base"]), told.steps()
    grounds = [
        ground.graph for step in steps for one in step.walk() for ground in one.grounds if ground.citation
    ]
    content = {
        "parts": [reader.term(term) for term in told.triple],
        "proof": markup.html(steps) if told.holds else "",
        "nearest": "" if told.holds else str(told),
        "formats": [
            (reader.explained(told.triple, f".{offer.suffix}"), offer.suffix)
            for offer in negotiation.OFFERS["explanation"]
            if told.holds and offer is not negotiation.HTML
        ],
        "passages": reader.passages(dict.fromkeys(grounds)),
    }
    return renderer.page(loaded, "explain.html", call["base"], status=200 if told.holds else 404, **content)
