"""A graph into memory: a repository's compiled graph, or plain RDF files.

Runs in the process that forks workers. Knows files and versions; nothing of processes or HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import TypeVar

from pyoxigraph import RdfFormat, Store

from amcc_kg.explain.contradictions import explained
from amcc_kg.graph import compiler
from amcc_kg.graph.cache import Compiled
from amcc_kg.graph.store import LocalStore
from amcc_kg.knowledge_graph import KnowledgeGraph
from amcc_kg.repository import files as repository
from amcc_kg.repository.files import Repository
from amcc_kg.serving.workers import tasks
from amcc_kg.syntax.text_files import read_bytes, read_text
from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.version import __version__

T = TypeVar("T")
SYNTAXES = {
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".rdf": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
}


def load(files: tuple[Path, ...], repo: Path | None) -> tasks.Loaded:
    """Load files, or the repository's graph if none are named.

    Raises `InputError` for a file that cannot be read or is of no known kind, `PlacedError` for one that
    does not parse, `InconsistentError` for a graph that contradicts its ontology.
    """
    return _of_files(files) if files else _of_repository(repo)


def in_thread(work: Callable[[], T]) -> T:
    """Do work in a thread that ends with it.

    The engine keeps a random generator for each thread. One that the loading has started would be copied
    into every worker, and two workers would answer `UUID()` alike; a thread takes its generator along.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def shapes_of(found: Repository) -> dict[Path, bytes]:
    """Return the files of a repository's shapes, which are published with its graph but are not in it.

    Raises `InputError` for one that cannot be read.
    """
    paths = [path for path in found.shapes_files if path.is_file()]
    return {path: read_text(path).encode() for path in paths}


def version_of(compiled: Compiled, shapes: Mapping[Path, bytes]) -> str:
    """Return the version of a compiled graph and the shapes that are published with it."""
    digest = sha256(repr(compiled.key).encode())
    for path, content in shapes.items():
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _of_repository(repo: Path | None) -> tasks.Loaded:
    found = repository.find(repo)
    with explained(found):
        compiled = compiler.compile_graph(found)
    local, shapes = LocalStore(compiled), shapes_of(found)
    knowledge = KnowledgeGraph(found, compiled, local)
    len(knowledge.retired.by_iri)  # read now, because workers can open no file
    return tasks.Loaded(local.engine(), version_of(compiled, shapes), knowledge, prepared={"shapes": shapes})


def _of_files(files: tuple[Path, ...]) -> tasks.Loaded:
    store = Store()
    digest = sha256(__version__.encode())
    for path in files:
        syntax = SYNTAXES.get(path.suffix)
        if syntax is None:
            known = ", ".join(SYNTAXES)
            raise InputError(f"{path}: unknown suffix {path.suffix!r}; expected one of {known}")
        content = read_bytes(path)
        digest.update(f"{path.name}\0{len(content)}\0".encode(errors="surrogateescape"))
        digest.update(content)
        _load(store, content, syntax, path)
    return tasks.Loaded(store, digest.hexdigest()[:16])


def _load(store: Store, content: bytes, syntax: RdfFormat, path: Path) -> None:
    try:
        store.bulk_load(content, syntax, base_iri=path.resolve().as_uri())
    except SyntaxError as error:
        reason = " ".join(error.msg.partition(": ")[2].split()) or error.msg
        raise PlacedError(path, error.lineno or 1, error.offset, reason) from error
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: cannot be loaded: {' '.join(str(error).split())}") from error
