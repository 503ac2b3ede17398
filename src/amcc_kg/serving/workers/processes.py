"""The processes behind the server, from inside: a launcher, a zygote for each graph, workers.

The launcher is forked before the server opens anything and stays small. It forks a zygote for every graph;
the zygote loads the graph once and forks workers, which share its memory. A worker cannot open files or
sockets, cannot grow without bound, and ends with its deadline even if the server has been killed.
Knows processes, sockets and limits; nothing of HTTP or SPARQL.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import struct
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amcc_kg.serving.workers import frames
from amcc_kg.terms.errors import AmccError, EngineError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from amcc_kg.serving.config import Config
    from amcc_kg.serving.workers.tasks import Loaded, Reply, Task

# Where a process is told how much memory it takes, and tells how gladly it may be ended for want of it.
MEMORY = Path("/proc/self/statm")
_EXPENDABLE = Path("/proc/self/oom_score_adj")
PID = struct.Struct(">I")
ORDER = b"w"
# In place of a status: the worker was forked before it could have known the task, and ends.
TOO_EARLY = 0
# After its deadline the server kills a worker; this long after, the worker's own alarm does.
_GRACE = 1.0
TOO_MUCH = "the answer needs more memory than a query may take; ask for less, for example with LIMIT"


def launch() -> socket.socket:
    """Fork the launcher and return the socket over which graphs are ordered from it."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        _guard(partial(_launcher, theirs))
    theirs.close()
    return ours


def order(launcher: socket.socket, config: Config) -> None:
    """Have the launcher fork a zygote that loads the graph; raises `InputError` if it has ended."""
    spec = {
        "files": [str(path.resolve()) for path in config.files],
        "repo": None if config.repo is None else str(config.repo.resolve()),
        "memory": config.memory,
        "workers": config.workers + 1,
    }
    try:
        launcher.sendall(frames.pack(spec))
    except OSError as error:
        raise InputError(f"the process that loads graphs cannot be reached: {error}") from error


def ordered(launcher: socket.socket) -> socket.socket:
    """Wait for the zygote that was ordered and return its socket; raises `InputError` if there is none."""
    try:
        data, handles, _, _ = socket.recv_fds(launcher, 1, 1)
    except OSError as error:
        raise InputError(f"the process that loads graphs cannot be reached: {error}") from error
    if not data or not handles:
        raise InputError("the process that loads graphs has ended")
    return socket.socket(fileno=handles[0])


def _guard(run: Callable[[], object]) -> NoReturn:
    """Run what a forked process does and end it, whatever happens: nothing may return into the server."""
    status = 1
    try:
        run()
        status = 0
    finally:
        os._exit(status)


def _launcher(orders: socket.socket) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(null, standard)
    # What a terminal or a service manager sends is for the server, which ends these processes itself.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while message := frames.read(orders):
        theirs, own = socket.socketpair()
        if os.fork() == 0:
            orders.close()
            theirs.close()
            _guard(partial(_zygote, own, message[0]))
        own.close()
        socket.send_fds(orders, [ORDER], [theirs.fileno()])
        theirs.close()


def _zygote(control: socket.socket, spec: dict[str, Any]) -> None:
    # A group of its own, so that it can end all its workers at once without knowing their ids.
    os.setsid()
    from amcc_kg.serving.answers import table
    from amcc_kg.serving.workers import loader

    try:
        files = tuple(Path(name) for name in spec["files"])
        repo = None if spec["repo"] is None else Path(spec["repo"])
        loaded = loader.in_thread(lambda: loader.load(files, repo))
        known = loader.in_thread(lambda: table.table(loaded))
    except (Exception, SystemExit) as error:
        control.sendall(frames.pack({"error": loader.error_line(error)}))
        return
    gc.freeze()
    report = {"version": loaded.version, "triples": len(loaded.store), "bounded": _memory() is not None}
    control.sendall(frames.pack(report))
    forked, problem = 0, None
    while control.recv(1):
        ours, theirs = socket.socketpair()
        heard, said = os.pipe()
        child = os.fork()
        if child == 0:
            control.close()
            theirs.close()
            # Where an engine that breaks off says why; what finds no room there is lost and stops nobody.
            os.set_blocking(said, False)
            os.dup2(said, 2)
            os.close(heard)
            os.close(said)
            _guard(partial(_worker, ours, loaded, known, problem, spec["memory"]))
        ours.close()
        os.close(said)
        handles = [theirs.fileno(), heard]
        with suppress(AttributeError, OSError):
            # A handle, because the id of a worker that died may already be another process's.
            handles.append(os.pidfd_open(child))
        socket.send_fds(control, [PID.pack(child)], handles)
        theirs.close()
        for handle in handles[1:]:
            os.close(handle)
        forked += 1
        if forked == spec["workers"]:
            # Only now, because a server need not wait for these to begin.
            problem = _get_ready(loaded, known)
    os.killpg(0, signal.SIGKILL)


def _get_ready(loaded: Loaded, known: dict[str, Task]) -> str:
    """Add the tasks that the first workers were forked without; return what went wrong, if anything."""
    from amcc_kg.serving.answers import table
    from amcc_kg.serving.workers import loader

    try:
        known |= loader.in_thread(lambda: table.late_table(loaded))
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:500]
    gc.freeze()
    return ""


def _worker(
    connection: socket.socket, loaded: Loaded, known: dict[str, Task], problem: str | None, memory: int
) -> None:
    """Do tasks until told to stop; `problem` is None in one that was forked before all tasks were there."""
    gc.enable()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit(memory)
    while message := frames.read(connection):
        head = message[0]
        if head["task"] not in known and problem is None:
            # A worker that is forked from now on will know it.
            connection.sendall(frames.pack({"status": TOO_EARLY}))
            return
        signal.setitimer(signal.ITIMER_REAL, head["seconds"] + _GRACE)
        reply, note = _perform(known, head["task"], loaded, head["call"], problem)
        signal.setitimer(signal.ITIMER_REAL, 0)
        answer = {"status": reply.status, "media": reply.media, "storable": reply.storable}
        answer |= {"headers": reply.headers, "note": note}
        connection.sendall(frames.pack(answer, reply.body))


def _perform(
    known: dict[str, Task], name: str, loaded: Loaded, call: dict[str, Any], problem: str | None
) -> tuple[Reply, str]:
    """Return a task's reply, and for the log what went wrong in the program."""
    from amcc_kg.serving.workers.tasks import refusal

    if name not in known:
        return refusal(500, "an error of this program"), problem or f"no task is called {name}"
    try:
        return known[name](loaded, call), ""
    except EngineError as error:
        return refusal(500, str(error)), str(error)
    except AmccError as error:
        return refusal(400, str(error)), ""
    except MemoryError:
        return refusal(413, TOO_MUCH), ""
    except Exception as error:
        return refusal(500, "an error of this program"), f"{type(error).__name__}: {error}"[:500]


def _limit(memory: int) -> None:
    """Allow so many megabytes more than now, no core dumps, and nothing new to be opened."""
    with suppress(OSError):
        # Where the machine itself runs out of memory, a query goes before the graph and the server.
        _EXPENDABLE.write_bytes(b"1000")
    with suppress(ImportError):
        import resource

        now = _memory()
        if now is not None:
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
