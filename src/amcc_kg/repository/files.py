"""The folders that people write, as one RDF dataset: ontology/, data/, queries/, seeds/.

Knows which file is which named graph, and what the header of an ontology says. Knows nothing of reasoning,
checks or queries' contents.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from rdflib import Dataset

    from amcc_kg.syntax.reading import Source

Node = TypeVar("Node")
_CONTENT = Path(__file__).parents[1] / "content"


class FileKind(StrEnum):
    """What a file of the repository is for."""

    ONTOLOGY = "ontology"
    REGISTER = "register"
    RETIRED = "retired"
    DOCUMENT = "document"
    PASSAGE = "passage"


@dataclass(frozen=True, slots=True)
class GraphFile:
    """One file and the IRI of the named graph it loads as."""

    path: Path
    graph: str
    kind: FileKind


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder with `ontology/`, `data/`, `queries/` and, in a checkout, `seeds/`."""

    root: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders whose files are read, with all that is below them."""
        return tuple(self.root / name for name in ("ontology", "data", "queries"))

    @property
    def ontology_files(self) -> list[Path]:
        """The ontology, its alignments and its schemes: all but the shapes."""
        return [p for p in self._files("ontology", (".ttl",)) if not p.stem.endswith("shapes")]

    @property
    def shapes_file(self) -> Path:
        """The shapes that the data must conform to."""
        return self.root / "ontology" / "shapes.ttl"

    @property
    def ontology_shapes_file(self) -> Path:
        """The shapes that the ontology itself must conform to."""
        return self.root / "ontology" / "ontology-shapes.ttl"

    @property
    def shapes_files(self) -> tuple[Path, ...]:
        """Both files of shapes; neither need be there."""
        return self.shapes_file, self.ontology_shapes_file

    @property
    def query_files(self) -> list[Path]:
        """The saved queries."""
        return self._files("queries", (".rq",))

    @property
    def retired_file(self) -> Path:
        """What became of IRIs that are gone; the file need not be there."""
        return self.root / "data" / "register" / "retired.ttl"

    @property
    def written_files(self) -> list[Path]:
        """All data that people write, in a fixed order: with what is said of IRIs that are gone."""
        return self._files("data", (".ttl", ".trig", ".nq"))

    @property
    def input_files(self) -> list[Path]:
        """Every file that is served of, in a fixed order."""
        return [*self.ontology_files, *self.written_files, *self.query_files]

    @property
    def graph_files(self) -> list[GraphFile]:
        """Every RDF file with the named graph it loads as, in a fixed order."""
        space = f"{prefixes.BASE}graph/"
        ontology = [GraphFile(p, f"{space}{p.stem}", FileKind.ONTOLOGY) for p in self.ontology_files]
        return ontology + [self._data_file(p) for p in self.written_files]

    @property
    def is_checkout(self) -> bool:
        """Whether it is where people work: the content of an installed package comes without source texts."""
        return self.root != _CONTENT

    def seed_file(self, document: str) -> Path | None:
        """Return the source text of the document of that name, or None where none is at hand."""
        path = self.root / "seeds" / f"{document}.txt"
        return path if path.is_file() else None

    def dataset(self, seen: Callable[[GraphFile, Source], object] = lambda *_: None) -> Dataset:
        """Load every file into its named graph; the default graph stays empty.

        What is said of retired IRIs is held apart: they are no things of the graph any more. `seen` is shown
        each file as it was read.
        Raises `PlacedError` for the first file that does not parse.
        """
        from rdflib import Dataset, URIRef

        from amcc_kg.syntax import rdflib_bridge

        dataset = Dataset()
        for prefix, namespace in prefixes.PREFIXES.items():
            dataset.bind(prefix, namespace, replace=True)
        for file in self.graph_files:
            if file.kind is FileKind.RETIRED:
                continue
            target = dataset.graph(URIRef(file.graph)) if file.path.suffix == ".ttl" else dataset
            source = rdflib_bridge.load(file.path)
            seen(file, source)
            rdflib_bridge.add(target, source)
        return dataset

    def _data_file(self, path: Path) -> GraphFile:
        if path == self.retired_file:
            return GraphFile(path, f"{prefixes.BASE}graph/retired", FileKind.RETIRED)
        inside = path.relative_to(self.root / "data")
        if inside.parts[0] != "documents":
            return GraphFile(path, f"{prefixes.BASE}graph/register", FileKind.REGISTER)
        iri = f"{prefixes.BASE}document/{'/'.join(inside.parts[1:-1])}"
        if path.stem == "document":
            return GraphFile(path, iri, FileKind.DOCUMENT)
        return GraphFile(path, f"{iri}/{path.stem}", FileKind.PASSAGE)

    def _files(self, folder: str, suffixes: tuple[str, ...]) -> list[Path]:
        found: list[str] = []
        # os.walk and strings: a cold query lists these files, and Path.rglob costs it ten times as much.
        for top, folders, names in os.walk(self.root / folder):
            folders.sort()
            found.extend(f"{top}/{name}" for name in names if name.endswith(suffixes))
        return [Path(name) for name in sorted(found)]


def is_repository(folder: Path) -> bool:
    """Tell whether a folder has the layout of a repository."""
    return (folder / "ontology").is_dir() and (folder / "data").is_dir() and (folder / "queries").is_dir()


def around(paths: Iterable[Path]) -> Repository | None:
    """Return the repository that all of some files and folders lie in, None if there is none."""
    whole = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 (without following links)
    found = {next(filter(is_repository, (path, *path.parents)), None) for path in whole}
    folder = found.pop() if len(found) == 1 else None
    return None if folder is None else Repository(folder)


def find(folder: Path | None = None) -> Repository:
    """Return the repository to use.

    With `folder`, that one. Otherwise the one around the working directory, else the one installed with
    the package, else the checkout that the package runs from. Raises `InputError` where there is none.
    """
    if folder is not None:
        if not is_repository(folder):
            wanted = "the folders ontology/, data/ and queries/"
            raise InputError(f"{folder}: not a repository; expected {wanted}")
        return Repository(folder.resolve())
    here = Path.cwd()
    around = next(filter(is_repository, (here, *here.parents)), None)
    found = installed() if around is None else Repository(around)
    if found is None:
        raise InputError("no repository here, and none is installed; name one with --repo DIR")
    return found


def installed() -> Repository | None:
    """Return the one installed with the package, else the checkout that the package runs from, if any."""
    folder = next(filter(is_repository, (_CONTENT, _CONTENT.parents[2])), None)
    return None if folder is None else Repository(folder)


def header(triples: Iterable[Iterable[object]], named: type[Node]) -> tuple[Node | None, Node | None]:
    """Return the IRI and the version IRI of the one ontology that triples are, as terms of any library.

    `named` is the library's class of IRIs. There is no IRI without a header, or with several headers, and no
    version IRI where the header states none, or several.
    https://www.w3.org/TR/owl2-syntax/#Ontology_IRI_and_Version_IRI
    """
    kind, ontology, version = (
        named(name)  # type: ignore[call-arg] # either class takes an IRI as text
        for name in (f"{prefixes.RDF}type", f"{prefixes.OWL}Ontology", f"{prefixes.OWL}versionIRI")
    )
    said = [tuple(triple) for triple in triples]
    found = {s for s, p, o in said if p == kind and o == ontology}
    iri = next(iter(found)) if len(found) == 1 else None
    if not isinstance(iri, named):
        return None, None
    versions = [o for s, p, o in said if s == iri and p == version and isinstance(o, named)]
    return iri, versions[0] if len(versions) == 1 else None
