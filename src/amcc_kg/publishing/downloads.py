"""The downloads: one graph in every syntax that people ask for, its evidence, its description, its checksums.

Bytes depend on the graph alone: not on the clock, the machine, the order of files or the hash seed. Knows
files and what goes into each; how RDF is spelt is known in `serializing`.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rdflib import BNode, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from amcc_kg.publishing import descriptions, ontologies, reification
from amcc_kg.publishing.distributions import File
from amcc_kg.publishing.download_names import DESCRIPTION, WHOLE
from amcc_kg.repository.files import FileKind
from amcc_kg.repository.retirement import Register
from amcc_kg.syntax.text_files import read_text
from amcc_kg.syntax.writing import blank_nodes, jsonld, ntriples, turtle
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdflib import Dataset
    from rdflib.term import Node

    from amcc_kg.repository.files import Repository
    from amcc_kg.syntax.writing.ntriples import Triple

SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class _Content:
    """What is published: the asserted graphs by name, the inferred triples, and all of them as one."""

    graphs: dict[str, frozenset[Triple]]
    inferred: frozenset[Triple]
    merged: frozenset[Triple]


def write_downloads(
    dataset: Dataset, inferred: Iterable[Triple], repository: Repository, out: Path
) -> list[Path]:
    """Write the downloads and return their paths, sorted.

    Each file is written aside and renamed into place. Files of an earlier build that are no longer made are
    removed if its `SHA256SUMS` lists them; nothing else in the folder is touched.

    Args:
        dataset: the asserted graphs, as `repository.dataset()` gives them.
        inferred: the triples that reasoning added; those with blank nodes cannot be cited and are left out.
        repository: where the shapes and the documents' names come from.
        out: the folder to write to; made if it is missing.

    Raises:
        InputError: the folder cannot be written.
    """
    contents = downloads(dataset, inferred, repository)
    try:
        out.mkdir(parents=True, exist_ok=True)
        _replace_files(out, contents)
    except OSError as error:
        raise InputError(f"{error.filename or out}: cannot be written: {error.strerror}") from error
    return [out / name for name in sorted(contents)]


def downloads(dataset: Dataset, inferred: Iterable[Triple], repository: Repository) -> dict[str, bytes]:
    """Return the contents of every download by its name; arguments as for `write_downloads`."""
    content = _content(dataset, inferred)
    whole, files = _whole(content)
    parts = []
    for file in repository.graph_files:
        if file.kind is FileKind.DOCUMENT:
            part, made = _document(file.graph, content)
            parts.append(part)
            files |= made
    part, made = _evidence(content)
    parts.append(part)
    files |= made
    described, made = _ontologies(repository, content)
    parts += described
    files |= made
    if repository.retired_file.is_file():
        # No part of any dataset, so none of those that are described; but no file is published unread.
        len(Register(repository).by_iri)
        files[repository.retired_file.name] = read_text(repository.retired_file).encode()
    files[DESCRIPTION] = descriptions.describe(whole, parts, files)
    sums = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return {**files, SUMS: "".join(sums).encode()}


def _content(dataset: Dataset, inferred: Iterable[Triple]) -> _Content:
    graphs: dict[str, frozenset[Triple]] = {}
    for graph in dataset.graphs():
        name = "" if graph.identifier == DATASET_DEFAULT_GRAPH_ID else str(graph.identifier)
        triples = blank_nodes.stable(map(ntriples.plain, graph), name)
        if triples:
            graphs[name] = frozenset(triples)
    asserted = frozenset(triple for triples in graphs.values() for triple in triples)
    plain = map(ntriples.plain, inferred)
    added = frozenset(triple for triple in plain if not any(isinstance(node, BNode) for node in triple))
    return _Content(graphs, added - asserted, ontologies.merged(asserted | added))


def _whole(content: _Content) -> tuple[descriptions.Part, dict[str, bytes]]:
    named: dict[Node | None, frozenset[Triple]] = {URIRef(n): t for n, t in content.graphs.items() if n}
    if content.inferred:
        named[URIRef(prefixes.INFERRED_GRAPH)] = content.inferred
    named[None] = content.merged
    quads = ((triple, name) for name, triples in named.items() for triple in triples)
    merged = {
        f"{WHOLE}.ttl": turtle.serialize(content.merged, prefixes.PREFIXES),
        f"{WHOLE}.nt": ntriples.serialize(content.merged),
        f"{WHOLE}.jsonld": jsonld.serialize(content.merged, prefixes.PREFIXES),
    }
    separate = {
        f"{WHOLE}.trig": turtle.serialize_quads(named, prefixes.PREFIXES),
        f"{WHOLE}.nq": ntriples.serialize_quads(quads),
    }
    files = _files(merged, "All that is stated and inferred, merged into one graph")
    files += _files(
        separate, "All that is stated and inferred, merged and again in a named graph for each passage"
    )
    part = descriptions.Part(
        "", content.merged, files, description="What documents state, passage by passage, and what follows."
    )
    return part, merged | separate


def _document(iri: str, content: _Content) -> tuple[descriptions.Part, dict[str, bytes]]:
    name = iri.removeprefix(f"{prefixes.BASE}document/")
    graphs: dict[Node | None, frozenset[Triple]] = {
        URIRef(graph): triples
        for graph, triples in content.graphs.items()
        if graph == iri or graph.startswith(f"{iri}/")
    }
    triples = frozenset(triple for part in graphs.values() for triple in part)
    merged = {f"documents/{name}.ttl": turtle.serialize(triples, prefixes.PREFIXES)}
    separate = {f"documents/{name}.trig": turtle.serialize_quads(graphs, prefixes.PREFIXES)}
    files = _files(merged, "What the document states, merged into one graph, and its passages")
    files += _files(separate, "What the document states, a named graph for each passage, and its passages")
    said = "What one document states, passage by passage, and how it and its passages are described: {title}."
    part = descriptions.Part(f"document/{name}", triples, files, made_of=(URIRef(iri),), description=said)
    return part, merged | separate


def _evidence(content: _Content) -> tuple[descriptions.Part, dict[str, bytes]]:
    triples = reification.reified(content.graphs)
    classic = {f"{WHOLE}-evidence-reified.ttl": turtle.serialize(triples, prefixes.PREFIXES)}
    annotated = {f"{WHOLE}-evidence-rdf12.ttl": reification.annotated(content.graphs)}
    files = _files(classic, "Each statement reified, the passages that it rests on, and where these stand")
    files += _files(
        annotated,
        "Each statement annotated with the passages that it rests on, and where these stand",
        is_rdf12=True,
    )
    part = descriptions.Part(
        "evidence",
        triples,
        files,
        made_of=(URIRef(descriptions.DATASET),),
        title="The evidence, statement by statement",
        description="For each statement of a passage the passages that it rests on, and for each passage "
        "where it stands in its document, as Web Annotation selectors.",
    )
    return part, classic | annotated


def _ontologies(
    repository: Repository, content: _Content
) -> tuple[list[descriptions.Part], dict[str, bytes]]:
    """Return each ontology and the shapes by themselves, the ontologies together, and where to find which."""
    found, shapes = ontologies.documents(repository, content.graphs), ontologies.shapes(repository)
    parts, files = [], {ontologies.CATALOG: ontologies.catalog((*found, *shapes))}
    for document in (*found, *shapes):
        made = ontologies.syntaxes(document)
        title = document.name.replace("-", " ").capitalize()
        parts.append(_vocabulary(document, made, document.iri, title, f"{title}, as written."))
        files |= made
    whole = ontologies.together(found)
    made = ontologies.syntaxes(whole)
    said = "All ontologies of the graph as one document, which imports nothing."
    parts.append(_vocabulary(whole, made, None, "The ontologies as one", said))
    return parts, files | made


def _vocabulary(
    document: ontologies.Document,
    made: Mapping[str, bytes],
    about: URIRef | None,
    title: str,
    description: str,
) -> descriptions.Part:
    """Return a document that defines terms, or says what data must look like, as a dataset of its own."""
    files = _files(made, "The whole document")
    return descriptions.Part(
        document.name,
        document.triples,
        files,
        about,
        title=title,
        description=description,
        is_vocabulary=True,
    )


def _files(made: Mapping[str, bytes], holds: str, *, is_rdf12: bool = False) -> tuple[File, ...]:
    return tuple(File(name, holds, is_rdf12) for name in made)


def _replace_files(out: Path, contents: Mapping[str, bytes]) -> None:
    stale = _listed(out) - set(contents)
    aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=out))
    try:
        for name, content in contents.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(content)
        # The checksums come last: until then the old ones tell that something is amiss.
        for name in sorted(contents, key=lambda name: (name == SUMS, name)):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).replace(out / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    for name in stale:
        (out / name).unlink(missing_ok=True)


def _listed(out: Path) -> set[str]:
    """Return the names in the folder's `SHA256SUMS`, without any that lead out of the folder."""
    sums = out / SUMS
    if not sums.is_file():
        return set()
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines()
    names = {name for _, gap, name in (line.partition("  ") for line in lines) if gap and name}
    return {n for n in names if not PurePosixPath(n).is_absolute() and ".." not in PurePosixPath(n).parts}
