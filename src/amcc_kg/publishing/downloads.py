"""The downloads: one graph in every syntax that people ask for, its evidence, its description, its checksums.

Bytes depend on the graph alone: not on the clock, the machine, the order of files or the hash seed. Knows
files and what goes into each; how RDF is spelt is known in `syntax.writing`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from rdflib import DCTERMS, RDFS, BNode, Dataset, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.term import Node

from amcc_kg.publishing import descriptions, ontologies, reification
from amcc_kg.publishing.descriptions import File, Part
from amcc_kg.publishing.filenames import DESCRIPTION, WHOLE
from amcc_kg.repository.files import FileKind, Repository
from amcc_kg.repository.retirement import Register
from amcc_kg.syntax.text_files import read_text
from amcc_kg.syntax.writing import jsonld, ntriples, turtle
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

SUMS, README = "SHA256SUMS", "README.md"
_FIRST = f"""# {{title}}: the downloads

Take `{WHOLE}.ttl` first: it is everything in one file, to read or to load. Take `{WHOLE}.trig` or
`{WHOLE}.nq` instead if you want to know which passage states what. `sha256sum --check {SUMS}` tells whether
you have all of it.

| File | What it is, and for whom |
| --- | --- |"""
_OTHERS = {
    DESCRIPTION: "What the datasets and files are, by VoID and DCAT; for catalogues and for programs.",
    ontologies.CATALOG: "Which file has which ontology; for ontology editors, which then fetch nothing.",
    "retired.ttl": "What became of IRIs that are no more; for whoever has used them.",
}
_turtle = partial(turtle.serialize, prefixes=prefixes.PREFIXES)
_trig = partial(turtle.serialize_quads, prefixes=prefixes.PREFIXES)


def write_downloads(
    dataset: Dataset, inferred: Iterable[Triple], repository: Repository, out: Path, *, replace: bool = False
) -> list[Path]:
    """Write the downloads to a folder, made if it is missing, and return their paths, sorted.

    Each file is written aside and renamed into place. Files of an earlier build that are no longer made are
    removed if its `SHA256SUMS` lists them; nothing else in the folder is touched. `dataset` holds the
    asserted graphs, `inferred` what reasoning added; where that has blank nodes it cannot be cited and is
    left out. Raises `InputError` if the folder cannot be written, or holds downloads of another dataset, told
    by its title, and these are not to `replace` them.
    """
    contents = downloads(dataset, inferred, repository)
    there, made = (out / DESCRIPTION), descriptions.titles(contents[DESCRIPTION].decode())
    if not replace and _listed(out) and (known := _titles(there)) != made:
        whose = f"of another dataset, {known[0]!r}" if known else "of which no dataset is known"
        raise InputError(f"{out} holds downloads {whose}; name another folder with --out, or give --replace")
    read = [folder for folder in repository.folders if out.resolve().is_relative_to(folder.resolve())]
    if read:
        raise InputError(
            f"{out} lies in {read[0]}, of which a repository is made; name another folder with --out"
        )
    own = {*_listed(out), SUMS}
    for name in sorted(contents):
        if not replace and name not in own and (out / name).exists():
            raise InputError(
                f"{out / name} is no file of a build and is not replaced; "
                "name another folder with --out, or give --replace"
            )
    try:
        out.mkdir(parents=True, exist_ok=True)
        _replace_files(out, contents)
    except OSError as error:
        raise InputError(f"{error.filename or out}: cannot be written: {error.strerror}") from error
    return [out / name for name in sorted(contents)]


def downloads(dataset: Dataset, inferred: Iterable[Triple], repository: Repository) -> dict[str, bytes]:
    """Return the contents of every download by its name; arguments as for `write_downloads`."""
    graphs = _asserted(dataset)
    found, shapes = ontologies.documents(repository, graphs), ontologies.shapes(repository)
    whole = _whole(graphs, inferred)
    parts = [_document(f.graph, graphs) for f in repository.graph_files if f.kind is FileKind.DOCUMENT]
    parts.append(_evidence(graphs))
    for document in (*found, *shapes):
        title = document.name.replace("-", " ").capitalize()
        parts.append(_vocabulary(document, document.iri, title, f"{title}, as written."))
    said = "All ontologies of the graph as one document, which imports nothing."
    parts.append(_vocabulary(ontologies.together(found), None, "The ontologies as one", said))
    files = {file.name: file.content for part in (whole, *parts) for file in part.files}
    files[ontologies.CATALOG] = ontologies.catalog((*found, *shapes))
    if repository.retired_file.is_file():
        # No part of any dataset, so none of those that are described; but no file is published unread.
        len(Register(repository).by_iri)
        files[repository.retired_file.name] = read_text(repository.retired_file).encode()
    files[DESCRIPTION] = descriptions.describe(whole, parts)
    files[README] = _readme(files, {file.name: file.said for part in (whole, *parts) for file in part.files})
    sums = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return {**files, SUMS: "".join(sums).encode()}


def _readme(files: Mapping[str, bytes], said: Mapping[str, str]) -> bytes:
    """Return what the files are, whom each is for and which to take first, as Markdown."""
    title = " and ".join(descriptions.titles(files[DESCRIPTION].decode()))
    told = {**_OTHERS, **said}
    rows = [f"| [{name}]({quote(name)}) | {told[name]} |" for name in sorted(files)]
    return "\n".join([_FIRST.format(title=title), *rows, ""]).encode()


def _asserted(dataset: Dataset) -> dict[str, frozenset[Triple]]:
    """Return the asserted graphs by name, the default graph by the empty one."""
    graphs: dict[str, frozenset[Triple]] = {}
    for graph in dataset.graphs():
        name = "" if graph.identifier == DATASET_DEFAULT_GRAPH_ID else str(graph.identifier)
        if triples := ntriples.stable(map(ntriples.plain, graph), name):
            graphs[name] = frozenset(triples)
    return graphs


def _whole(graphs: reification.Graphs, inferred: Iterable[Triple]) -> Part:
    asserted = frozenset(chain.from_iterable(graphs.values()))
    plain = map(ntriples.plain, inferred)
    added = frozenset(triple for triple in plain if not any(isinstance(node, BNode) for node in triple))
    everything = ontologies.merged(asserted | added)
    named: dict[Node | None, frozenset[Triple]] = {URIRef(n): t for n, t in graphs.items() if n}
    if added - asserted:
        named[URIRef(prefixes.INFERRED_GRAPH)] = added - asserted
    named[None] = everything
    quads = ((triple, name) for name, triples in named.items() for triple in triples)
    merged = "All that is stated and inferred, merged into one graph"
    separate = "All that is stated and inferred, merged and again in a named graph for each passage"
    files = (
        File(f"{WHOLE}.ttl", _turtle(everything), merged),
        File(f"{WHOLE}.nt", ntriples.serialize(everything), merged),
        File(f"{WHOLE}.jsonld", jsonld.serialize(everything, prefixes.PREFIXES), merged),
        File(f"{WHOLE}.trig", _trig(named), separate),
        File(f"{WHOLE}.nq", ntriples.serialize_quads(quads), separate),
    )
    said = "What documents state, passage by passage, and what follows."
    return Part("", everything, files, description=said)


def _document(iri: str, graphs: reification.Graphs) -> Part:
    name = iri.removeprefix(f"{prefixes.BASE}document/")
    named: dict[Node | None, frozenset[Triple]] = {
        URIRef(n): triples for n, triples in graphs.items() if n == iri or n.startswith(f"{iri}/")
    }
    triples = frozenset(chain.from_iterable(named.values()))
    titles = (str(o) for s, p, o in triples if s == URIRef(iri) and p in (DCTERMS.title, RDFS.label))
    title = min(titles, default=name)
    merged = f"What {title} states, merged into one graph, and its passages"
    separate = f"What {title} states, a named graph for each passage, and its passages"
    files = (
        File(f"documents/{name}.ttl", _turtle(triples), merged),
        File(f"documents/{name}.trig", _trig(named), separate),
    )
    said = "What one document states, passage by passage, and how it and its passages are described: {title}."
    return Part(f"document/{name}", triples, files, made_of=(URIRef(iri),), description=said)


def _evidence(graphs: reification.Graphs) -> Part:
    triples, annotated = reification.reified(graphs), reification.annotated(graphs)
    holds = "Each statement reified, the passages that it rests on, and where these stand"
    holds12 = "Each statement annotated with the passages that it rests on, and where these stand"
    files = (
        File(f"{WHOLE}-evidence-reified.ttl", _turtle(triples), holds),
        File(f"{WHOLE}-evidence-rdf12.ttl", annotated, holds12, is_rdf12=True),
    )
    title, whole = "The evidence, statement by statement", (URIRef(prefixes.DATASET),)
    said = (
        "For each statement of a passage the passages that it rests on, and for each passage where it stands "
        "in its document, as Web Annotation selectors."
    )
    return Part("evidence", triples, files, made_of=whole, title=title, description=said)


def _vocabulary(document: ontologies.Document, about: URIRef | None, title: str, description: str) -> Part:
    """Return a document that defines terms, or says what data must look like, as a dataset of its own."""
    syntaxes = ontologies.syntaxes(document).items()
    called = title or document.name.replace("-", " ").capitalize()
    files = tuple(File(name, content, f"{called}, a document of its own") for name, content in syntaxes)
    return Part(document.name, document.triples, files, about, (), title, description, is_vocabulary=True)


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


def _titles(description: Path) -> list[str]:
    return descriptions.titles(read_text(description)) if description.is_file() else []


def _listed(out: Path) -> set[str]:
    """Return the names in the folder's `SHA256SUMS`, without any that lead out of the folder."""
    sums = out / SUMS
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines() if sums.is_file() else ()
    names = {name for _, gap, name in (line.partition("  ") for line in lines) if gap and name}
    return {n for n in names if not PurePosixPath(n).is_absolute() and ".." not in PurePosixPath(n).parts}
