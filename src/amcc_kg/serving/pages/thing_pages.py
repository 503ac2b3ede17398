"""The pages of things: a description as `describing` collects it, put before people.

Knows the templates' names for what is on such a page; nothing of which IRI is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.pages import renderer, views
from amcc_kg.serving.resources import dataset, descriptions, retired, signposts

if TYPE_CHECKING:
    from amcc_kg.serving.resources.descriptions import Description
    from amcc_kg.serving.resources.statements import Statements
    from amcc_kg.serving.workers.tasks import Loaded, Reply


def describe(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer as `describing.describe` does, and with a page where that is what the client prefers."""
    return descriptions.describe(loaded, call, _page)


def _page(loaded: Loaded, found: Statements, description: Description, base: str) -> bytes:
    gone = retired.terms_of(loaded, description.iri)
    page = views.of_description(found, loaded.store, description, base, gone)
    formats = [
        (descriptions.location(found, description.iri, o.suffix, base), o.suffix, o.media.partition(";")[0])
        for o in negotiation.OFFERS["thing"]
        if o is not negotiation.HTML
    ]
    schema = ""
    if description.iri == dataset.IRI and loaded.knowledge is not None:
        schema = signposts.schema_org(found, base)
    links = [(href, suffix) for href, suffix, _ in formats]
    return renderer.page(
        loaded, page.template, base, **page.content, formats=formats, links=links, schema=schema
    )
