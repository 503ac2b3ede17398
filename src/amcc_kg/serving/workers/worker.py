"""One worker process, seen from the server: its job, its deadline, its reply, its death.

Knows the process by its socket. A worker that is late or dead costs the one request it was working on.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from amcc_kg.serving.workers import frames, processes
from amcc_kg.serving.workers.tasks import Reply, refusal

if TYPE_CHECKING:
    from amcc_kg.serving.workers.pool import Workers

_DIED = (
    "the query engine broke off while answering: out of memory, functions or patterns nested too deeply, or "
    "an ORDER BY over values of mixed types; order by text instead, as in ORDER BY STR(?x)"
)
# What the engine's languages say before they end a process that gets no more memory.
_WANTING = (b"memory allocation of", b"std::bad_alloc", b"MemoryError")


class Job:
    """A task that waits or runs, and where its reply goes."""

    __slots__ = ("client", "future", "message", "returns", "started")

    def __init__(self, client: str, message: bytes, future: asyncio.Future[Reply]) -> None:
        self.client = client
        self.message = message
        self.future = future
        self.started = 0.0
        self.returns = 0

    def settle(self, reply: Reply) -> None:
        """Deliver the reply, unless there already is one."""
        if not self.future.done():
            self.future.set_result(reply)


class Worker(asyncio.Protocol):
    """One worker process: the server's end of its socket."""

    def __init__(self, pool: Workers, pid: int, heard: int, handle: int | None) -> None:
        self._pool = pool
        self._pid = pid
        self._heard = heard
        self._handle = handle
        self._frames = frames.Frames()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._doomed = False
        self._unread = False
        self.job: Job | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take up work."""
        # uvloop's transports are transports without being derived from asyncio's class.
        self._transport = cast("asyncio.Transport", transport)

    def start(self, job: Job, timeout: float) -> None:
        """Send a job, and be killed if the reply has not come after `timeout` seconds."""
        assert self._transport is not None
        self.job = job
        self._timer = self._pool.loop.call_later(timeout, self._late)
        self._transport.write(job.message)

    def data_received(self, data: bytes) -> None:
        """Put the reply together and pass it on."""
        message = self._frames.feed(data)
        if message is not None and not self._doomed:
            head, body = message
            if head["status"] == processes.TOO_EARLY:
                self._release()
                return
            if head["note"]:
                self._pool.note("task failed", head["note"])
            headers = tuple((name, value) for name, value in head["headers"])
            self._end(Reply(head["status"], body, head["media"], head["storable"], headers))
            self._pool.is_idle(self)

    def _release(self) -> None:
        """Give the job to another worker; this one is used no more, and a new one is forked in its place."""
        self._doomed = True
        job = self._let_go()
        if job is not None:
            job.returns += 1
            self._pool.take_back(job)

    def eof_received(self) -> None:
        """The process has closed its end: give it no job any more, and note whether it can have read one."""
        assert self._transport is not None
        self._unread = self._transport.get_write_buffer_size() > 0
        self._pool.is_not_idle(self)

    def connection_lost(self, error: Exception | None) -> None:
        """The process has ended: by itself, by a limit, or by order."""
        # The socket of a process that dies with unread bytes is reset, and closes quietly otherwise.
        unread = self._unread or error is not None
        # Not for ever, because a job may be what a worker dies of as soon as it begins to read it.
        if self.job is not None and unread and self.job.returns < self._pool.size:
            self._release()
        elif self.job is not None:
            self._pool.note("worker died", "while it worked")
            self._pool.deaths += 1
            self._end(refusal(413, processes.TOO_MUCH) if self._wanted_memory() else refusal(500, _DIED))
        os.close(self._heard)
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        self._pool.is_gone(self)

    def _wanted_memory(self) -> bool:
        """Tell whether the last words of the process, which has ended, are that it got no more memory."""
        os.set_blocking(self._heard, False)
        try:
            words = os.read(self._heard, 1 << 16)
        except OSError:
            return False
        return any(cause in words for cause in _WANTING)

    def kill(self) -> None:
        """End the process now; a reply that is already under way comes too late."""
        self._doomed = True
        with suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            else:
                os.kill(self._pid, signal.SIGKILL)

    def give_way(self) -> None:
        """End the process, because its client holds every other one too and somebody else waits."""
        self._end(refusal(429, "others wait while all that runs is yours; ask one query after another"))
        self.kill()

    def _late(self) -> None:
        self._pool.timeouts += 1
        seconds = self._pool.config.timeout
        self._end(refusal(504, f"no answer within {seconds:g} s; ask for less, for example with LIMIT"))
        self.kill()

    def _end(self, reply: Reply) -> None:
        job = self._let_go()
        if job is not None:
            job.settle(reply)

    def _let_go(self) -> Job | None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        job, self.job = self.job, None
        if job is not None:
            self._pool.queue.finished(job.client, job.started)
        return job
