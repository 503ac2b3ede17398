"""The process that holds a graph and forks workers, and the workers, from inside.

It is started anew for every graph, loads it once (a repository's compiled graph, or plain RDF files) and does
once what its tasks need; the workers that it forks share its memory. A worker cannot open files or sockets,
cannot grow without bound, and ends with its deadline even if the server has been killed. Knows files,
processes, sockets and limits; nothing of HTTP, and of tasks only what they are called.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, cast

from pyoxigraph import RdfFormat, Store, parse, serialize

from amcc_kg.explain.contradictions import explained
from amcc_kg.graph import child_process, compiler
from amcc_kg.graph.store import LocalStore
from amcc_kg.graph.written_forms import WrittenForms
from amcc_kg.knowledge_graph import KnowledgeGraph
from amcc_kg.repository import files as repository
from amcc_kg.repository.files import Repository
from amcc_kg.serving.http.messages import Answer, refusal
from amcc_kg.serving.workers import processes
from amcc_kg.serving.workers.tasks import Loaded, Task
from amcc_kg.sparql.tokens import load_names
from amcc_kg.syntax import reading, rewritten
from amcc_kg.syntax.text_files import decoded, read_bytes, read_text
from amcc_kg.terms.errors import AmccError, EngineError, InputError, PlacedError
from amcc_kg.terms.version import __version__

# Where a process is told how much memory it takes.
MEMORY = Path("/proc/self/statm")
# After its deadline the server kills a worker; this long after, the worker's own alarm does.
_GRACE = 1.0
_SYNTAXES = {f".{s}": RdfFormat.from_extension(s) for s in ("ttl", "trig", "nt", "nq", "rdf", "jsonld")}


def load(files: list[str], repo: str | None) -> Loaded:
    """Load files, or the repository's graph if none are named.

    Raises `InputError` for a file that cannot be read or is of no known kind, `PlacedError` for one that
    does not parse, `InconsistentError` for a graph that contradicts its ontology.
    """
    if files:
        store, places = Store(), list[str]()
        version = version_of(__version__, _loaded(store, map(Path, files), places))
        return Loaded(store, version, rewritten=rewritten.told(len(places), places))
    found = repository.find(Path(repo) if repo else None)
    with explained(found):
        compiled = compiler.compile_graph(found)
    local, shapes = LocalStore(compiled), shapes_of(found)
    knowledge = KnowledgeGraph(found, compiled, local)
    len(knowledge.retired.by_iri)  # read now, because workers can open no file
    version, said = version_of(compiled.key, shapes.items()), str(WrittenForms(compiled.rewritten))
    return Loaded(local.engine(), version, knowledge, shapes, said)


def shapes_of(found: Repository) -> dict[Path, bytes]:
    """Return the files of a repository's shapes; raises `InputError` for one that cannot be read."""
    return {path: read_text(path).encode() for path in found.shapes_files if path.is_file()}


def version_of(begun: object, files: Iterable[tuple[Path, bytes]]) -> str:
    """Return the version of a graph by the key it is compiled under, or who loads it, and some files."""
    digest = sha256(str(begun).encode())
    for path, content in files:
        digest.update(f"{path.name}\0{len(content)}\0".encode(errors="surrogateescape"))
        digest.update(content)
    return digest.hexdigest()[:16]


def _loaded(store: Store, files: Iterable[Path], places: list[str]) -> Iterator[tuple[Path, bytes]]:
    """Load one file after another, and yield each with its content.

    To `places` goes where a literal stands that is kept in another form than it is written in.
    """
    for path in files:
        syntax = _SYNTAXES.get(path.suffix)
        if syntax is None:
            known = ", ".join(_SYNTAXES)
            raise InputError(f"{path}: unknown suffix {path.suffix!r}; expected one of {known}")
        content = read_bytes(path)
        try:
            base = path.resolve().as_uri()
            store.load(content, syntax, base_iri=base)
            odd = _rewritten(content, syntax, base)
        except SyntaxError as error:
            decoded(content, path)  # says what it is if it is no text
            reason = " ".join(error.msg.partition(": ")[2].split()) or error.msg
            raise PlacedError(path, error.lineno or 1, error.offset, reason) from error
        except (ValueError, OSError) as error:
            raise InputError(f"{path}: cannot be loaded: {' '.join(str(error).split())}") from error
        text = content.decode(errors="replace")
        if odd or rewritten.has_capital_tag(text):
            source = reading.parse(text, reading.SYNTAXES[path.suffix], name=str(path))
            places += rewritten.places(source, rewritten.rows(source), str(path))
        yield path, content


def _rewritten(content: bytes, syntax: RdfFormat, base: str) -> int:
    """Return how many literals of a document are kept in another form, but for language tags."""
    counter = rewritten.Counter()
    serialize(parse(content, syntax, base_iri=base), cast("IO[bytes]", counter), RdfFormat.N_QUADS)
    counter.flush()
    return counter.count


def hold(control: socket.socket, table: Callable[[Loaded], dict[str, Task]]) -> None:
    """Load the graph that is ordered over a socket, and fork a worker whenever one is, until it is closed.

    `table` does what has to be done with a graph before its tasks can be, and returns them by name.
    """
    # What the collector would find in a graph that is being loaded is nothing.
    gc.disable()
    if (ordered := processes.read(control)) is None:
        return
    spec = ordered[0]
    try:
        # The engine keeps a random generator for each thread. One that the loading has started would be
        # copied into every worker, and two would answer `UUID()` alike; a thread takes its own along.
        with ThreadPoolExecutor(1) as thread:
            loaded = thread.submit(load, spec["files"], spec["repo"]).result()
            known = thread.submit(table, loaded).result()
        child_process.load_first()
        load_names()
    except (Exception, SystemExit) as error:
        reason = str(error) if isinstance(error, AmccError) else f"{type(error).__name__}: {error}"
        control.sendall(processes.pack({"error": reason}))
        return
    gc.freeze()
    report = {"version": loaded.version, "triples": len(loaded.store), "bounded": _memory() is not None}
    report["rewritten"] = loaded.rewritten
    control.sendall(processes.pack(report))
    own = os.getpid()
    while control.recv(1):
        ours, theirs = socket.socketpair()
        heard, said = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                control.close()
                theirs.close()
                # Where an engine that breaks off says why; what finds no room there is lost and stops nobody.
                os.set_blocking(said, False)
                os.dup2(said, 2)
                os.close(heard)
                os.close(said)
                _worker(ours, loaded, known, spec["memory"], own)
            finally:
                # Whatever happens: it may not go on as its parent.
                os._exit(0)
        ours.close()
        os.close(said)
        handles = [theirs.fileno(), heard]
        with suppress(AttributeError, OSError):
            # A handle, because the id of a worker that died may already be another process's.
            handles.append(os.pidfd_open(child))
        socket.send_fds(control, [processes.PID.pack(child)], handles)
        theirs.close()
        for handle in handles[1:]:
            os.close(handle)
    # It leads a group, so that it can end all its workers at once without knowing their ids.
    os.killpg(0, signal.SIGKILL)


def _worker(
    connection: socket.socket, loaded: Loaded, known: dict[str, Task], memory: int, parent: int
) -> None:
    processes.end_with(parent)
    gc.enable()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit(memory)
    while message := processes.read(connection):
        head = message[0]
        signal.setitimer(signal.ITIMER_REAL, head["seconds"] + _GRACE)
        reply, note = _perform(known, head["task"], loaded, head["call"])
        signal.setitimer(signal.ITIMER_REAL, 0)
        answer = {"status": reply.status, "media": reply.media, "storable": reply.storable}
        answer |= {"headers": reply.headers, "note": note}
        connection.sendall(processes.pack(answer, reply.body))


def _perform(known: dict[str, Task], name: str, loaded: Loaded, call: dict[str, Any]) -> tuple[Answer, str]:
    """Return a task's reply, and for the log what went wrong in the program."""
    try:
        return known[name](loaded, call), ""
    except EngineError as error:
        return refusal(500, str(error)), str(error)
    except AmccError as error:
        return refusal(400, str(error)), ""
    except MemoryError:
        return refusal(413, processes.TOO_MUCH), ""
    except Exception as error:  # one task may not end the worker
        return refusal(500, "an error of this program"), f"{type(error).__name__}: {error}"[:500]


def _limit(memory: int) -> None:
    """Allow so many megabytes more than now, no core dumps, and nothing new to be opened."""
    with suppress(OSError):
        # Where the machine itself runs out of memory, a query goes before the graph and the server.
        Path("/proc/self/oom_score_adj").write_bytes(b"1000")
    with suppress(ImportError):
        import resource

        if (now := _memory()) is not None:
            most = now + (memory << 20)
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _memory() -> int | None:
    """Return how many bytes this process may address, None where the system does not tell."""
    try:
        return int(MEMORY.read_bytes().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
