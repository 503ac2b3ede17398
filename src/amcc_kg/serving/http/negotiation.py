"""Which representations there are of what, and which of them a client prefers.

One table. Preference is worked out by werkzeug's reading of Accept headers
(RFC 9110, section 12.5.1); on a tie the order of the table decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Offer:
    """A representation.

    Attributes:
        name: what tasks call it.
        media: the value of Content-Type.
        suffix: how a URL asks for it, without the dot.
        aliases: other media types by which it is asked for.
    """

    name: str
    media: str
    suffix: str
    aliases: tuple[str, ...] = ()


HTML = Offer("html", "text/html; charset=utf-8", "html", ("application/xhtml+xml",))
JSON = Offer("json", "application/sparql-results+json", "srj", ("application/json", "text/json"))
XML = Offer("xml", "application/sparql-results+xml", "srx", ("application/xml", "text/xml"))
CSV = Offer("csv", "text/csv; charset=utf-8", "csv")
TSV = Offer("tsv", "text/tab-separated-values; charset=utf-8", "tsv")
TURTLE = Offer("turtle", "text/turtle; charset=utf-8", "ttl", ("application/x-turtle",))
NTRIPLES = Offer("ntriples", "application/n-triples", "nt", ("text/plain",))
JSONLD = Offer("jsonld", "application/ld+json", "jsonld", ("application/json",))
RDFXML = Offer("rdfxml", "application/rdf+xml", "rdf", ("application/xml", "text/xml"))
TRIG = Offer("trig", "application/trig", "trig", ("application/x-trig",))
NQUADS = Offer("nquads", "application/n-quads", "nq", ("text/x-nquads",))
PLAIN_JSON = Offer("catalogue", "application/json", "json")
QUERY_TEXT = Offer("query", "application/sparql-query; charset=utf-8", "rq")
# On the web, an answer's format is asked for by the suffix that everybody knows.
_JSON, _XML = replace(JSON, suffix="json"), replace(XML, suffix="xml")

OFFERS: dict[str, tuple[Offer, ...]] = {
    "select": (JSON, XML, CSV, TSV),
    "ask": (JSON, XML, CSV, TSV),
    "graph": (TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS),
    "description": (TURTLE, NTRIPLES, JSONLD, RDFXML, HTML),
    "page": (HTML,),
    "start": (HTML, TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS),
    "thing": (HTML, TURTLE, JSONLD, RDFXML, NTRIPLES, TRIG, NQUADS, CSV),
    "query": (HTML, TURTLE, JSONLD, RDFXML, NTRIPLES, TRIG, NQUADS),
    "queries": (HTML, PLAIN_JSON, TURTLE),
    "saved-select": (HTML, _JSON, CSV, TSV, _XML, QUERY_TEXT),
    "saved-ask": (HTML, _JSON, _XML, QUERY_TEXT),
    "saved-graph": (HTML, TURTLE, NTRIPLES, JSONLD, RDFXML, QUERY_TEXT),
}

# Which row holds for the answer of a saved query, by the query's form.
SAVED = {"SELECT": "saved-select", "ASK": "saved-ask", "CONSTRUCT": "saved-graph", "DESCRIBE": "saved-graph"}


@lru_cache(maxsize=1024)
def choose(kind: str, accept: str | None) -> Offer | None:
    """Return the representation of a kind of thing that an Accept header prefers, None if it takes none.

    A missing header accepts everything; so does an empty one.
    """
    offers = OFFERS[kind]
    if not accept or not accept.strip():
        return offers[0]
    from werkzeug.datastructures import MIMEAccept
    from werkzeug.http import parse_accept_header

    accepted = parse_accept_header(accept, MIMEAccept)
    # The main names first: an alias must not win over a representation that bears the name itself.
    by_name = {_names(offer)[0]: offer for offer in reversed(offers)}
    aliases = {name: offer for offer in reversed(offers) for name in _names(offer)[1:]}
    ranked = [_names(offer)[0] for offer in offers]
    ranked += [name for offer in offers for name in _names(offer)[1:] if name not in by_name]
    best = accepted.best_match(ranked)
    return None if best is None else (by_name.get(best) or aliases[best])


def by_suffix(kind: str, suffix: str) -> Offer | None:
    """Return the representation of a kind of thing that a suffix names, None if there is none."""
    return next((offer for offer in OFFERS[kind] if offer.suffix == suffix), None)


def media_types(kind: str, *, without: str = "") -> str:
    """Return what a 406 says is on offer, but for the representation of a name that will not do."""
    return ", ".join(offer.media.partition(";")[0] for offer in OFFERS[kind] if offer.name != without)


def _names(offer: Offer) -> tuple[str, ...]:
    """Return the media types that ask for a representation, the most proper first."""
    plain, _, parameters = offer.media.partition("; ")
    # A client that names the charset we send asks for the same thing.
    spelt = (plain, f"{plain};charset=utf-8", f"{plain};charset=UTF-8") if parameters else (plain,)
    return spelt + offer.aliases
