"""The pages of saved queries: the list, a form for each query's parameters, and answers as tables.

Knows what stands on these pages. Knows nothing of how a query is answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from amcc_kg.graph import answers
from amcc_kg.graph.answers import Result
from amcc_kg.receipts import answer_receipts
from amcc_kg.receipts import receipt as receipts
from amcc_kg.receipts.receipt import Receipt
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.pages import renderer, views
from amcc_kg.serving.resources import statements
from amcc_kg.serving.workers.tasks import Loaded, Reply

_INPUTS = {"integer": "number", "date": "date"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A saved query as a reader asks it.

    Attributes:
        entry: what the catalogue knows of the query.
        text: the query without its header.
        given: the values given for parameters.
        evidence: whether each row is to show what it rests on.
        base: the URL of this server as the reader knows it.
    """

    entry: dict[str, Any]
    text: str
    given: dict[str, str]
    evidence: bool
    base: str


def listing(loaded: Loaded, entries: Iterable[dict[str, Any]], base: str) -> Reply:
    """Answer with the page of all saved queries, each with its form, by their first tag."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        filled = entry | {"fields": [_field(parameter, {}) for parameter in entry["parameters"]]}
        groups.setdefault(next(iter(entry["tags"]), "others").capitalize(), []).append(filled)
    body = renderer.page(loaded, "queries.html", base, groups=sorted(groups.items()))
    return Reply(200, body, negotiation.HTML.media)


def answered(loaded: Loaded, asked: Asked, found: Result) -> Reply:
    """Answer with a query's page and its answer on it."""
    reader = views.Reader(statements.of(loaded), loaded.store, asked.base)
    shown = table(reader, found)
    if asked.evidence:
        rests = [_rests(reader, receipt) for receipt in answer_receipts.of(found)]
        shown |= {"rests": rests, "passages": reader.passages(reader.cited)}
    body = renderer.page(loaded, "query.html", asked.base, **_content(asked), error="", table=shown)
    return Reply(200, body, negotiation.HTML.media, rows=len(found))


def refused(loaded: Loaded, asked: Asked, reason: str) -> Reply:
    """Answer with a query's page and why it was not asked."""
    body = renderer.page(loaded, "query.html", asked.base, **_content(asked), error=reason, table=None)
    return Reply(400, body, negotiation.HTML.media, storable=False)


def table(reader: views.Reader, found: Result, most: int | None = None) -> dict[str, Any]:
    """Return what a page shows of an answer: a yes or no, or columns and rows, cut after `most` of them."""
    shown: dict[str, Any] = {"boolean": None, "columns": (), "rows": [], "rests": None, "passages": []}
    if found.kind == answers.ASK:
        return shown | {"boolean": found.boolean, "count": 1}
    columns = found.columns if found.kind == answers.SELECT else ("subject", "predicate", "object")
    rows = [[None if node is None else reader.cell(node) for node in row] for row in found.head(most)]
    return shown | {"columns": columns, "rows": rows, "count": len(found)}


def _rests(reader: views.Reader, receipt: Receipt) -> dict[str, Any]:
    """Return what a row rests on: passages, other graphs, and what there is to say besides."""
    passages = reader.rests(tuple(citation.passage for citation in receipt.passages))
    files = [views.Rest(receipts.file_name(name), reader.href(name) or "", name) for name in receipt.files]
    return {"rests": passages + files, "notes": receipt.notes()}


def _content(asked: Asked) -> dict[str, Any]:
    entry, given = asked.entry, dict(asked.given)
    if asked.evidence:
        given["evidence"] = "true"
    string = f"?{urlencode(given)}" if given else ""
    offers = negotiation.OFFERS[negotiation.SAVED[entry["form"]]]
    return entry | {
        "fields": [_field(parameter, asked.given) for parameter in entry["parameters"]],
        "evidence": asked.evidence,
        "text": asked.text,
        "links": [
            (f"{asked.base}queries/{entry['name']}.{offer.suffix}{string}", offer.suffix)
            for offer in offers
            if offer not in (negotiation.HTML, negotiation.QUERY_TEXT)
        ],
    }


def _field(parameter: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    """Return a field of a form: what the parameter is, what may be chosen, what is chosen."""
    value = given.get(parameter["name"], parameter["default"] or "")
    options = list(dict.fromkeys(parameter["allowed"]))
    if parameter["type"] == "boolean" and not options:
        options = ["true", "false"]
    chosen = next((text for text in options if text.casefold() == value.casefold()), value)
    if options and chosen not in options:
        # What was given stays in sight, also if it is not allowed.
        options.insert(0, chosen)
    kind = _INPUTS.get(parameter["type"], "text")
    return parameter | {"value": chosen, "options": options, "input": kind}
