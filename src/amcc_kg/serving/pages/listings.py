"""Lists of things: what lies below a path, and the start page that leads to everything.

Knows how things are counted and grouped; nothing of a single thing's description.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Triple

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.pages import renderer, thing_pages, views
from amcc_kg.serving.resources import descriptions, paths, retired, serialization, signposts, statements
from amcc_kg.serving.workers.tasks import Reply, refusal
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from amcc_kg.serving.resources.statements import Evidence, Statements
    from amcc_kg.serving.workers.tasks import Loaded

_DESCRIPTION = f"{prefixes.PREFIXES['dcterms']}description"
_TITLE = f"{prefixes.PREFIXES['dcterms']}title"
_CITATION = f"{prefixes.PREFIXES['dcterms']}bibliographicCitation"


def contained(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with what lies directly below a path that ends in a slash, and what is said of that itself.

    `call` holds `path` without its leading slash, `format` and `base`.
    """
    found, path = statements.of(loaded), call["path"]
    members = paths.members(found, call["base"], path)
    this = _described(found, call["base"], path)
    if not members and this is None:
        gone = retired.container(loaded, path, call["base"])
        return gone or refusal(404, f"nothing of the graph lies below /{path[:300]}")
    container = this or members[0].rpartition("/")[0] + "/"
    offer = next(offer for offer in negotiation.OFFERS["thing"] if offer.name == call["format"])
    if offer.name == "html":
        if found.hashed(container) and not members:
            # What lies below is not beside its terms on the page of a vocabulary.
            return thing_pages.describe(loaded, call | {"choices": [_choice(container)]})
        body, rows = _page(loaded, members, path, container, call["base"]), len(members)
    else:
        said: Evidence = {}
        for iri in members:
            kept = (*statements.LABELS, statements.TYPE)
            about = found.about(NamedNode(iri))
            said |= {t: names for t, names in about.items() if t.predicate.value in kept}
        member = NamedNode(f"{prefixes.RDFS}member")
        listed = [Triple(NamedNode(container), member, NamedNode(iri)) for iri in members]
        if this is not None:
            description = descriptions.collect(found, this)
            said |= description.all
            document = descriptions.location(found, this, offer.suffix, call["base"])
            listed += descriptions.surroundings(found, description, document)
        rows = len(said) + len(listed)
        try:
            body = serialization.write(said, listed, offer.name)
        except ValueError as error:
            return refusal(406, descriptions.unsayable(offer, error))
    return Reply(200, body, offer.media, rows=rows)


def _described(found: Statements, base: str, path: str) -> str | None:
    """Return the IRI of a path that ends in a slash if the graph says something of it or of its terms."""
    iris = (iri for space in paths.namespaces(base) for iri in paths.candidates(space + path))
    return next((iri for iri in iris if found.is_subject(iri) or found.hashed(iri)), None)


def _choice(iri: str) -> dict[str, Any]:
    return {"iri": iri, "exact": False, "format": "html", "fixed": True, "suffix": None}


def start(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with the start page; `call` holds `base`."""
    found = statements.of(loaded)
    reader = views.Reader(found, loaded.store, call["base"])
    below = paths.below(found, call["base"])
    counts = Counter(
        rest.partition("/")[0]
        for iri, rest in below.items()
        if "/" in rest and "#" not in iri and not found.is_passage(iri)
    )
    kinds = [
        (views.Shown(kind, reader.link(f"{kind}/")), count)
        for kind, count in sorted(counts.items())
        if (members := paths.members(found, call["base"], f"{kind}/"))
        and not found.hashed(members[0].rpartition("/")[0])
    ]
    dataset = f"{prefixes.BASE}dataset"
    titles, texts = found.values(dataset, _TITLE), found.values(dataset, _DESCRIPTION)
    vocabularies = sorted({iri.partition("#")[0] for iri in below if "#" in iri})
    queries = []
    if loaded.knowledge is not None:
        queries = [r for r in loaded.knowledge.compiled.queries if "error" not in r]
    content = {
        "heading": titles[0].partition(": ")[2] or titles[0] if titles else "Knowledge graph",
        "description": texts[0] if texts else "",
        "kinds": kinds,
        "vocabularies": [reader.iri(iri) for iri in vocabularies],
        "statements": len(found),
        "things": sum(counts.values()),
        "passages": sum(found.is_passage(iri) for iri in below),
        "queries": sorted(queries, key=lambda record: str(record["title"])),
        "canonical": next((iri.removesuffix(rest) for iri, rest in below.items()), ""),
        "is_ours": bool(below),
        "schema": "",
    }
    headers: tuple[tuple[str, str], ...] = ()
    if loaded.knowledge is not None:
        content["schema"] = signposts.schema_org(found, call["base"])
        headers = (("Link", signposts.of_dataset(signposts.facts(found), call["base"])),)
    body = renderer.page(loaded, "start.html", call["base"], **content)
    return Reply(200, body, negotiation.HTML.media, headers=headers)


def downloads(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with the list of downloads; `call` holds `files`, `format` and `base`."""
    if call["format"] != "html":
        body = (json.dumps(call["files"], ensure_ascii=False, indent=1) + "\n").encode()
        return Reply(200, body, negotiation.PLAIN_JSON.media)
    body = renderer.page(loaded, "downloads.html", call["base"], files=call["files"])
    return Reply(200, body, negotiation.HTML.media)


def problem(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with a page for an error; `call` holds `status`, `title`, `reason` and `base`."""
    content = {name: call[name] for name in ("status", "title")}
    reader = views.Reader(statements.of(loaded), loaded.store, call["base"])
    content["reason"] = reader.sentence(call["reason"])
    body = renderer.page(loaded, "problem.html", call["base"], **content)
    return Reply(call["status"], body, negotiation.HTML.media, storable=False)


def _page(loaded: Loaded, members: list[str], path: str, container: str, base: str) -> bytes:
    found = statements.of(loaded)
    reader = views.Reader(found, loaded.store, base)
    rows: list[dict[str, Any]] = []
    for iri in members:
        about = found.about(NamedNode(iri))
        types = [
            reader.term(t.object)
            for t, names in about.items()
            if t.predicate.value == statements.TYPE and names != (prefixes.INFERRED_GRAPH,)
        ]
        passages = sum(map(found.is_passage, found.subjects_of(statements.IN_DOCUMENT, iri)))
        notes = found.values(iri, _CITATION)
        rows.append({"this": reader.iri(iri), "kinds": types, "passages": passages, "note": " ".join(notes)})
    rows.sort(key=lambda row: str(row["this"].text).casefold())
    name = path.rstrip("/")
    said: dict[str, Any] = {}
    if found.is_subject(container):
        description = descriptions.collect(found, container)
        said = views.of_description(found, loaded.store, description, base).content
    content = {
        **{part: said.get(part, []) for part in ("own", "inferred", "incoming", "passages")},
        "heading": said["this"].text if said else name.rpartition("/")[2].capitalize(),
        "name": name.rpartition("/")[2],
        "rows": rows,
        "with_passages": any(row["passages"] for row in rows),
        "path": path,
        "trail": views.trail(reader, container.rstrip("/")),
    }
    return renderer.page(loaded, "listing.html", base, **content)
