"""What is said of a thing: both ways, with the names of its neighbours and the passages it rests on.

Knows what belongs to a description; which IRI a path may mean is known in `naming`, how a description is
written in `writing` and, for people, in `thing_pages`. Programs are answered from here as soon as the graph
is loaded, so nothing that pages need is imported.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pyoxigraph import NamedNode, Triple

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.resources import (
    dataset,
    ontologies,
    paths,
    retired,
    serialization,
    signposts,
    statements,
)
from amcc_kg.serving.workers.tasks import NEEDS_PAGE, Reply, refusal
from amcc_kg.terms import prefixes
from amcc_kg.terms.spelling import closest

if TYPE_CHECKING:
    from collections.abc import Callable

    from amcc_kg.serving.resources.statements import Evidence, Statements
    from amcc_kg.serving.workers.tasks import Loaded

    Paging = Callable[[Loaded, Statements, "Description", str], bytes]

_MOST_COMPARED = 5000
_FOAF, _VOID, _DCTERMS = (prefixes.PREFIXES[prefix] for prefix in ("foaf", "void", "dcterms"))


@dataclass(frozen=True, slots=True)
class Description:
    """What a graph holds about a thing.

    Attributes:
        iri: the thing.
        own: statements about it; for a hash document, also about its terms.
        incoming: statements that lead to it.
        held: what the named graph of that name holds, if it is one.
        passages: the passages that any of these stand in, sorted.
        names: statements that say what neighbours are called.
    """

    iri: str
    own: Evidence
    incoming: Evidence
    held: Evidence
    passages: tuple[str, ...]
    names: tuple[Triple, ...]

    @property
    def all(self) -> Evidence:
        """Every statement of the description that is not a neighbour's name."""
        return {**self.held, **self.incoming, **self.own}


def describe(loaded: Loaded, call: dict[str, Any], page: Paging | None = None) -> Reply:
    """Answer with the description of a thing; `page` writes those that are for people.

    `call` holds `choices`, the IRIs that may be meant (each with the `format` to describe it in, None where
    the client takes none, whether a suffix has `fixed` it and which `suffix`, and whether it is meant
    `exact`, as it is spelt), and `base`, the URL of this server. It may hold `dataset`, the description of
    the dataset, to which some of the IRIs may belong, or `own`, which tells that some may belong to the
    endpoint's account of itself.
    """
    found, known, gone = statements.of(loaded), ontologies.of(loaded), retired.of(loaded)
    more = _elsewhere(loaded, call)
    for choice in call["choices"]:
        for iri in paths.literal(choice["iri"]) if choice["exact"] else paths.candidates(choice["iri"]):
            # First, because a retired version is named by the one that came after it.
            if iri in gone:
                return retired.answer(found, gone[iri], choice["suffix"], call["base"])
            beside = known.shapes if known.in_shapes(iri) else more
            if not found.occurs(iri) and not beside.occurs(iri):
                continue
            if choice["format"] is None:
                return refusal(406, f"this can be had as {negotiation.media_types('thing')}")
            is_document = found.hashed(iri) or beside.hashed(iri) or iri in known.whole
            if iri.startswith(call["base"]) and not choice["fixed"] and not is_document:
                return _redirection(found, iri, choice["format"], call["base"])
            if choice["format"] == "html" and page is None:
                return Reply(NEEDS_PAGE, b"")
            description = collect(found, iri)
            if choice["format"] != "html" or not found.occurs(iri):
                description = joined(description, collect(beside, iri))
            return _written(loaded, description, choice["format"], call["base"], page)
    missing = next(choice["iri"] for choice in call["choices"] if not choice["exact"])
    return refusal(404, _missing(found, missing, call["base"]))


def _elsewhere(loaded: Loaded, call: dict[str, Any]) -> Statements:
    """Return what is said of some IRIs of ours beside the graph."""
    if call.get("own"):
        own: Statements = loaded.prepared["own statements"]
        return own
    published = call.get("dataset") or ""
    return dataset.indexed(published, call["base"]) if published else statements.Statements(())


def collect(found: Statements, iri: str) -> Description:
    """Return the description of an IRI that occurs in the graph."""
    own = found.about(NamedNode(iri))
    for term in found.hashed(iri):
        own |= found.about(NamedNode(term))
    incoming, held = found.leading_to(iri), found.within(iri)
    every = {**held, **incoming, **own}
    passages = {name for names in every.values() for name in names if found.is_passage(name)}
    if found.is_passage(iri):
        passages.add(iri)
    neighbours = {node.value for t in every for node in (t.subject, t.object) if isinstance(node, NamedNode)}
    for passage in passages - {iri}:
        said = found.about(NamedNode(passage))
        neighbours |= {t.object.value for t in said if isinstance(t.object, NamedNode)}
    triples = (found.label_triple(neighbour) for neighbour in sorted(neighbours))
    names = tuple(triple for triple in triples if triple is not None)
    return Description(iri, own, incoming, held, tuple(sorted(passages)), names)


def joined(first: Description, second: Description) -> Description:
    """Return two descriptions of an IRI as one."""
    own, incoming = first.own | second.own, first.incoming | second.incoming
    return replace(first, own=own, incoming=incoming, held=first.held | second.held)


def location(found: Statements, iri: str, suffix: str, base: str) -> str:
    """Return the URL of the description of an IRI in one format."""
    path = paths.path(found, iri, base)
    # Where the IRI with the suffix is a thing's own, its path is taken.
    spaces = paths.namespaces(base)
    if path is not None and not any(found.occurs(f"{space}{path}.{suffix}") for space in spaces):
        return f"{base}{quote(path, safe=paths.IN_URL)}.{suffix}"
    return f"{base}about.{suffix}?iri={quote(iri, safe='')}"


def _written(loaded: Loaded, description: Description, format: str, base: str, page: Paging | None) -> Reply:
    offer = next(offer for offer in negotiation.OFFERS["thing"] if offer.name == format)
    found = statements.of(loaded)
    document = location(found, description.iri, offer.suffix, base)
    headers = [("Content-Location", document)]
    links = [f'<{quote(description.iri, safe=paths.IN_URL + "?#")}>; rel="describes"']
    for other in negotiation.OFFERS["thing"]:
        if other is not offer:
            media = other.media.partition(";")[0]
            href = location(found, description.iri, other.suffix, base)
            links.append(f'<{href}>; rel="alternate"; type="{media}"')
    if description.iri == dataset.IRI and loaded.knowledge is not None:
        links.append(signposts.of_dataset(signposts.facts(found), base))
    if retired.terms_of(loaded, description.iri):
        # Whoever follows a term that is gone comes here, and the document does not speak of it any more.
        links.append(f'<{base}downloads/{retired.FILE}>; rel="related"; type="text/turtle"')
    headers.append(("Link", ", ".join(links)))
    rows = len(description.all)
    known = ontologies.of(loaded)
    if format == "html":
        # Only a task that is ready for pages is asked for one.
        assert page is not None
        is_shape = known.in_shapes(description.iri) and not found.occurs(description.iri)
        body = page(loaded, known.shapes if is_shape else found, description, base)
    else:
        whole = known.whole.get(description.iri)
        said = description.all if whole is None else whole
        is_bare = whole is not None or format == "csv"
        more = () if is_bare else surroundings(found, description, document)
        rows = len({*said, *more})
        try:
            body = serialization.write(said, more, format, description.iri)
        except ValueError as error:
            return refusal(406, unsayable(offer, error))
    return Reply(200, body, offer.media, headers=tuple(headers), rows=rows)


def unsayable(offer: negotiation.Offer, error: ValueError) -> str:
    """Return why a thing, or a list of things, cannot be had in one format, and which are left."""
    others = negotiation.media_types("thing", without=offer.name)
    return f"this cannot be said as {offer.media}: {error}; it can be had as {others}"


def _redirection(found: Statements, iri: str, format: str, base: str) -> Reply:
    """Lead from a thing to a document about it: where they have one address they need two URLs."""
    offer = next(offer for offer in negotiation.OFFERS["thing"] if offer.name == format)
    target = location(found, iri, offer.suffix, base)
    return Reply(303, f"see {target}\n".encode(), storable=False, headers=(("Location", target),))


def surroundings(found: Statements, description: Description, document: str) -> list[Triple]:
    """Return what is said of neighbours and passages, and of the description itself."""
    more = list(description.names)
    for passage in description.passages:
        more += found.about(NamedNode(passage))
    about, this = NamedNode(description.iri), NamedNode(document)
    more.append(Triple(this, NamedNode(statements.TYPE), NamedNode(f"{_FOAF}Document")))
    more.append(Triple(this, NamedNode(f"{_FOAF}primaryTopic"), about))
    if found.occurs(dataset.IRI):
        more.append(Triple(this, NamedNode(f"{_VOID}inDataset"), NamedNode(dataset.IRI)))
    source = NamedNode(f"{_DCTERMS}source")
    return more + [Triple(this, source, NamedNode(passage)) for passage in description.passages]


def _missing(found: Statements, iri: str, base: str) -> str:
    folder = iri.rpartition("/")[0] + "/"
    known = found.below(folder)
    if known:
        near = closest(iri, known[:_MOST_COMPARED])
        listed = paths.split(folder, base)
        hint = f"; did you mean {near}" if near else f"; /{listed[1]} lists what is" if listed else ""
    else:
        kinds = sorted({rest.partition("/")[0] for rest in paths.below(found, base).values()})
        named = ", ".join(kind for kind in kinds if "#" not in kind)
        hint = f"; things are found below {named}" if named else ""
    return f"the graph says nothing of <{iri[:300]}>{hint}"
