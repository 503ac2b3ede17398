"""What a passage is cited with: document, place in it, who speaks, the words.

Knows how documents describe their passages, and reads the whole sentence from a source text where one is at
hand. Knows nothing of why an answer rests on a passage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from amcc_kg.repository.files import Repository
from amcc_kg.terms import prefixes

_TYPE = NamedNode(f"{prefixes.RDF}type")
_PASSAGE = NamedNode(f"{prefixes.ONTOLOGY}Passage")
_LABEL = NamedNode(f"{prefixes.RDFS}label")
_SPACE = len(prefixes.ONTOLOGY)


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage as a reader is shown it."""

    passage: str
    document: str
    title: str
    place: str  # `sentence 5`, or a locator such as `para. 13(c)`
    speakers: tuple[str, ...]
    quotes: tuple[str, ...]  # its decisive words, verbatim
    quoted_directly: bool
    sentence: str | None  # the whole of it, where the source text is at hand
    attributed_to: tuple[str, ...] = ()  # the IRIs of the speakers, in their order
    # What is recorded of its place; `start` and `end` in characters.
    number: int | None = None
    locator: str | None = None
    start: int | None = None
    end: int | None = None
    part_of: str | None = None  # the IRI of the sentence that it is a stretch of
    cut: tuple[bool, bool] = (False, False)  # whether words of that sentence stand before and after it

    def __str__(self) -> str:
        words = f": {self.words}" if self.words else " (no text of this source is held here)"
        return f"{self.title}, {self.name}{words}" if self.title else f"{self.name}{words}"

    @property
    def name(self) -> str:
        """Which passage of its document it is: place and voice, such as `sentence 5, the reporter`."""
        manner = "quoted directly" if self.quoted_directly else ""
        return ", ".join(part for part in (self.place, " and ".join(self.speakers), manner) if part)

    @property
    def words(self) -> str:
        """The words in quotation marks: all of them where the text is at hand, else the decisive ones."""
        if not self.sentence:
            return " … ".join(f"“{quote}”" for quote in self.quotes)
        before, after = ("… " * self.cut[0], " …" * self.cut[1])
        return f"“{before}{self.sentence}{after}”"

    def to_dict(self) -> dict[str, Any]:
        """Return, as JSON holds it, what every writer tells of a passage."""
        return {
            "passage": self.passage,
            "document": self.document,
            "title": self.title,
            "place": self.place,
            "speakers": list(self.speakers),
            "quotes": list(self.quotes),
            "quotedDirectly": self.quoted_directly,
        }


def is_passage(store: Store, graph: str) -> bool:
    """Tell whether a named graph is a passage: a sentence that is divided between voices is none."""
    return Quad(NamedNode(graph), _TYPE, _PASSAGE, DefaultGraph()) in store


def cite(store: Store, repository: Repository, passage: str) -> Citation:
    """Return the citation of a passage; what its document does not say of it is left empty."""
    said = _said(store, passage)
    document, locator, number = (_one(said, name) for name in ("inDocument", "locator", "number"))
    place = locator or (passage.rpartition("/")[2] if number in (None, "0") else f"sentence {number}")
    attributed = said.get("attributedTo", [])
    text = _text(repository, document or "")
    start, end = _position(said)
    whole = _one(said, "partOfSentence")
    first, last = _position(_said(store, whole)) if whole else (start, end)
    around = _span(text, first, start), _span(text, end, last)
    before, after = (any(map(str.isalnum, part)) for part in around)
    quotes = said.get("quote", [])
    return Citation(
        passage,
        document or "",
        label(store, document or ""),
        place,
        tuple(label(store, iri) for iri in attributed),
        tuple(quotes if text is None else sorted(quotes, key=text.find)),
        _one(said, "quotedDirectly") == "true",
        _span(text, start, end).strip() or None,
        tuple(attributed),
        _integer(number),
        locator,
        start,
        end,
        whole,
        (before, after),
    )


def _said(store: Store, subject: str) -> dict[str, list[str]]:
    """Return what the graph says of a thing in the ontology's own properties, by their names, sorted."""
    found: dict[str, list[str]] = {}
    for quad in store.quads_for_pattern(NamedNode(subject), None, None, DefaultGraph()):
        space, name = quad.predicate.value[:_SPACE], quad.predicate.value[_SPACE:]
        if space == prefixes.ONTOLOGY and isinstance(quad.object, (NamedNode, Literal)):
            found.setdefault(name, []).append(quad.object.value)
    return {name: sorted(values) for name, values in found.items()}


def _one(said: dict[str, list[str]], name: str) -> str | None:
    return next(iter(said.get(name, ())), None)


def _position(said: dict[str, list[str]]) -> tuple[int | None, int | None]:
    return _integer(_one(said, "start")), _integer(_one(said, "end"))


def label(store: Store, iri: str) -> str:
    """Return what a thing is called, its shortened IRI where nothing says so."""
    quads = store.quads_for_pattern(NamedNode(iri), _LABEL, None, DefaultGraph()) if iri else ()
    labels = sorted(quad.object.value for quad in quads if isinstance(quad.object, Literal))
    return labels[0] if labels else prefixes.shorten(iri)


def _text(repository: Repository, document: str) -> str | None:
    seed = repository.seed_file(document.removeprefix(f"{prefixes.BASE}document/"))
    if seed is None:
        return None
    try:
        return seed.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None  # `amcc verify` says what is wrong with it; an answer does not fail for it


def _integer(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _span(text: str | None, start: int | None, end: int | None) -> str:
    return "" if text is None or start is None or end is None else text[start:end]
