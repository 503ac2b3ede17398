"""The pages that are about no single thing: the start page, the downloads, a problem.

Knows how things are counted and grouped; nothing of a single thing's description.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.pages import renderer, views
from amcc_kg.serving.resources import paths, signposts, statements
from amcc_kg.serving.workers.tasks import Loaded, Reply
from amcc_kg.terms import prefixes

_DESCRIPTION = f"{prefixes.PREFIXES['dcterms']}description"
_TITLE = f"{prefixes.PREFIXES['dcterms']}title"


def start(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with the start page; `call` holds `base`."""
    found = statements.of(loaded)
    reader = views.Reader(loaded, call["base"])
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
    content: dict[str, Any] = {
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
    return replace(renderer.reply(loaded, "start.html", call["base"], **content), headers=headers)


def downloads(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with the list of downloads; `call` holds `files`, `format` and `base`."""
    if call["format"] != "html":
        body = (json.dumps(call["files"], ensure_ascii=False, indent=1) + "\n").encode()
        return Reply(200, body, negotiation.PLAIN_JSON.media)
    return renderer.reply(loaded, "downloads.html", call["base"], files=call["files"])


def problem(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with a page for an error; `call` holds `status`, `title`, `reason` and `base`."""
    reader = views.Reader(loaded, call["base"])
    content = {"title": call["title"], "reason": reader.sentence(call["reason"])}
    return renderer.reply(loaded, "problem.html", call["base"], status=call["status"], **content)
