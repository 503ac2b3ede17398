"""IRIs that an earlier version of the graph had and this one has not: what takes the place of each.

They stand in one file, `data/register/retired.ttl`, and are no part of the graph: what is gone is not to be
listed, counted or found again. Knows what the file says; not where it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph
from pyoxigraph import NamedNode, Triple

from amcc_kg.repository.files import Repository
from amcc_kg.syntax.text_files import read_text
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import PlacedError

DEPRECATED = f"{prefixes.OWL}deprecated"
REPLACED_BY = prefixes.full("dcterms:isReplacedBy")
VERSION_OF = prefixes.full("dcterms:isVersionOf")
NOTE = prefixes.full("skos:changeNote")
# All that may be said of an IRI that is gone.
PREDICATES = (DEPRECATED, REPLACED_BY, VERSION_OF, NOTE)


@dataclass(frozen=True, slots=True)
class Retired:
    """An IRI that is gone, and what is said of it, sorted."""

    iri: str
    successors: tuple[str, ...]  # what takes its place: one, several of which each may, or none
    continued: tuple[str, ...]  # what goes on where this was a version of it
    notes: tuple[str, ...]  # why it is gone, in words
    triples: tuple[Triple, ...]  # what the file says of it

    @property
    def successor(self) -> str | None:
        """The one IRI that takes its place, None where none or several do."""
        return self.successors[0] if len(self.successors) == 1 else None

    @property
    def candidates(self) -> tuple[str, ...]:
        """The IRIs that somebody who looks for it may want."""
        return self.successors or self.continued

    def said(self, *, short: bool = False) -> str:
        """Return that the IRI is gone, why, and what there is instead; prefixes for namespaces if `short`."""
        spelt = prefixes.shorten if short else "<{}>".format
        because = f" ({' '.join(note.rstrip('.') for note in self.notes)})" if self.notes else ""
        named = ", ".join(map(spelt, self.candidates))
        if self.successor:
            instead = f"; {named} takes its place"
        elif self.successors:
            instead = f"; one of these takes its place: {named}"
        else:
            instead = f"; see {named}" if named else "; nothing takes its place"
        return f"{spelt(self.iri)} is retired{because}{instead}"


class Register:
    """The retired IRIs of a repository, read when first asked for."""

    def __init__(self, repository: Repository) -> None:
        self._path = repository.retired_file

    @cached_property
    def by_iri(self) -> Mapping[str, Retired]:
        """Every retired IRI, sorted; raises `PlacedError` if the file does not parse."""
        return _read(self._path) if self._path.is_file() else {}

    def find(self, iri: str) -> Retired | None:
        """Return what is known of an IRI that is retired, None of any other."""
        return self.by_iri.get(iri)

    def meant(self, text: str) -> Retired | None:
        """Return the retired thing that a text names by a prefix that may be gone with its last thing."""
        kind, colon, name = text.partition(":")
        return self.find(f"{prefixes.BASE}{kind}/{name}") if colon else None

    def below(self, prefix: str) -> list[Retired]:
        """Return those whose IRIs begin so, sorted."""
        return [found for iri, found in self.by_iri.items() if iri.startswith(prefix)]


def _read(path: Path) -> dict[str, Retired]:
    said: dict[str, list[Triple]] = defaultdict(list)
    try:
        # The engine's reader: each question with parameters asks for this file, and ours takes longer to load
        # than to read it.
        for quad in pyoxigraph.parse(read_text(path), pyoxigraph.RdfFormat.TURTLE):
            if isinstance(quad.subject, NamedNode):
                said[quad.subject.value].append(quad.triple)
    except SyntaxError as error:
        from amcc_kg.syntax import reading

        reading.load(path).checked()
        raise PlacedError(path, error.lineno or 1, error.offset, error.msg) from error
    return {iri: _retired(iri, said[iri]) for iri in sorted(said)}


def _retired(iri: str, triples: list[Triple]) -> Retired:
    def values(predicate: str) -> tuple[str, ...]:
        found = (t.object for t in triples if t.predicate.value == predicate)
        return tuple(sorted({str(getattr(node, "value", node)) for node in found}))

    ordered = tuple(sorted(set(triples), key=str))
    return Retired(iri, values(REPLACED_BY), values(VERSION_OF), values(NOTE), ordered)
