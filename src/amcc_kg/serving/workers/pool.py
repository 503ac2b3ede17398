"""The workers of one graph, seen from the server: what each does, who is replaced, who waits, who is next.

Knows processes by their sockets. A worker that is late or dead costs the one request that it was working on;
one whose client has gone is ended.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from amcc_kg.serving.config import Config
from amcc_kg.serving.http.messages import Answer, refusal
from amcc_kg.serving.http.records import Log
from amcc_kg.serving.workers import processes
from amcc_kg.terms.errors import InputError

T = TypeVar("T")
_LOST = "the graph is being loaded anew; try again"
_UNBOUNDED = "this system does not tell what a process takes, so --memory bounds nothing here"
_DIED = (
    "the query engine broke off while answering: out of memory, functions or patterns nested too deeply, or "
    "an ORDER BY over values of mixed types; order by text instead, as in ORDER BY STR(?x)"
)
# What the engine's languages say before they end a process that gets no more memory.
_WANTING = (b"memory allocation of", b"std::bad_alloc", b"MemoryError")


class Queue(Generic[T]):
    """What waits, by client, and how much of each client's runs, so that no client can crowd out the others.

    Clients take turns. The last free worker is never given to a client of whom something runs: so none comes
    to hold all, and what one asks for at once does not get in its own way.
    """

    def __init__(self, most: int, share: int) -> None:
        """Allow `most` waiting entries, and of one client `share` waiting and running ones."""
        self._most, self._share = most, share
        self._waiting: dict[str, deque[T]] = {}
        self._running: Counter[str] = Counter()

    @property
    def length(self) -> int:
        """How many entries wait."""
        return sum(map(len, self._waiting.values()))

    def has_room(self) -> bool:
        """Tell whether one more may wait."""
        return self.length < self._most

    def may_add(self, client: str) -> bool:
        """Tell whether a client has some of its share left."""
        return len(self._waiting.get(client, ())) + self.runs(client) < self._share

    def add(self, client: str, entry: T) -> None:
        """Let an entry wait at the end of its client's line; a new client goes last in turn."""
        self._waiting.setdefault(client, deque()).append(entry)

    def remove(self, client: str, entry: T) -> bool:
        """Forget an entry that waits; tell whether it did."""
        line = self._waiting.get(client)
        if not line or entry not in line:
            return False
        line.remove(entry)
        if not line:
            del self._waiting[client]
        return True

    def take(self, free: int) -> tuple[str, T] | None:
        """Return the next entry to run with its client, None if none may; `free` workers are idle."""
        for client, line in self._waiting.items():
            if free > 1 or not self.runs(client):
                entry = line.popleft()
                # To the end of the turn, by leaving the dictionary and coming back.
                del self._waiting[client]
                if line:
                    self._waiting[client] = line
                return client, entry
        return None

    def started(self, client: str) -> None:
        """Note that an entry of a client runs."""
        self._running[client] += 1

    def finished(self, client: str) -> None:
        """Note that an entry of a client has ended."""
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]

    def runs(self, client: str) -> int:
        """Return how many entries of a client run."""
        return self._running[client]


@dataclass(slots=True, eq=False)
class Job:
    """A task that waits or runs, and where its reply goes."""

    client: str
    message: bytes
    seconds: float  # that it may take
    future: asyncio.Future[Answer]
    returns: int = 0

    def settle(self, reply: Answer) -> None:
        """Deliver the reply, unless there already is one."""
        if not self.future.done():
            self.future.set_result(reply)


class Worker(asyncio.Protocol):
    """One worker process: the server's end of its socket."""

    def __init__(self, pool: Workers, pid: int, heard: int, handle: int | None) -> None:
        self._pool, self._pid, self._heard, self._handle = pool, pid, heard, handle
        self._frames = processes.Frames()
        self._doomed = self._unread = False
        self.job: Job | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Know the way to the process, and take a job."""
        # uvloop's transports are transports without being derived from asyncio's class.
        self._transport = cast("asyncio.Transport", transport)
        self._pool.is_idle(self)

    def start(self, job: Job) -> None:
        """Send a job, and be killed if the reply has not come in its time."""
        self.job = job
        self._timer = self._pool.loop.call_later(job.seconds, self._late)
        self._transport.write(job.message)

    def data_received(self, data: bytes) -> None:
        """Put the reply together and pass it on."""
        message = self._frames.feed(data)
        if message is not None and not self._doomed:
            head, body = message
            if note := head.pop("note"):
                self._pool.log.event("task failed", note)
            head["headers"] = tuple(map(tuple, head["headers"]))
            self._let_go().settle(Answer(body=body, **head))
            self._pool.is_idle(self)

    def eof_received(self) -> None:
        """The process has closed its end: give it no job any more, and note whether it can have read one."""
        self._unread = self._transport.get_write_buffer_size() > 0
        self._pool.is_not_idle(self)

    def connection_lost(self, error: Exception | None) -> None:
        """The process has ended: by itself, by a limit, or by order."""
        # The socket of a process that dies with unread bytes is reset, and closes quietly otherwise.
        unread = self._unread or error is not None
        # Not for ever, because a job may be what a worker dies of as soon as it begins to read it.
        if self.job is not None and unread and self.job.returns < self._pool.size:
            job = self._let_go()
            job.returns += 1
            self._pool.take_back(job)
        elif self.job is not None:
            self._pool.log.event("worker died", "while it worked")
            self._pool.log.metrics.deaths += 1
            why = (413, processes.TOO_MUCH) if self._wanted_memory() else (500, _DIED)
            self._let_go().settle(refusal(*why))
        os.close(self._heard)
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        self._pool.is_gone(self)

    def _wanted_memory(self) -> bool:
        """Tell whether the last words of the process, which has ended, are that it got no more memory."""
        os.set_blocking(self._heard, False)
        with suppress(OSError):
            words = os.read(self._heard, 1 << 16)
            return any(cause in words for cause in _WANTING)
        return False

    def kill(self) -> None:
        """End the process now; a reply that is already under way comes too late."""
        self._doomed = True
        with suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            else:
                os.kill(self._pid, signal.SIGKILL)

    def give_up(self, reply: Answer) -> None:
        """End the process in the middle of its job, which gets another reply."""
        self._let_go().settle(reply)
        self.kill()

    def _late(self) -> None:
        self._pool.log.metrics.timeouts += 1
        seconds = self.job.seconds if self.job else 0
        self.give_up(refusal(504, f"no answer within {seconds:g} s; ask for less, for example with LIMIT"))

    def _let_go(self) -> Job:
        assert self.job is not None
        self._timer.cancel()
        job, self.job = self.job, None
        self._pool.queue.finished(job.client)
        return job


class Workers:
    """A process that holds a graph, the workers forked from it, and the queue before them."""

    def __init__(self, zygote: processes.Zygote, config: Config, log: Log) -> None:
        self.loop = asyncio.get_running_loop()
        self.config = config
        self.log = log
        self.queue: Queue[Job] = Queue(config.limits.queue, config.limits.share)
        self.version = ""
        self.triples = 0
        # Done when that process has ended, or is no longer needed.
        self.lost: asyncio.Future[None] = self.loop.create_future()
        self._zygote = zygote
        self._control = zygote.control
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        # One more than may be held by one client.
        self.size = config.workers + 1
        self._closing = False

    async def start(self) -> None:
        """Wait until the graph is loaded and the workers are there; raises `InputError` with the reason."""
        self._control.setblocking(False)
        frames, message = processes.Frames(), None
        while message is None:
            piece = b""
            with suppress(ConnectionError):
                piece = await self.loop.sock_recv(self._control, 1 << 16)
            if not piece:
                raise InputError("the process that loads the graph ended before it had done so")
            message = frames.feed(piece)
        report = message[0]
        if "error" in report:
            raise InputError(report["error"])
        self.version, self.triples = report["version"], report["triples"]
        if not report["bounded"]:
            self.log.event("memory not bounded", _UNBOUNDED)
        if report["rewritten"]:
            self.log.event("literals kept otherwise", report["rewritten"])
        self.loop.add_reader(self._control.fileno(), self._forked)
        for _ in range(self.size):
            self._order()
        while not self._idle and not self.lost.done():
            await asyncio.sleep(0.001)

    async def run(self, task: str, call: dict[str, Any], client: str) -> Answer:
        """Have a task done, within the limits, and return its reply or the reason why there is none.

        A `timeout` in its call, in seconds, is kept where it is shorter than the server's.
        """
        if self.lost.done():
            return refusal(503, _LOST)
        if not self.queue.may_add(client):
            return refusal(429, "too many queries of yours are running or waiting; let them end")
        if not self._idle and not self.queue.has_room():
            return refusal(503, "too many queries are waiting; try again")
        seconds = min(call.get("timeout") or self.config.timeout, self.config.timeout)
        message = processes.pack({"task": task, "call": call, "seconds": seconds})
        job = Job(client, message, seconds, self.loop.create_future())
        self.queue.add(client, job)
        self.dispatch()
        timer = self.loop.call_later(self.config.limits.queue_time, self._waited, job)
        try:
            return await job.future
        except asyncio.CancelledError:
            self._drop(job)
            raise
        finally:
            timer.cancel()

    def is_idle(self, worker: Worker) -> None:
        """Give a worker that has done its job the next one."""
        if self._closing and not self.queue.length:
            self._close_when_done()
            return
        self._idle.append(worker)
        self.dispatch()

    def is_not_idle(self, worker: Worker) -> None:
        """Give a worker no job."""
        if worker in self._idle:
            self._idle.remove(worker)

    def take_back(self, job: Job) -> None:
        """Let a job that was given to a worker in vain wait again."""
        if self.lost.done():
            job.settle(refusal(503, _LOST))
        elif not job.future.done():
            self.queue.add(job.client, job)
            self.dispatch()

    def is_gone(self, worker: Worker) -> None:
        """Replace a worker that has ended."""
        self._all.discard(worker)
        self.is_not_idle(worker)
        if not self._closing or self.queue.length:
            self._order()
        self._close_when_done()

    def close(self) -> None:
        """Let what runs or waits end, then end the processes."""
        self._closing = True
        self._close_when_done()

    def busy(self) -> int:
        """Return how many workers are working."""
        return sum(worker.job is not None for worker in self._all)

    def _close_when_done(self) -> None:
        if self._closing and not self.queue.length and not self.busy():
            self._lose()

    def dispatch(self) -> None:
        """Give idle workers what waits."""
        while self._idle and (found := self.queue.take(len(self._idle))):
            client, job = found
            self.queue.started(client)
            self._idle.pop().start(job)

    def _waited(self, job: Job) -> None:
        if self.queue.remove(job.client, job):
            if self.queue.runs(job.client):
                job.settle(refusal(429, "another query of yours is still running; try again"))
            else:
                job.settle(refusal(503, "every worker is busy; try again"))

    def _drop(self, job: Job) -> None:
        """Forget a job whose reply nobody waits for any more, and end the worker that does it."""
        self.queue.remove(job.client, job)
        for worker in self._all:
            if worker.job is job:
                worker.give_up(refusal(499, "the client has gone"))

    def _order(self) -> None:
        if not self.lost.done():
            try:
                self._control.send(processes.ORDER)
            except OSError:
                self._lose()

    def _forked(self) -> None:
        """Take over a worker from the zygote, which has sent its id and its socket."""
        try:
            data, handles, _, _ = socket.recv_fds(self._control, processes.PID.size, 3)
        except BlockingIOError:
            return
        except OSError:
            data, handles = b"", []
        if not data:
            self._lose()
            return
        (pid,) = processes.PID.unpack(data)
        worker = Worker(self, pid, handles[1], handles[2] if len(handles) > 2 else None)
        self._all.add(worker)
        connection = socket.socket(fileno=handles[0])
        connection.setblocking(False)
        self.loop.create_task(self.loop.create_unix_connection(lambda: worker, sock=connection))

    def _lose(self) -> None:
        """End the process that holds the graph, and its workers."""
        if self.lost.done():
            return
        self.lost.set_result(None)
        self.loop.remove_reader(self._control.fileno())
        self._zygote.end()
        self.loop.run_in_executor(None, self._zygote.process.wait)
        for worker in list(self._all):
            worker.kill()
