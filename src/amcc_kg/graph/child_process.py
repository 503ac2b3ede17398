"""Work that may never end or take its process with it, done in a process that may die.

The query engine cannot be stopped, and some queries abort it. Knows processes and pipes; nothing of queries.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from amcc_kg.terms import errors
from amcc_kg.terms.errors import AmccError, EngineError, PlacedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_OK, _ERROR = b"+", b"-"
AVAILABLE = hasattr(os, "fork")


def run(work: Callable[[], bytes], timeout: float | None = None) -> bytes:
    """Return what `work` returns, evaluated in a forked child that is killed after `timeout` seconds.

    An `AmccError` or a `SyntaxError` that `work` raises is raised here: the child may open no file, not even
    to import what a good complaint is made with. Raises `EngineError` if time ran out or the child died.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _serve(work, writing)
    os.close(writing)
    finished = False
    try:
        chunks = _read(reading, timeout)
        finished = True
    finally:
        os.close(reading)
        if not finished:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if chunks[:1] == _OK and status == 0:
        return chunks[1:]
    if chunks[:1] == _ERROR and status == 0:
        raise _decode(chunks[1:])
    raise EngineError(
        "the query engine broke off while answering: out of memory, or an ORDER BY over values of mixed "
        "types; order by text instead, as in ORDER BY STR(?x)"
    )


def _read(reading: int, timeout: float | None) -> bytes:
    deadline = None if timeout is None else time.monotonic() + timeout
    chunks: list[bytes] = []
    while True:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([reading], [], [], left)[0]:
                raise EngineError(
                    f"no answer within {timeout:g} s; ask for less, or allow more with --timeout"
                )
        chunk = os.read(reading, 1 << 20)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def _serve(work: Callable[[], bytes], writing: int) -> NoReturn:
    """In the child: work, answer through the pipe, and leave without running the parent's exit handlers."""
    status = 1
    try:
        # An aborting engine writes a backtrace there, which is no message for a user.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        _limit()
        try:
            answer = _OK + work()
        except (AmccError, SyntaxError) as error:
            answer = _ERROR + _encode(error)
        view = memoryview(answer)
        while view:
            view = view[os.write(writing, view) :]
        status = 0
    finally:
        os._exit(status)


def _limit() -> None:
    """No core dumps, no new files or sockets, and no more memory than the machine has."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or memory < hard:
            resource.setrlimit(resource.RLIMIT_AS, (memory, hard))


def _encode(error: AmccError | SyntaxError) -> bytes:
    if isinstance(error, PlacedError):
        return json.dumps(["PlacedError", error.path, error.line, error.column, error.reason]).encode()
    return json.dumps([type(error).__name__, str(error)]).encode()


def _decode(encoded: bytes) -> AmccError | SyntaxError:
    name, *arguments = json.loads(encoded)
    if name == "SyntaxError":
        return SyntaxError(*arguments)
    error: AmccError = getattr(errors, name)(*arguments)
    return error
