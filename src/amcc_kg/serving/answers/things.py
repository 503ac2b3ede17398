"""What is said of a thing, and which things lie below a path: in every format, and as pages.

Knows in which order the IRIs that may be meant are tried, and what there is to answer where none is known.
For one that is gone that is, as RFC 9110 has it, 301 where one thing takes the place of another (section
15.4.2) and 410 otherwise (section 15.5.11).
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from pyoxigraph import NamedNode, Quad, Triple

from amcc_kg.serving.answers import service_description
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, redirect, refusal
from amcc_kg.serving.pages import views
from amcc_kg.serving.resources import descriptions, paths, serialization, signposts, statements
from amcc_kg.serving.resources.statements import Evidence, Statements
from amcc_kg.serving.workers.tasks import Loaded
from amcc_kg.terms import prefixes

_MOST_COMPARED = 5000


def describe(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with the description of a thing.

    `call` holds `choices`, the IRIs that may be meant (each with the `format` to describe it in, None where
    the client takes none, whether a suffix has `fixed` it and which `suffix`, and whether it is meant
    `exact`, as it is spelt), and `base`, the URL of this server. It may hold `dataset`, the description of
    the dataset, to which some of the IRIs may belong, or `own`, which tells that some may belong to the
    endpoint's account of itself.
    """
    found, beside, base = statements.of(loaded), _beside(loaded, call), call["base"]
    meant = _meant(loaded, call["choices"], beside)
    if meant is None:
        return _container_of(found, call) or refusal(404, _missing(found, call))
    choice, iri = meant
    format = choice["format"]
    if iri in loaded.retired:
        return retired(loaded, choice | {"iri": iri, "base": base})
    if format is None:
        return refusal(406, f"this can be had as {negotiation.media_types('thing')}")
    known = descriptions.ontologies(loaded)
    other = known.shapes if known.in_shapes(iri) else beside
    is_document = found.hashed(iri) or other.hashed(iri) or iri in known.whole
    if iri.startswith(base) and not choice["fixed"] and not is_document:
        # Where a thing and the document about it have one address, they need two URLs.
        return redirect(paths.document(found, iri, negotiation.named("thing", format).suffix, base), 303)
    description = None if found.occurs(iri) or other.occurs(iri) else descriptions.of_statement(found, iri)
    if description is None:
        description = descriptions.collect(found, iri)
        if format != "html" or not found.occurs(iri):
            description = descriptions.joined(description, descriptions.collect(other, iri))
    return _written(loaded, description, format, base)


def contained(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with what lies directly below a path that ends in a slash, and what is said of that itself.

    `call` holds `path` without its first slash, `format`, `base`, and may hold what that of `describe` may.
    """
    found, path, base = statements.of(loaded), call["path"], call["base"]
    members = paths.members(found, base, path)
    iris = (iri for space in paths.namespaces(base) for iri in paths.candidates(space + path))
    this = next((iri for iri in iris if found.is_subject(iri) or found.hashed(iri)), None)
    if not members and this is None:
        missing = refusal(404, f"nothing of the graph lies below /{path[:300]}")
        return _retired_container(loaded, path, base) or _thing_at(loaded, call) or missing
    container = this or members[0].rpartition("/")[0] + "/"
    offer = negotiation.named("thing", call["format"])
    if offer is negotiation.HTML:
        if found.hashed(container) and not members:
            # What lies below is not beside its terms on the page of a vocabulary.
            return _written(loaded, descriptions.collect(found, container), "html", base)
        return views.listing(loaded, members, path, container, base)
    kept, about = (*statements.LABELS, statements.TYPE), [found.about(NamedNode(iri)) for iri in members]
    said = {t: names for one in about for t, names in one.items() if t.predicate.value in kept}
    listed = [statements.said(NamedNode(container), "rdfs:member", NamedNode(iri)) for iri in members]
    if this is not None:
        description = descriptions.collect(found, this)
        said |= description.all
        document = paths.document(found, this, offer.suffix, base)
        listed += descriptions.surroundings(found, description, document)
    return _serialized(said, listed, offer, rows=len(said) + len(listed))


def retired(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer for an IRI if it is retired, else with 404.

    `call` holds `iri`, `suffix`, the format at which its successor is to be answered for, and `base`.
    """
    one, suffix = loaded.retired.get(call["iri"]), call["suffix"]
    if one is None:
        return refusal(404, "this is not retired")
    if one.successor is not None:
        return redirect(_url(loaded, one.successor, suffix, call["base"]))
    return _gone(one.said(), [_url(loaded, iri, suffix, call["base"]) for iri in one.candidates])


def _retired_container(loaded: Loaded, path: str, base: str) -> Answer | None:
    """Answer for a container of retired things, None if it has none: it moved where all of them did."""
    # Such a path has no entry in the register.
    this = prefixes.BASE + path
    direct = [one for iri, one in loaded.retired.items() if iri == this or paths.is_member(iri, this)]
    if not direct:
        return None
    followers = sorted({f"{iri.rpartition('/')[0]}/" for one in direct for iri in one.candidates})
    listed = [iri for iri in followers if "#" not in iri and paths.split(iri, prefixes.BASE)]
    if listed == followers and len(listed) == 1 and all(one.successor for one in direct):
        return redirect(_url(loaded, listed[0], None, base))
    named = f"; what takes its place lies below {', '.join(f'<{iri}>' for iri in listed)}" if listed else ""
    reason = f"what lay below /{path[:300]} is retired{named}"
    return _gone(reason, [_url(loaded, iri, None, base) for iri in listed])


def _url(loaded: Loaded, iri: str, suffix: str | None, base: str) -> str:
    """Return the URL at which an IRI is answered for, here or elsewhere, in the format of a suffix or any."""
    found = statements.of(loaded)
    if paths.path(found, iri, base) is None and not found.occurs(iri):
        return paths.encoded(iri, "?#")
    return paths.document(found, iri, suffix, base)


def _gone(reason: str, candidates: list[str]) -> Answer:
    links = ", ".join(signposts.link(href, "related") for href in candidates)
    return refusal(410, reason, (("Link", links),) if links else ())


def _meant(
    loaded: Loaded, choices: list[dict[str, Any]], beside: Statements
) -> tuple[dict[str, Any], str] | None:
    """Return the first choice of which anything is known, and its IRI as the graph has it."""
    found, known, gone = statements.of(loaded), descriptions.ontologies(loaded), loaded.retired
    for choice in choices:
        for iri in paths.candidates(choice["iri"], exact=choice["exact"]):
            is_said = found.occurs(iri) or known.in_shapes(iri) or beside.occurs(iri)
            # A retired version is also named by the one that came after it.
            if iri in gone or is_said or found.named(iri) is not None:
                return choice, iri
    return None


def _beside(loaded: Loaded, call: dict[str, Any]) -> Statements:
    """Return what is said of some IRIs of ours beside the graph."""
    if call.get("own"):
        return service_description.account(loaded).statements
    published = call.get("dataset")
    described = service_description.completed(published, call["base"]) if published else ()
    return Statements(Quad(*triple) for triple in described)


def _written(loaded: Loaded, description: descriptions.Description, format: str, base: str) -> Answer:
    found, known = statements.of(loaded), descriptions.ontologies(loaded)
    iri, offer = description.iri, negotiation.named("thing", format)
    document = paths.document(found, iri, offer.suffix, base)
    links = [signposts.link(paths.encoded(iri, "?#"), "describes")]
    others = (other for other in negotiation.OFFERS["thing"] if other is not offer)
    links += [signposts.link(paths.document(found, iri, o.suffix, base), "alternate", o.type) for o in others]
    if iri == prefixes.DATASET and loaded.knowledge is not None:
        links.append(signposts.of_dataset(found, base))
    if gone := [one for name, one in loaded.retired.items() if name.startswith(f"{iri}#")]:
        # Whoever follows a term that is gone comes here, and the document does not speak of it any more.
        links.append(signposts.link(f"{base}downloads/retired.ttl", "related", "text/turtle"))
    headers = (("Content-Location", document), ("Link", ", ".join(links)))
    if offer is negotiation.HTML:
        shown = known.shapes if known.in_shapes(iri) and not found.occurs(iri) else found
        return replace(views.thing(loaded, shown, description, gone, base), headers=headers)
    said = known.whole.get(iri, description.all)
    is_bare = iri in known.whole or format == "csv"
    more = [] if is_bare else descriptions.surroundings(found, description, document)
    return _serialized(said, more, offer, iri, headers, rows=len({*said, *more}))


def _serialized(
    said: Evidence,
    more: list[Triple],
    offer: negotiation.Offer,
    first: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    *,
    rows: int,
) -> Answer:
    """Answer with statements in a format, or with why they cannot be had in it, and in which they can."""
    try:
        body = serialization.write(said, more, offer.name, first)
    except ValueError as error:
        others = negotiation.media_types("thing", without=offer.name)
        return refusal(406, f"this cannot be said as {offer.media}: {error}; it can be had as {others}")
    return Answer(200, body, offer.media, headers=headers, rows=rows)


def _container_of(found: Statements, call: dict[str, Any]) -> Answer | None:
    """Lead from a path that lacks its slash to the things that lie below it, if any do."""
    for choice in call["choices"]:
        parts = None if choice["exact"] or choice["fixed"] else paths.split(choice["iri"], call["base"])
        if parts and paths.members(found, call["base"], f"{parts[1]}/"):
            return redirect(f"{call['base']}{paths.encoded(parts[1])}/")
    return None


def _thing_at(loaded: Loaded, call: dict[str, Any]) -> Answer | None:
    """Lead from a path with a slash too many to the thing, the document or the container that is there."""
    found, base, path = statements.of(loaded), call["base"], call["path"].removesuffix("/")
    stem, _, suffix = path.rpartition(".")
    spelt = [path, stem] if negotiation.by_suffix("thing", suffix) else [path]
    choices = [
        {"iri": space + text, "exact": False} for space in paths.namespaces(base) for text in spelt if text
    ]
    is_container = path.endswith("/") and paths.members(found, base, path)
    if not is_container and _meant(loaded, choices, _beside(loaded, call)) is None:
        return None
    return redirect(f"{base}{paths.encoded(path)}")


def _missing(found: Statements, call: dict[str, Any]) -> str:
    base, iri = call["base"], next(choice["iri"] for choice in call["choices"] if not choice["exact"])
    folder = iri.rpartition("/")[0] + "/"
    if known := found.below(folder):
        near = get_close_matches(iri, known[:_MOST_COMPARED], n=1, cutoff=0.6)
        listed = paths.split(folder, base)
        hint = f"; did you mean {near[0]}" if near else f"; /{listed[1]} lists what is" if listed else ""
    else:
        kinds = sorted({rest.partition("/")[0] for rest in paths.below(found, base).values()})
        names = ", ".join(kind for kind in kinds if "#" not in kind)
        hint = f"; things are found below {names}" if names else ""
    return f"the graph says nothing of <{iri[:300]}>{hint}"
