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

from amcc_kg import descriptions, ontologies, reification, terms
from amcc_kg.errors import InputError
from amcc_kg.repository import FileKind, read_text
from amcc_kg.retirement import Register
from amcc_kg.serializing import blank_nodes, jsonld, ntriples, turtle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdflib import Dataset
    from rdflib.term import Node

    from amcc_kg.repository import Repository
    from amcc_kg.serializing.ntriples import Triple

SUMS = "SHA256SUMS"
WHOLE = "amcc-kg"


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
    files = _whole(content)
    whole = descriptions.Part("", content.merged, None, tuple(sorted(files)))
    parts = []
    for file in repository.graph_files:
        if file.kind is FileKind.DOCUMENT:
            part, made = _document(file.graph, content)
            parts.append(part)
            files |= made
    described, made = _ontologies(repository, content)
    parts += described
    files |= made
    if repository.retired_file.is_file():
        # No part of any dataset, so none of those that are described; but no file is published unread.
        len(Register(repository).by_iri)
        files[repository.retired_file.name] = read_text(repository.retired_file).encode()
    files["void.ttl"] = descriptions.describe(whole, parts, files)
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


def _whole(content: _Content) -> dict[str, bytes]:
    named: dict[Node | None, frozenset[Triple]] = {URIRef(n): t for n, t in content.graphs.items() if n}
    if content.inferred:
        named[URIRef(terms.INFERRED_GRAPH)] = content.inferred
    named[None] = content.merged
    quads = ((triple, name) for name, triples in named.items() for triple in triples)
    return {
        f"{WHOLE}.ttl": turtle.serialize(content.merged, terms.PREFIXES),
        f"{WHOLE}.nt": ntriples.serialize(content.merged),
        f"{WHOLE}.jsonld": jsonld.serialize(content.merged, terms.PREFIXES),
        f"{WHOLE}.trig": turtle.serialize_quads(named, terms.PREFIXES),
        f"{WHOLE}.nq": ntriples.serialize_quads(quads),
        f"{WHOLE}-evidence-reified.ttl": reification.reified(content.graphs),
        f"{WHOLE}-evidence-rdf12.ttl": reification.annotated(content.graphs),
    }


def _document(iri: str, content: _Content) -> tuple[descriptions.Part, dict[str, bytes]]:
    name = iri.removeprefix(f"{terms.BASE}document/")
    graphs: dict[Node | None, frozenset[Triple]] = {
        URIRef(graph): triples
        for graph, triples in content.graphs.items()
        if graph == iri or graph.startswith(f"{iri}/")
    }
    triples = frozenset(triple for part in graphs.values() for triple in part)
    made = {
        f"documents/{name}.ttl": turtle.serialize(triples, terms.PREFIXES),
        f"documents/{name}.trig": turtle.serialize_quads(graphs, terms.PREFIXES),
    }
    return descriptions.Part(f"document/{name}", triples, URIRef(iri), tuple(made)), made


def _ontologies(
    repository: Repository, content: _Content
) -> tuple[list[descriptions.Part], dict[str, bytes]]:
    """Return each ontology and the shapes by themselves, the ontologies together, and where to find which."""
    found, shapes = ontologies.documents(repository, content.graphs), ontologies.shapes(repository)
    parts, files = [], {ontologies.CATALOG: ontologies.catalog((*found, *shapes))}
    for document in (*found, ontologies.together(found), *shapes):
        made = ontologies.syntaxes(document)
        parts.append(descriptions.Part(document.name, document.triples, document.iri, tuple(made)))
        files |= made
    return parts, files


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
