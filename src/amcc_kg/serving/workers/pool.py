"""The workers of one graph, seen from the server: who is idle, who is replaced, and the queue before them.

Knows the process that forks workers by its socket; what one worker does is known in
`amcc_kg.serving.workers.worker`.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from amcc_kg.serving.workers import frames as framing
from amcc_kg.serving.workers import processes
from amcc_kg.serving.workers.queue import Queue
from amcc_kg.serving.workers.tasks import refusal
from amcc_kg.serving.workers.worker import Job, Worker
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from amcc_kg.serving.config import Config
    from amcc_kg.serving.workers.tasks import Reply

_RETRY = (("Retry-After", "2"),)
_LOST = "the graph is being loaded anew; try again"
# Longer than what makes a client's query a long one: what is freed is kept from its client then.
_PATIENCE = 0.75
_UNBOUNDED = "this system does not tell what a process takes, so --memory bounds nothing here"


class Workers:
    """A zygote that holds a graph, the workers forked from it, and the queue before them."""

    def __init__(self, control: socket.socket, config: Config, note: Callable[[str, str], None]) -> None:
        self.loop = asyncio.get_running_loop()
        self.config = config
        self.note = note
        self.queue: Queue[Job] = Queue(config.limits.queue, config.limits.share, self.loop.time)
        self.version = ""
        self.triples = 0
        self.deaths = 0
        self.timeouts = 0
        self.lost: asyncio.Future[None] = self.loop.create_future()
        self._control = control
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        # One more than may be held by clients whose queries run long.
        self.size = config.workers + 1
        self._closing = False

    async def start(self) -> None:
        """Wait until the graph is loaded and the workers are there; raises `InputError` with the reason."""
        self._control.setblocking(False)
        frames = framing.Frames()
        while True:
            piece = await self.loop.sock_recv(self._control, 1 << 16)
            if not piece:
                raise InputError("the process that loads the graph ended before it had done so")
            if message := frames.feed(piece):
                break
        report = message[0]
        if "error" in report:
            raise InputError(report["error"])
        self.version, self.triples = report["version"], report["triples"]
        if not report["bounded"]:
            self.note("memory not bounded", _UNBOUNDED)
        self.loop.add_reader(self._control.fileno(), self._forked)
        for _ in range(self.size):
            self._order()
        while not self._idle and not self.lost.done():
            await asyncio.sleep(0.001)

    async def run(self, task: str, call: dict[str, Any], client: str) -> Reply:
        """Have a task done, within the limits, and return its reply or the reason why there is none."""
        if self.lost.done():
            return refusal(503, _LOST, _RETRY)
        if not self.queue.may_add(client):
            return refusal(429, "too many queries of yours are running or waiting; let them end", _RETRY)
        if not self._idle and not self.queue.has_room():
            return refusal(503, "too many queries are waiting; try again", _RETRY)
        message = framing.pack({"task": task, "call": call, "seconds": self.config.timeout})
        job = Job(client, message, self.loop.create_future())
        self.queue.add(client, job)
        self.dispatch()
        if job.started:
            return await job.future
        timers = (
            self.loop.call_later(_PATIENCE, self._make_room, job),
            self.loop.call_later(self.config.limits.queue_time, self._waited, job),
        )
        try:
            return await job.future
        finally:
            for timer in timers:
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
            job.settle(refusal(503, _LOST, _RETRY))
            return
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
            job.started = self.queue.started(client)
            self._idle.pop().start(job, self.config.timeout)

    def _make_room(self, job: Job) -> None:
        """End the youngest query of a client that has come to hold every worker while another's waits."""
        running = {worker: worker.job for worker in self._all if worker.job is not None}
        holders = {other.client for other in running.values()}
        if not job.started and len(running) == self.size and len(holders) == 1 and job.client not in holders:
            max(running, key=lambda worker: running[worker].started).give_way()

    def _waited(self, job: Job) -> None:
        if not job.started:
            self.queue.remove(job.client, job)
            if job.client in self.queue.running():
                job.settle(refusal(429, "another query of yours is still running; try again", _RETRY))
            else:
                job.settle(refusal(503, "every worker is busy; try again", _RETRY))

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
        self.loop.create_task(self._connect(worker, socket.socket(fileno=handles[0])))

    async def _connect(self, worker: Worker, connection: socket.socket) -> None:
        connection.setblocking(False)
        await self.loop.create_unix_connection(lambda: worker, sock=connection)
        self.is_idle(worker)

    def _lose(self) -> None:
        """Let go of the zygote; it ends its workers when it sees that."""
        if self.lost.done():
            return
        self.lost.set_result(None)
        self.loop.remove_reader(self._control.fileno())
        self._control.close()
        for worker in list(self._all):
            worker.kill()
