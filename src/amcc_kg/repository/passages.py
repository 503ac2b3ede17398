"""Documents and their passages as the files describe them.

Reads `data/` file by file, so that each triple's place is known. Judges nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from amcc_kg.repository.files import FileKind, GraphFile, Repository
from amcc_kg.syntax import rdflib_bridge
from amcc_kg.syntax.reading import Source
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import keys, prefixes

DOCUMENTS = f"{prefixes.BASE}document/"
DEFAULT_GRAPH = ""
_GLIMPSE = 60  # characters of a quote that tell a reader which passage is meant
_TYPE = f"{prefixes.RDF}type"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One file as it was read and its triples by the IRI of their named graph (`""`: no named graph)."""

    path: Path
    kind: FileKind
    graph: str
    source: Source
    graphs: Mapping[str, frozenset[Triple]]

    def subject_line(self, iri: str) -> int:
        """Return the line where a thing is first spoken of, 1 if it is not."""
        for row in self.source.find(f"<{iri}>"):
            return self.source.lines.place(self.source.s_at[row])[0]
        return 1

    def line(self, triple: Triple, graph: str) -> int:
        """Return the line where a triple's object stands, in a graph if the file has several."""
        source = self.source
        s, p, o = map(keys.of_rdflib, triple)
        for row in source.find(s, p, o):
            if source.g is None or _graph(source, row) == graph:
                return source.lines.place(source.o_at[row])[0]
        return 1

    def graph_line(self, graph: str) -> int:
        """Return the line of the first triple of a graph; 1 if the file has but one."""
        source = self.source
        rows = () if source.g is None else (row for row in range(len(source)) if _graph(source, row) == graph)
        return next((source.lines.place(source.s_at[row])[0] for row in rows), 1)


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage, or one divided sentence: where it is described, what is recorded, what rests on it."""

    iri: str
    described_in: LoadedFile
    recorded: Mapping[str, tuple[str, ...]]  # local names of this vocabulary to sorted lexical forms
    triples: frozenset[Triple]  # none of a divided sentence: its stretches are passages of their own

    @property
    def name(self) -> str:
        """The name of the document and of the passage in it, such as `2018-09-20-amcc-3/s05`."""
        return self.iri.removeprefix(DOCUMENTS)

    @property
    def told(self) -> str:
        """The name with what a reader knows it by: `… (sentence 5, person:s-iswaran, “Singapore is …”)`."""
        number = self.first("number")
        stem = re.split(r"[/#]", self.iri)[-1]
        place = self.first("locator") or (stem if number in (None, "0") else f"sentence {number}")
        voices = [prefixes.shorten(iri) for iri in self.recorded.get("attributedTo", ())]
        quote = self.first("quote")
        words = [] if quote is None else [f"“{quote[:_GLIMPSE]}{' …' * (len(quote) > _GLIMPSE)}”"]
        return f"{self.name} ({', '.join([place, *voices, *words])})"

    @property
    def span(self) -> tuple[int, int] | None:
        """Where it starts and ends in the source text, in characters, if both are recorded once."""
        start, end = self.integer("start"), self.integer("end")
        return None if start is None or end is None else (start, end)

    def first(self, term: str) -> str | None:
        """Return the first recorded value of a property, or None."""
        return next(iter(self.recorded.get(term, ())), None)

    def integer(self, term: str) -> int | None:
        """Return the value of a property if there is exactly one and it is an integer."""
        values = self.recorded.get(term, ())
        if len(values) == 1 and re.fullmatch(r"[+-]?[0-9]+", values[0]):
            return int(values[0])
        return None

    def line(self, term: str = "", value: str | None = None) -> int:
        """Return the line of a property's value, of this one if given, else where the description starts."""
        source = self.described_in.source
        for row in source.find(f"<{self.iri}>", f"<{prefixes.ONTOLOGY}{term}>"):
            if value is None or keys.value(source.terms.keys[source.o[row]]) == value:
                return source.lines.place(source.o_at[row])[0]
        return self.described_in.subject_line(self.iri)


@dataclass(frozen=True, slots=True)
class Document:
    """One document; its passages stand in the order of their numbers, then of the text."""

    iri: str
    described_in: LoadedFile
    digest: str | None  # that of the whole source text, if one is recorded
    passages: tuple[Passage, ...]
    sentences: tuple[Passage, ...] = ()  # divided between voices; one that one voice fills is a passage

    @property
    def name(self) -> str:
        """The name of the document's folder."""
        return self.iri.removeprefix(DOCUMENTS)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Every file of `data/`, and the documents found in them."""

    files: tuple[LoadedFile, ...]
    documents: tuple[Document, ...]

    @property
    def passages(self) -> list[Passage]:
        """The passages of all documents."""
        return [passage for document in self.documents for passage in document.passages]


def load(repository: Repository) -> Corpus:
    """Read the documents and the register; raises `PlacedError` for the first file that does not parse."""
    files = tuple(_load_file(f) for f in repository.graph_files if f.kind is not FileKind.ONTOLOGY)
    graphs: dict[str, set[Triple]] = defaultdict(set)
    for file in files:
        for name, triples in file.graphs.items():
            graphs[name] |= triples
    described = {file.graph: file for file in files if file.kind is FileKind.DOCUMENT}
    return Corpus(files, tuple(_document(iri, file, graphs) for iri, file in sorted(described.items())))


def _load_file(file: GraphFile) -> LoadedFile:
    source = rdflib_bridge.load(file.path)
    graphs: dict[str, set[Triple]] = defaultdict(set)
    for name, triple in rdflib_bridge.quads(source):
        graphs[file.graph if source.g is None else str(name or DEFAULT_GRAPH)].add(triple)
    frozen = {name: frozenset(triples) for name, triples in graphs.items()}
    return LoadedFile(file.path, file.kind, file.graph, source, frozen)


def _graph(source: Source, row: int) -> str:
    key = source.graph(row)
    return DEFAULT_GRAPH if key is None else keys.value(key)


def _document(iri: str, file: LoadedFile, graphs: Mapping[str, set[Triple]]) -> Document:
    recorded = _recorded(graphs[iri])
    kinds: dict[str, set[str]] = defaultdict(set)
    for s, p, o in graphs[iri]:
        if str(p) == _TYPE:
            kinds[str(s)].add(str(o).removeprefix(prefixes.ONTOLOGY))
    names = {str(s) for s, _, _ in graphs[iri] if str(s).startswith(f"{iri}/")}
    divided = {name for name in names if "Sentence" in kinds[name] and "Passage" not in kinds[name]}
    described = sorted(
        (Passage(p, file, recorded[p], frozenset(graphs.get(p, ()))) for p in names),
        key=lambda p: (p.integer("number") or 0, p.integer("start") or 0, p.iri),
    )
    return Document(
        iri,
        file,
        next(iter(recorded[iri].get("digest", ())), None),
        tuple(passage for passage in described if passage.iri not in divided),
        tuple(passage for passage in described if passage.iri in divided),
    )


def _recorded(triples: Iterable[Triple]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return what this project's vocabulary says of each subject."""
    values: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for s, p, o in sorted(triples, key=lambda triple: str(triple[2])):
        if str(p).startswith(prefixes.ONTOLOGY):
            said, term = values[str(s)], str(p).removeprefix(prefixes.ONTOLOGY)
            said[term] = (*said.get(term, ()), str(o))
    return values
