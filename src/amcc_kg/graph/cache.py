"""The compiled graph as a file: its layout, its key, where it is kept, and when it is to be trusted.

One file: a first line with magic word, keys and checksum; a line of JSON; three sections of N-Quads; two
sections of JSON. It is found by the hash of what it was made from and believed only if every byte is as it
was written. Knows nothing of how a graph is compiled (`amcc_kg.graph.compiler`) or asked
(`amcc_kg.graph.store`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from amcc_kg.repository.files import Repository
from amcc_kg.syntax.text_files import read_bytes, write_whole
from amcc_kg.terms.version import PACKAGE, __version__

MAGIC = b"amcc-kg-compiled-3"
SHIPPED_NAME = "compiled.amcc"
_KEPT = 12
_ENGINES = ("owlrl", "pyoxigraph", "rdflib")
_RULES = [Path(PACKAGE, "reasoning", name) for name in ("rules.txt", "schema_rules.txt")]


@dataclass(frozen=True, slots=True)
class Key:
    """What a compiled graph was made from: hashes, hexadecimal, and the versions of the engines."""

    graph: str  # names and bytes of ontology and data, the rules, the reasoner
    queries: str
    engines: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """A repository after loading, closing and checking of its saved queries."""

    key: Key
    asserted: bytes  # N-Triples, sorted; with `inferred`, the default graph
    inferred: bytes
    named: bytes  # N-Quads, sorted: what each file says in its own named graph
    queries: list[dict[str, Any]]  # one record a saved query
    proofs: bytes = b"{}"  # a JSON object: for inferred triples, as the engine writes them, a proof's leaves
    rewritten: bytes = (
        b"{}"  # a JSON object: which literals are kept otherwise than written, and how they were
    )

    def to_bytes(self) -> bytes:
        """Return the file's bytes; the same for the same graph on every machine."""
        sections = (self.asserted, self.inferred, self.named, self.proofs, self.rewritten)
        head = json.dumps({"sizes": [*map(len, sections)], "queries": self.queries}, sort_keys=True)
        body = b"".join((head.encode(), b"\n", *sections))
        fields = (self.key.graph, self.key.queries, self.key.engines, sha256(body).hexdigest())
        return b"%b %b\n%b" % (MAGIC, " ".join(fields).encode(), body)


def key_of(repository: Repository, reasoner: str = "rules") -> Key:
    """Return the key of a repository's compiled graph; raises `InputError` if a file cannot be read."""
    root = repository.root
    data = [*repository.ontology_files, *repository.written_files]
    rules = sha256(b"".join(map(read_bytes, _RULES))).hexdigest()
    made_by = f"{reasoner} {rules}"
    return Key(_hash(root, data, made_by), _hash(root, repository.query_files), engine_versions())


def load(repository: Repository, reasoner: str = "rules") -> Compiled | None:
    """Return the compiled graph of a repository from the package or the cache, None if neither has it.

    A file that is stale, cut off, changed or made by something else counts as not there.
    """
    key = key_of(repository, reasoner)
    # Beside the content of an installed package: made on another machine, with engines of its own.
    shipped = read(repository.root / SHIPPED_NAME, lambda k: k == replace(key, engines=k.engines))
    return shipped or read(cache_folder() / _name(key), key.__eq__)


def read(path: Path, is_wanted: Callable[[Key], bool]) -> Compiled | None:
    """Return the compiled graph in a file if it is whole and its key is one that is wanted, else None."""
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    end = raw.find(b"\n", 0, 1000)
    fields = raw[:end].split(b" ") if end > 0 else []
    if len(fields) != 5 or fields[0] != MAGIC:
        return None
    key = Key(*(field.decode("ascii", "replace") for field in fields[1:4]))
    if not is_wanted(key) or sha256(memoryview(raw)[end + 1 :]).hexdigest().encode() != fields[4]:
        return None
    start = raw.index(b"\n", end + 1) + 1
    head = json.loads(raw[end + 1 : start])
    ends = list(accumulate(head["sizes"], initial=start))
    asserted, inferred, named, proofs, rewritten = (raw[a:b] for a, b in pairwise(ends))
    return Compiled(key, asserted, inferred, named, head["queries"], proofs, rewritten)


def keep(compiled: Compiled) -> Path | None:
    """Put a compiled graph into the cache folder and return its path, None where that cannot be written."""
    path = cache_folder() / _name(compiled.key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(compiled.to_bytes(), path)
        _forget_oldest(path.parent)
    except OSError:
        return None
    return path


def with_same_graph(key: Key) -> Compiled | None:
    """Return a cached compilation of the same ontology and data with other saved queries, None if none is."""
    paths = sorted(cache_folder().glob(f"{key.graph[:20]}-*.amcc"))
    kept = (read(path, lambda k: k == replace(key, queries=k.queries)) for path in paths)
    return next(filter(None, kept), None)


def cache_folder() -> Path:
    """Return where compiled graphs are kept: `$AMCC_CACHE`, else below `$XDG_CACHE_HOME` or `~/.cache`."""
    if own := os.environ.get("AMCC_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118 (Path.home raises without a home folder)
    return Path(base) / "amcc-kg"


def engine_versions() -> str:
    """Return the versions of the engines that shape a compiled graph, as one word."""
    # By the names of the `.dist-info` folders: `importlib.metadata` costs a third of a cold query.
    found: dict[str, str] = {}
    for folder in sys.path:
        with suppress(OSError):
            for name in os.listdir(folder or "."):  # noqa: PTH208 (names are all that is needed)
                project, _, version = name.removesuffix(".dist-info").partition("-")
                if name.endswith(".dist-info") and project.lower() in _ENGINES:
                    found.setdefault(project.lower(), version)
        if len(found) == len(_ENGINES):
            break
    return ",".join(f"{engine}-{found.get(engine, 'unknown')}" for engine in _ENGINES)


def _hash(root: Path, files: list[Path], made_by: str = "") -> str:
    digest = sha256(f"{MAGIC!r} {__version__} {made_by}\n".encode())
    skip = len(str(root)) + 1
    for path in files:
        content = read_bytes(path)
        digest.update(f"{str(path)[skip:]}\0{len(content)}\0".encode(errors="surrogateescape"))
        digest.update(content)
    return digest.hexdigest()


def _name(key: Key) -> str:
    return f"{key.graph[:20]}-{sha256(repr(key).encode()).hexdigest()[:20]}.amcc"


def _forget_oldest(folder: Path) -> None:
    """Remove all but the latest compilations, so that a busy checkout does not fill the disk."""
    files = [path for path in folder.glob("*.amcc") if path.is_file()]
    for path in sorted(files, key=lambda p: p.stat().st_mtime)[:-_KEPT]:
        path.unlink(missing_ok=True)
