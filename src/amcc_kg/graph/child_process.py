"""Work done in a forked process: it may take this one's place when it dies, or stand beside it.

The query engine cannot be stopped, and some queries abort it. Knows processes and pipes; nothing of queries.
"""

from __future__ import annotations

import marshal
import os
import select
import signal
import sys
import time
from _thread import start_new_thread  # `threading` takes a cold query a millisecond to import
from collections.abc import Callable
from contextlib import suppress
from functools import partial, reduce
from importlib import import_module
from typing import Any, NoReturn

from amcc_kg.terms.errors import EngineError

AVAILABLE = hasattr(os, "fork")
DIED = (
    "the query engine broke off while answering: out of memory, or an ORDER BY over values of mixed "
    "types; order by text instead, as in ORDER BY STR(?x)"
)
_OK, _ERROR = b"+", b"-"
_GLANCE = 1.0  # seconds between a child's looks at whether its parent is still there


def load_first() -> None:
    """Import what else is imported when it is wanted: a process that may open no file could not any more."""
    import difflib  # noqa: F401


def run(work: Callable[[], bytes], timeout: float | None = None) -> bytes:
    """Return what `work` returns, done in a confined child; `timeout` and errors as in `Child.result`."""
    return Child(work).result(timeout)


class Child:
    """A forked process that does one piece of work; several may run at once."""

    def __init__(self, work: Callable[[], bytes], *, confined: bool = True) -> None:
        """Start the work.

        A `confined` child gets no more memory than the machine has and can open no file, not even to import.
        """
        if confined:
            load_first()
        sys.stdout.flush()
        sys.stderr.flush()
        self._pipe, writing = os.pipe()
        parent = os.getpid()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._pipe)
            start_new_thread(_end_with, (parent,))
            _serve(work, writing, confined)
        os.close(writing)

    def result(self, timeout: float | None = None, died: str = DIED) -> bytes:
        """Return what the work returned; to be called once.

        An error that the work raised is raised here, with its class and its text. Raises `EngineError` if
        there is none after `timeout` seconds, when the child is killed, or, as `died` says it, if it died.
        """
        finished = False
        try:
            answer = self._read(timeout)
            finished = True
        finally:
            os.close(self._pipe)
            if not finished:
                with suppress(ProcessLookupError):
                    os.kill(self._process, signal.SIGKILL)
            _, status = os.waitpid(self._process, 0)
        if status or answer[:1] not in (_OK, _ERROR):
            raise EngineError(died)
        if answer[:1] == _ERROR:
            raise _decoded(answer[1:])
        return answer[1:]

    def _read(self, timeout: float | None) -> bytes:
        deadline = None if timeout is None else time.monotonic() + timeout
        chunks: list[bytes] = []
        while True:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0 or not select.select([self._pipe], [], [], left)[0]:
                    raise EngineError(
                        f"no answer within {timeout:g} s; ask for less, or allow more with --timeout"
                    )
            chunk = os.read(self._pipe, 1 << 20)
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)


def _serve(work: Callable[[], bytes], writing: int, confined: bool) -> NoReturn:
    """In the child: work, answer through the pipe, and leave without running the parent's exit handlers."""
    status = 1
    try:
        if confined:
            # An aborting engine writes a backtrace there, which is no message for a user.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            _limit()
        try:
            answer = _OK + work()
        except MemoryError:
            raise
        except Exception as error:  # whatever it is, it is raised again in the parent
            answer = _ERROR + _encoded(error)
        with open(writing, "wb") as pipe:
            pipe.write(answer)
        status = 0
    finally:
        os._exit(status)


def _end_with(parent: int) -> NoReturn:
    """End the child once its parent has ended, however that was: nobody waits for the work any more."""
    while os.getppid() == parent:
        time.sleep(_GLANCE)
    os._exit(1)


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


def _encoded(error: Exception) -> bytes:
    """Spell an error: its class, its text, what makes it anew and what else it holds, where that is plain."""
    kind = type(error)
    args = [_plain(value) for value in error.__reduce__()[1]]
    attributes = {name: _plain(value) for name, value in vars(error).items()}
    return marshal.dumps((kind.__module__, kind.__qualname__, str(error), args, attributes))


def _plain(value: Any) -> Any:
    try:
        marshal.dumps(value)
    except ValueError:
        return None
    return value


def _decoded(encoded: bytes) -> Exception:
    """Return the error that was spelt; an `EngineError` that names its class where that cannot be had."""
    module, name, text, args, attributes = marshal.loads(encoded)
    with suppress(ImportError, AttributeError):
        kind: Any = reduce(getattr, name.split("."), import_module(module))
        # A constructor may ask for other things than the arguments that Exception keeps.
        for make in (kind, partial(kind.__new__, kind)):
            with suppress(Exception):
                error: Exception = make(*args)
                vars(error).update(attributes)
                if str(error) == text:
                    return error
    return EngineError(f"{name}: {text}")
