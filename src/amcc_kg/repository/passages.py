"""Documents and their passages as the files describe them.

Reads `data/` file by file, so that each triple's place is known. Judges nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdflib import RDF, Dataset, Graph, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from amcc_kg.repository import files as repo
from amcc_kg.repository.files import FileKind
from amcc_kg.syntax.text_files import read_text
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from amcc_kg.repository.files import GraphFile, Repository
    from amcc_kg.syntax.writing.ntriples import Triple

DOCUMENTS = f"{prefixes.BASE}document/"
DEFAULT_GRAPH = ""
_GLIMPSE = 60  # characters of a quote that tell a reader which passage is meant
# What may hold a full stop that ends no statement: strings, IRIs, comments.
_OPAQUE = re.compile(r'"(?:\\.|[^"\\])*"|<[^>\s]*>|#.*')


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One file with its text and its triples by the IRI of their named graph (`""`: no named graph)."""

    path: Path
    kind: FileKind
    graph: str
    text: str
    graphs: Mapping[str, frozenset[Triple]]


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage, or one divided sentence: where it is described, what is recorded of it, what rests on it.

    `recorded` maps the local names of this project's vocabulary to lexical forms, in sorted order. On a
    divided sentence nothing rests: its stretches are passages of their own.
    """

    iri: str
    described_in: LoadedFile
    line: int
    recorded: Mapping[str, tuple[str, ...]]
    triples: frozenset[Triple]

    @property
    def name(self) -> str:
        """The name of the document and of the passage in it, such as `2018-09-20-amcc-3/s05`."""
        return self.iri.removeprefix(DOCUMENTS)

    @property
    def told(self) -> str:
        """The name with what a reader knows it by: `… (sentence 5, person:s-iswaran, “Singapore is …”)`."""
        number = self.first("number")
        place = self.first("locator") or (
            local_name(self.iri) if number in (None, "0") else f"sentence {number}"
        )
        voices = [prefixes.shorten(iri) for iri in self.recorded.get("attributedTo", ())]
        words = [
            f"“{quote[:_GLIMPSE]}{' …' * (len(quote) > _GLIMPSE)}”"
            for quote in self.recorded.get("quote", ())
        ]
        return f"{self.name} ({', '.join([place, *voices, *words[:1]])})"

    @property
    def span(self) -> tuple[int, int] | None:
        """Where it starts and ends in the source text, in characters, if both are recorded once."""
        start, end = self.integer("start"), self.integer("end")
        return None if start is None or end is None else (start, end)

    def first(self, term: str) -> str | None:
        """Return the first recorded value of a property, or None."""
        values = self.recorded.get(term, ())
        return values[0] if values else None

    def integer(self, term: str) -> int | None:
        """Return the value of a property if there is exactly one and it is an integer."""
        values = self.recorded.get(term, ())
        if len(values) == 1 and re.fullmatch(r"[+-]?[0-9]+", values[0]):
            return int(values[0])
        return None

    def line_of(self, text: str) -> int:
        """Return the line of the description that holds `text`, or the line where the description starts."""
        lines = self.described_in.text.split("\n")
        for number in block(lines, self.line):
            if text in lines[number - 1]:
                return number
        return self.line


@dataclass(frozen=True, slots=True)
class Document:
    """One document; its passages stand in the order of their numbers, then of the text.

    `sentences` are those that are divided between voices; a sentence that one voice fills is a passage.
    """

    iri: str
    described_in: LoadedFile
    triples: frozenset[Triple]
    passages: tuple[Passage, ...]
    sentences: tuple[Passage, ...] = ()

    @property
    def name(self) -> str:
        """The name of the document's folder."""
        return self.iri.removeprefix(DOCUMENTS)

    @property
    def digest(self) -> str | None:
        """The recorded digest of the whole source text, if there is one."""
        return next(iter(_recorded(self.iri, self.triples).get("digest", ())), None)


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


def block(lines: list[str], start: int) -> range:
    """Return the line numbers of the Turtle statement that starts on line `start` (from 1)."""
    for number in range(start, len(lines) + 1):
        if _OPAQUE.sub("", lines[number - 1]).rstrip().endswith("."):
            return range(start, number + 1)
    return range(start, len(lines) + 1)


def line_with(text: str, *needles: str) -> int:
    """Return the first line that holds all the needles, else the first that holds one of them, else 1."""
    lines = text.split("\n")
    for wanted in (all, any):
        for number, line in enumerate(lines, 1):
            if wanted(needle in line for needle in needles):
                return number
    return 1


def local_name(iri: str) -> str:
    """Return what follows the last `/` or `#` of an IRI."""
    return re.split(r"[/#]", iri)[-1]


def _load_file(file: GraphFile) -> LoadedFile:
    graphs: dict[str, frozenset[Triple]]
    if file.path.suffix == ".ttl":
        graph = Graph()
        repo.parse_into(graph, file.path)
        graphs = {file.graph: frozenset(graph)}
    else:
        dataset = Dataset()
        repo.parse_into(dataset, file.path)
        found: dict[str, set[Triple]] = defaultdict(set)
        for s, p, o, name in dataset.quads():
            found[DEFAULT_GRAPH if name in (None, DATASET_DEFAULT_GRAPH_ID) else str(name)].add((s, p, o))
        graphs = {name: frozenset(triples) for name, triples in found.items()}
    return LoadedFile(file.path, file.kind, file.graph, read_text(file.path), graphs)


def _document(iri: str, file: LoadedFile, graphs: Mapping[str, set[Triple]]) -> Document:
    triples = frozenset(graphs[iri])
    names = {str(s) for s, _, _ in triples if str(s).startswith(f"{iri}/")}
    divided = {p for p in names if _is(p, "Sentence", triples) and not _is(p, "Passage", triples)}
    described = sorted(
        (
            Passage(p, file, _subject_line(file.text, p), _recorded(p, triples), frozenset(graphs.get(p, ())))
            for p in names
        ),
        key=lambda p: (p.integer("number") or 0, p.integer("start") or 0, p.iri),
    )
    passages = tuple(passage for passage in described if passage.iri not in divided)
    return Document(iri, file, triples, passages, tuple(p for p in described if p.iri in divided))


def _is(iri: str, name: str, triples: frozenset[Triple]) -> bool:
    return (URIRef(iri), RDF.type, URIRef(f"{prefixes.ONTOLOGY}{name}")) in triples


def _recorded(subject: str, triples: frozenset[Triple]) -> dict[str, tuple[str, ...]]:
    values: dict[str, list[str]] = defaultdict(list)
    for s, p, o in triples:
        if str(s) == subject and str(p).startswith(prefixes.ONTOLOGY):
            values[str(p).removeprefix(prefixes.ONTOLOGY)].append(str(o))
    return {term: tuple(sorted(found)) for term, found in values.items()}


def _subject_line(text: str, iri: str) -> int:
    name = re.escape(local_name(iri))
    subject = re.compile(rf"^\s*(?:<(?:[^>\s]*[/#])?{name}>|[\w.-]*:(?:\S*/)?{name})(?=\s|$)", re.MULTILINE)
    match = subject.search(text)
    if match is None:
        return line_with(text, local_name(iri))
    return text.count("\n", 0, match.start() + len(match[0])) + 1
