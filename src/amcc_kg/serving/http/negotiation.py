"""Which representations there are of what, and which of them a client prefers.

One table. Preference is worked out by werkzeug's reading of Accept headers (RFC 9110, section 12.5.1); on a
tie the order of the table decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from amcc_kg.serving.http.messages import RefusedError, Request, refusal


@dataclass(frozen=True, slots=True)
class Offer:
    """A representation."""

    name: str  # what tasks call it
    media: str  # the value of Content-Type
    suffix: str  # how a URL asks for it, without the dot
    aliases: tuple[str, ...] = ()  # other media types by which it is asked for

    @property
    def type(self) -> str:
        """The media type without its parameters."""
        return self.media.partition(";")[0]


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
SVG = Offer("svg", "image/svg+xml", "svg")
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
    "evidence-select": (JSON, XML, CSV, TSV, HTML),
    "evidence-ask": (JSON, XML, HTML),
    "evidence-graph": (TURTLE, NTRIPLES, JSONLD, RDFXML, HTML),
    "explanation": (HTML, PLAIN_JSON, TURTLE, SVG),
    "saved-select": (HTML, _JSON, CSV, TSV, _XML, QUERY_TEXT),
    "saved-ask": (HTML, _JSON, _XML, QUERY_TEXT),
    "saved-graph": (HTML, TURTLE, NTRIPLES, JSONLD, RDFXML, QUERY_TEXT),
}

# Which row holds for the answer of a saved query, by the query's form.
SAVED = {"SELECT": "saved-select", "ASK": "saved-ask", "CONSTRUCT": "saved-graph", "DESCRIBE": "saved-graph"}


def chosen(kind: str, request: Request, what: str = "this") -> Offer:
    """Return the representation that a request prefers; raises `RefusedError` if it takes none there is."""
    offer = choose(kind, request.headers.get("accept"))
    if offer is None:
        raise RefusedError(refusal(406, f"{what} can be had as {media_types(kind)}"))
    return offer


@lru_cache(maxsize=1024)
def choose(kind: str, accept: str | None) -> Offer | None:
    """Return the representation of a kind of thing that an Accept header prefers, None if it takes none.

    A missing header accepts everything; so does an empty one. Parameters of a media type choose nothing, for
    no type here has variants: `version` and what nobody knows are passed over, and so is `profile`, as
    https://www.w3.org/TR/json-ld11/#iana-considerations asks. Only where something else will do too, a range
    with a `charset` other than UTF-8, in which everything is written, does not count.
    """
    if not accept or not accept.strip():
        return OFFERS[kind][0]
    from werkzeug.datastructures import MIMEAccept
    from werkzeug.http import parse_accept_header, parse_options_header

    ranges: list[tuple[str, float]] = []
    in_utf8: list[tuple[str, float]] = []
    for text, quality in parse_accept_header(accept, MIMEAccept):
        name, parameters = parse_options_header(text)
        ranges.append((name.lower(), quality))
        if parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8"):
            in_utf8.append(ranges[-1])
    return _preferred(kind, in_utf8) or _preferred(kind, ranges)


def _preferred(kind: str, ranges: list[tuple[str, float]]) -> Offer | None:
    from werkzeug.datastructures import MIMEAccept

    offers, given = OFFERS[kind], dict(ranges)
    # The main names first: an alias must not win over a representation that bears the name itself.
    by_name = {offer.type: offer for offer in offers}
    aliases = [(alias, offer) for offer in offers for alias in offer.aliases if alias not in by_name]
    for alias, offer in aliases:
        if alias in given:
            by_name.setdefault(alias, offer)
    accepted = MIMEAccept(ranges)
    best = accepted.best_match(by_name)
    if best is None:
        # A range such as `application/*` may mean a name that is not the one which is sent.
        by_name = {alias: offer for alias, offer in reversed(aliases) if given.get(offer.type) != 0}
        best = accepted.best_match(reversed(by_name))
    return None if best is None else by_name[best]


def says_nothing(accept: str | None) -> bool:
    """Tell whether an Accept header leaves the choice to the URL: it takes anything, or is a browser's."""
    types = {text.partition(";")[0].strip().lower() for text in (accept or "").split(",")}
    return HTML.type in types or types <= {"", "*/*"}


def by_word(kind: str, word: str) -> Offer | None:
    """Return the representation of a kind of thing that a word means, such as `json` or `text/csv`."""
    wanted = word.strip().lower()
    # The main names first, as in `choose`.
    spelt: list[tuple[Offer, tuple[str, ...]]] = []
    spelt += [(one, (one.suffix, one.name, one.type, one.type.partition("/")[2])) for one in OFFERS[kind]]
    spelt += [(one, (alias, alias.partition("/")[2])) for one in OFFERS[kind] for alias in one.aliases]
    return next((offer for offer, names in spelt if wanted in names), None)


def named(kind: str, name: str) -> Offer:
    """Return the representation of a kind of thing that tasks call by a name."""
    return next(offer for offer in OFFERS[kind] if offer.name == name)


def by_suffix(kind: str, suffix: str) -> Offer | None:
    """Return the representation of a kind of thing that a suffix names, None if there is none."""
    return next((offer for offer in OFFERS[kind] if offer.suffix == suffix), None)


def media_types(kind: str, *, without: str = "") -> str:
    """Return what a 406 says is on offer, but for the representation of a name that will not do."""
    return ", ".join(offer.type for offer in OFFERS[kind] if offer.name != without)
