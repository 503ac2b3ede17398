"""Citations held against what the graph says of a passage, and against its source text if that is at hand."""

from __future__ import annotations

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from amcc_kg.repository.citations import Citation
from amcc_kg.repository.files import Repository
from amcc_kg.terms import prefixes


class CitationChecker:
    """Checks citations of the passages of one graph."""

    def __init__(self, store: Store, repository: Repository) -> None:
        """Take the graph, and the repository that has the source texts."""
        self._store, self._repository = store, repository
        self._found: dict[Citation, str] = {}

    def fault(self, cited: Citation) -> str:
        """Return what a citation says first that the graph does not, in words; empty if nothing."""
        if cited not in self._found:
            self._found[cited] = self._fault(cited)
        return self._found[cited]

    def _fault(self, cited: Citation) -> str:
        said = {name: self._said(cited.passage, name) for name in _SAID}
        one = {name: next(iter(values), None) for name, values in said.items()}
        place = cited.locator or f"sentence {cited.number}"
        if not cited.locator and not cited.number:
            place = cited.passage.rpartition("/")[2]
        speakers = [self._names(iri) for iri in cited.attributed_to]
        named = len(speakers) == len(cited.speakers) and all(
            name in names for name, names in zip(cited.speakers, speakers, strict=True)
        )
        checks = {
            "document": (cited.document or None) == one["inDocument"],
            "title": cited.title in (self._names(cited.document) if cited.document else [""]),
            "locator": cited.locator == one["locator"],
            "number": _text(cited.number) == one["number"],
            "position": (_text(cited.start), _text(cited.end)) == (one["start"], one["end"]),
            "place": cited.place == place,
            "quotes": sorted(cited.quotes) == said["quote"],
            "manner": cited.quoted_directly == (said["quotedDirectly"] == ["true"]),
            "speakers": named and sorted(cited.attributed_to) == said["attributedTo"],
            "sentence": cited.sentence == self._words(cited),
        }
        wrong = next((name for name, holds in checks.items() if not holds), "")
        return f"the graph has another {wrong} for {prefixes.shorten(cited.passage)}" if wrong else ""

    def _said(self, subject: str, name: str) -> list[str]:
        """Return what the graph has for a property of the ontology, as text, sorted."""
        predicate = NamedNode(f"{prefixes.ONTOLOGY}{name}")
        found = self._store.quads_for_pattern(NamedNode(subject), predicate, None, DefaultGraph())
        return sorted(q.object.value for q in found if isinstance(q.object, (NamedNode, Literal)))

    def _names(self, iri: str) -> list[str]:
        """Return what a thing is called in the graph, its shortened IRI where nothing says so."""
        label = NamedNode(f"{prefixes.RDFS}label")
        found = self._store.quads_for_pattern(NamedNode(iri), label, None, DefaultGraph())
        return [q.object.value for q in found if isinstance(q.object, Literal)] or [prefixes.shorten(iri)]

    def _words(self, cited: Citation) -> str | None:
        """Return the words that stand at the place of a passage, None where the text is not at hand."""
        seed = self._repository.seed_file(cited.document.removeprefix(f"{prefixes.BASE}document/"))
        if seed is None or cited.start is None or cited.end is None:
            return None
        try:
            return seed.read_bytes().decode()[cited.start : cited.end].strip() or None
        except (OSError, UnicodeDecodeError):
            return None


_SAID = ("inDocument", "locator", "number", "start", "end", "quote", "quotedDirectly", "attributedTo")


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
