"""What pages show of things: their statements, in words and links, each with the passages that it rests on.

Knows how terms and evidence are put before a reader; markup is in the templates.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from amcc_kg.graph import answers
from amcc_kg.graph.receipt import Receipt, absent_from, file_name, spelt
from amcc_kg.repository import citations
from amcc_kg.repository.files import Repository
from amcc_kg.repository.retirement import Retired
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer
from amcc_kg.serving.pages import renderer
from amcc_kg.serving.resources import descriptions, paths, signposts, statements
from amcc_kg.serving.resources.descriptions import Description
from amcc_kg.serving.resources.statements import Evidence, Statements
from amcc_kg.serving.workers.tasks import Loaded
from amcc_kg.terms import prefixes

# Sources belong to their owners: pages show the quotes that the graph holds, and read no file.
NO_SOURCES = Repository(Path(os.devnull))
_DEFINITIONS = tuple(map(prefixes.full, ("skos:definition", "rdfs:comment", "dcterms:description")))
# What the entry of a term shows by itself.
_IN_ENTRY = (*_DEFINITIONS, *statements.LABELS, prefixes.full("rdfs:isDefinedBy"), statements.TYPE)
_INFERRED_ALONE = (prefixes.INFERRED_GRAPH,)
PART_OF_SENTENCE = f"{prefixes.ONTOLOGY}partOfSentence"


@dataclass(frozen=True, slots=True)
class Shown:
    """A term as a reader sees it; `href` is None where there is nothing to go to."""

    text: str
    href: str | None = None
    title: str = ""
    language: str = ""
    datatype: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Cited:
    """A passage as it is listed: its place on the page, where it can be seen by itself, its citation."""

    anchor: str
    href: str
    document: Shown
    citation: citations.Citation
    count: int


class Reader:
    """Puts terms and evidence into words and links for one page."""

    def __init__(self, loaded: Loaded, base: str, found: Statements | None = None) -> None:
        """Take the server's URL and, for what is said beside the graph, where that is looked up."""
        self._found = statements.of(loaded) if found is None else found
        self._store = loaded.store
        self._is_repository = loaded.knowledge is not None
        self._root = urlsplit(base).path or "/"
        self.base = base
        self._cited: dict[str, Cited] = {}

    def href(self, iri: str) -> str | None:
        """Return where an IRI leads: here if it is ours or described here, else to itself if that is safe."""
        path = paths.path(self._found, iri, self.base)
        if path is not None:
            return self.link(path)
        if self._found.is_subject(iri):
            return f"{self._root}about?iri={quote(iri, safe='')}"
        return paths.encoded(iri, "?#") if iri.startswith(("http://", "https://")) else None

    def link(self, path: str) -> str:
        """Return the link to a path below this server's URL."""
        return self._root + paths.encoded(path, "#")

    def cell(self, node: object) -> Shown:
        """Return a term of an answer: a passage by its place, another IRI by its prefixed name."""
        if isinstance(node, NamedNode) and self._found.is_passage(node.value):
            name = citations.cite(self._store, NO_SOURCES, node.value).name
            return Shown(name, self.href(node.value), title=node.value)
        return self.term(node, by_label=False)

    def term(self, node: object, *, by_label: bool = True) -> Shown:
        """Return a term: an IRI by its label if it has one, a literal by its text."""
        if isinstance(node, NamedNode):
            name = prefixes.shorten(node.value)
            label = self._found.label(node.value) if by_label else None
            text = label or (node.value if name.startswith("<") else name)
            return Shown(text, self.href(node.value), title=node.value, is_code=label is None)
        if isinstance(node, Literal):
            kind = node.datatype.value
            datatype = "" if node.language or kind == f"{prefixes.XSD}string" else prefixes.shorten(kind)
            return Shown(node.value, language=node.language or "", datatype=datatype)
        return Shown(f"_:{node.value}" if isinstance(node, BlankNode) else str(node), is_code=True)

    def iri(self, iri: str) -> Shown:
        """Return an IRI by its label."""
        return self.term(NamedNode(iri))

    def sentence(self, text: str) -> list[Shown]:
        """Return a text in pieces, the IRIs in angle brackets in it as links where the graph has them."""
        pieces = re.split(r"(<[^<>\s]+>)", text)
        linked = {piece for piece in pieces[1::2] if self._found.is_subject(piece[1:-1])}
        return [self.iri(piece[1:-1]) if piece in linked else Shown(piece) for piece in pieces]

    def cite(self, passage: str) -> Cited:
        """Return a passage as it is listed on the page."""
        if passage not in self._cited:
            citation = citations.cite(self._store, NO_SOURCES, passage)
            count = len(self._found.within(passage))
            anchor = "passage-" + prefixes.shorten(passage).replace("/", "-").replace(":", "-").strip("<>")
            href, document = self.href(passage) or "", self.iri(citation.document)
            self._cited[passage] = Cited(anchor, href, document, citation, count)
        return self._cited[passage]

    def rests(self, names: tuple[str, ...]) -> list[Shown]:
        """Return what a statement rests on, given the graphs that hold it: passages before other graphs."""
        passages = [self.cite(name) for name in names if self._found.is_passage(name)]
        rests = [Shown(one.citation.name, f"#{one.anchor}", one.citation.title) for one in passages]
        for name in names:
            if not self._found.is_passage(name):
                local = prefixes.shorten(name).rpartition(":")[2].strip("<>")
                rests.append(Shown(local, self.href(name) or "", name))
        return rests

    def explained(self, triple: Triple, suffix: str = "") -> str:
        """Return where it is shown why a statement holds."""
        parts = zip(("subject", "predicate", "object"), map(str, triple), strict=True)
        return f"{self._root}explain{suffix}?{urlencode([*parts], quote_via=quote, safe='')}"

    def rows(self, evidence: Evidence, *, by_object: bool = False) -> list[dict[str, Any]]:
        """Return statements as rows: property, the other end, what it rests on; the class first."""
        ordered = sorted(evidence, key=lambda t: _order(t.predicate.value, self._found))
        return [
            {
                "place": place,
                "subject": self.term(triple.subject),
                "property": self.term(triple.predicate),
                "value": self.term(triple.subject if by_object else triple.object),
                "rests": self.rests(evidence[triple]),
                "proof": self._proof(triple) if evidence[triple] == _INFERRED_ALONE else None,
            }
            for place, triple in enumerate(ordered)
        ]

    def _proof(self, triple: Triple) -> str | None:
        """Return where the proof of an inferred statement is; None where no text names a member of it."""
        is_named = not any(isinstance(node, (BlankNode, Triple)) for node in triple)
        return self.explained(triple) if is_named and self._is_repository else None

    def passages(self, iris: Iterable[str]) -> list[Cited]:
        """Return passages by document, in the order in which they stand there."""

        def order(cited: Cited) -> tuple[str, int, int, str]:
            one = cited.citation
            return one.document, one.number or 0, one.start or 0, one.passage

        return sorted(map(self.cite, iris), key=order)

    def table(
        self, found: answers.Result, receipts: Iterable[Receipt] | None = None, most: int | None = None
    ) -> dict[str, Any]:
        """Return what a page shows of an answer: a yes or no, or columns and rows, cut after `most` of them.

        With receipts, also what each row rests on: passages, other graphs, and what there is to say besides.
        """
        shown: dict[str, Any] = {"boolean": None, "columns": (), "rows": [], "rests": None}
        shown |= {"passages": [], "absent": []}
        if found.kind == answers.ASK:
            shown |= {"boolean": found.boolean, "count": 1}
        else:
            columns = found.columns if found.kind == answers.SELECT else ("subject", "predicate", "object")
            rows = [[None if node is None else self.cell(node) for node in row] for row in found.head(most)]
            shown |= {"columns": columns, "rows": rows, "count": len(found)}
        if receipts is not None:
            known = list(receipts)
            shown |= {
                "rests": list(map(self._receipt, known)),
                "passages": self.passages(list(self._cited)),
                "absent": absent_from(known),
            }
        return shown

    def _receipt(self, receipt: Receipt) -> dict[str, Any]:
        """Return a receipt as it is shown: passages and other graphs, what is inferred, what else."""
        rests = self.rests(tuple(citation.passage for citation in receipt.passages))
        rests += [Shown(file_name(name), self.href(name) or "", name) for name in receipt.files]
        inferred = [Shown(spelt(triple), self._proof(triple), "its proof") for triple in receipt.inferred]
        return {"rests": rests, "inferred": inferred, "notes": replace(receipt, inferred=()).notes()}

    def trail(self, iri: str) -> list[Shown]:
        """Return the containers that an IRI lies in, outermost first."""
        space, path = paths.split(iri, self.base) or ("", "")
        parts, trail = path.split("/")[:-1], []
        for depth, part in enumerate(parts, 1):
            container = "/".join(parts[:depth])
            known = depth > 1 and self.iri(space + container)
            if known and not known.is_code:
                trail.append(known)
            else:
                lists = self._found.below(f"{space}{container}/")
                trail.append(Shown(part, self.link(f"{container}/") if lists else None))
        return trail


def thing(
    loaded: Loaded, found: Statements, description: Description, gone: Sequence[Retired], base: str
) -> Answer:
    """Return the page of a thing, a passage, a document, or a vocabulary with its terms and those `gone`."""
    iri, reader = description.iri, Reader(loaded, base, found)
    statement = found.named(iri)
    is_inferred = statement is not None and found.holding(statement) == _INFERRED_ALONE
    is_dataset = iri == prefixes.DATASET and loaded.knowledge is not None
    content: dict[str, Any] = {
        "this": reader.iri(iri),
        "iri": iri,
        "trail": reader.trail(iri),
        "proof": reader.explained(statement) if statement and is_inferred else "",
        "formats": [
            (paths.document(found, iri, offer.suffix, base), offer.suffix, offer.type)
            for offer in negotiation.OFFERS["thing"]
            if offer is not negotiation.HTML
        ],
        "schema": signposts.schema_org(found, base) if is_dataset else "",
    }
    if found.hashed(iri):
        content |= _vocabulary(reader, found, description) | {"gone": gone, "reader": reader}
    else:
        content |= _thing(reader, found, description)
    page = renderer.page(loaded, "vocabulary.html" if found.hashed(iri) else "thing.html", base, **content)
    return replace(page, rows=len(description.all))


def listing(loaded: Loaded, members: list[str], path: str, container: str, base: str) -> Answer:
    """Return the page of the things that lie below a path, and of what is said of that itself."""
    found, reader = statements.of(loaded), Reader(loaded, base)
    rows: list[dict[str, Any]] = [
        {
            "this": reader.iri(iri),
            "kinds": list(map(reader.term, _classes(_stated(found.about(NamedNode(iri)))))),
            "passages": sum(map(found.is_passage, found.subjects_of(statements.IN_DOCUMENT, iri))),
            "note": " ".join(found.values(iri, prefixes.full("dcterms:bibliographicCitation"))),
        }
        for iri in members
    ]
    rows.sort(key=lambda row: str(row["this"].text).casefold())
    name = path.rstrip("/").rpartition("/")[2]
    is_said = found.is_subject(container)
    said = _thing(reader, found, descriptions.collect(found, container)) if is_said else {}
    content = {
        **{part: said.get(part, []) for part in ("own", "inferred", "incoming", "passages")},
        "heading": reader.iri(container).text if said else name.capitalize(),
        "name": name,
        "rows": rows,
        "with_passages": any(row["passages"] for row in rows),
        "path": path,
        "trail": reader.trail(container.rstrip("/")),
    }
    return replace(renderer.page(loaded, "listing.html", base, **content), rows=len(rows))


def _thing(reader: Reader, found: Statements, description: Description) -> dict[str, Any]:
    """Return what stands on the page of a thing besides its name and its formats."""
    iri = description.iri
    stretches = [i for i in found.subjects_of(PART_OF_SENTENCE, iri) if found.is_passage(i)]
    inside = [i for i in found.subjects_of(statements.IN_DOCUMENT, iri) if found.is_passage(i)] or stretches
    own = _stated(description.own)
    inferred = {t: names for t, names in description.own.items() if t not in own}
    # What lies inside is listed, and need not be said once more.
    left_out = (statements.IN_DOCUMENT, PART_OF_SENTENCE) if inside else ()
    incoming = _stated(description.incoming)
    incoming = {t: names for t, names in incoming.items() if t.predicate.value not in left_out}
    listed = [passage for passage in description.passages if passage != iri and passage not in inside]
    return {
        "kinds": list(map(reader.term, _classes(t for t in own if t.subject == NamedNode(iri)))),
        "definition": _definition(found, iri),
        "own": reader.rows(own),
        "inferred": reader.rows(inferred),
        "incoming": reader.rows(incoming, by_object=True),
        "held": reader.rows(description.held),
        "passages": reader.passages(listed),
        "inside": reader.passages(inside),
        "sentence": reader.cite(iri).citation.place if stretches else "",
        "cited": reader.cite(iri) if found.is_passage(iri) else None,
    }


def _vocabulary(reader: Reader, found: Statements, description: Description) -> dict[str, Any]:
    """Return what stands on the page of a vocabulary besides its name and its formats."""
    names = found.hashed(description.iri)
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    common = Counter(kind for name in names for kind in found.values(name, statements.TYPE))
    for name in names:
        stated = _stated(found.about(NamedNode(name)))
        entry = {
            "this": reader.iri(name),
            "iri": name,
            "definition": _definition(found, name),
            "rows": reader.rows({t: () for t in stated if t.predicate.value not in _IN_ENTRY}),
        }
        # A term of several classes stands under the commonest of those that it is said to be of.
        types = {node.value for node in _classes(stated) if isinstance(node, NamedNode)}
        groups[max(types, key=lambda kind: (common[kind], kind), default="")].append(entry)
    named = [(reader.iri(kind) if kind else Shown("Other terms"), groups[kind]) for kind in groups]
    return {
        "own": reader.rows(
            {
                t: names if names == _INFERRED_ALONE else ()
                for t, names in description.own.items()
                if t.subject == NamedNode(description.iri)
            }
        ),
        "groups": sorted(named, key=lambda pair: pair[0].text),
    }


def _stated(evidence: Evidence) -> Evidence:
    """Return those statements that are not inferred alone."""
    return {t: names for t, names in evidence.items() if names != _INFERRED_ALONE}


def _classes(triples: Iterable[Triple]) -> list[NamedNode | BlankNode | Literal | Triple]:
    return [t.object for t in triples if t.predicate.value == statements.TYPE]


def _definition(found: Statements, iri: str) -> str:
    texts = (found.values(iri, predicate) for predicate in _DEFINITIONS)
    return next((values[0] for values in texts if values), "")


def _order(predicate: str, found: Statements) -> tuple[int, str]:
    """Order properties: the class, names, this vocabulary's own, others; each by name."""
    if predicate == statements.TYPE:
        return 0, ""
    is_name = predicate in statements.LABELS or predicate == prefixes.full("skos:altLabel")
    rank = 2 if predicate.startswith(prefixes.ONTOLOGY) else 1 if is_name else 3
    return rank, found.label(predicate) or predicate
