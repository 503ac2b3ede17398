"""What every handler is given: the graph's workers, the cache of answers, the configuration.

Swaps in a new version of the graph while requests go on. Knows nothing of connections but what they share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from amcc_kg.serving.config import Config
from amcc_kg.serving.http import representations
from amcc_kg.serving.http.cache import Cache
from amcc_kg.serving.http.connections import Connections
from amcc_kg.serving.http.messages import Answer, Request, hash_tag, refusal
from amcc_kg.serving.http.records import Log
from amcc_kg.serving.workers import processes
from amcc_kg.serving.workers.pool import Workers
from amcc_kg.terms.errors import InputError

Handler = Callable[["Service", Request], Awaitable[Answer]]
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0


@dataclass(slots=True, eq=False)
class _Flight:
    """An answer that is being made, and how many requests wait for it."""

    task: asyncio.Future[Answer]
    waiting: int = 0


class Service:
    """The parts of a server that outlive a request."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.log = Log(quiet=config.quiet)
        self.connections = Connections(config, self.log)
        # By what bytes depend on, the version of the graph first.
        self.cache: Cache[tuple[str, ...], Answer] = Cache(config.limits.cache)
        # What is compressed, by its entity tag.
        self.packed: Cache[str, bytes] = Cache(config.limits.cache // 4)
        self._held: Cache[tuple[str, ...], Answer] = Cache(config.limits.facts)
        self._edition = ""
        self._workers: Workers | None = None
        self._flights: dict[tuple[str, ...], _Flight] = {}
        self._loading = asyncio.Lock()
        self._mending: asyncio.Future[None] | None = None
        self._pause, self._lost_at = _FIRST_PAUSE, 0.0

    @property
    def version(self) -> str:
        """The version of the graph that is served, empty while none is."""
        return self._workers.version if self._workers else ""

    async def load(self, zygote: processes.Zygote | None = None) -> None:
        """Load the graph as its files are now and serve it from then on; `zygote` may be at it already.

        Requests in progress end with the version they began with. Raises `InputError` with the reason if
        it cannot be loaded; what was served until then is served on.
        """
        async with self._loading:
            # Meanwhile, because files have to be read for it.
            program = asyncio.get_running_loop().run_in_executor(None, representations.program)
            zygote = zygote or processes.start(self.config)
            fresh = Workers(zygote, self.config, self.log)
            try:
                await fresh.start()
            except BaseException:
                fresh.close()
                raise
            await program
            self._edition = representations.edition(fresh.version, self.config)
            old, self._workers = self._workers, fresh
            self.cache.clear()
            self.packed.clear()
            self.connections.forget()
            if old is not None:
                old.close()
            fresh.lost.add_done_callback(lambda _: self._lost(fresh))
            self.log.event("graph loaded", f"version {fresh.version}, {fresh.triples} statements")

    def gauges(self) -> list[tuple[str, str, int]]:
        """Return what is so at this moment, as `Metrics.exposition` wants it."""
        workers = self._workers
        return [
            ("amcc_connections", "Open connections.", self.connections.count),
            ("amcc_cached_answers", "Answers in memory.", len(self.cache)),
            ("amcc_cached_bytes", "Bytes of answers in memory.", self.cache.size),
            ("amcc_statements", "Statements in the graph.", workers.triples if workers else 0),
            ("amcc_workers_busy", "Workers at work.", workers.busy() if workers else 0),
            ("amcc_queue_length", "Queries that wait.", workers.queue.length if workers else 0),
        ]

    async def run(self, task: str, call: dict[str, Any], client: str = "") -> Answer:
        """Have a worker do a task of `amcc_kg.serving.workers.tasks`; never raises for what that may do."""
        if self._workers is None:
            return refusal(503, "the graph is being loaded; try again", (("Retry-After", "1"),))
        config = self.config
        bounds = {"rows": config.max_rows, "bytes": config.max_bytes, "seconds": config.timeout}
        return await self._workers.run(task, call | bounds, client)

    async def answer(
        self,
        request: Request,
        task: str,
        call: dict[str, Any],
        *,
        vary: tuple[str, ...] = ("Accept",),
        headers: tuple[tuple[str, str], ...] = (),
        repeatable: bool = True,
        held: Answer | None = None,
    ) -> Answer:
        """Answer a request with a worker's reply to a task, remembered by the task and its call.

        `headers` are those of a good answer, in place of the reply's own.
        """

        async def make() -> Answer:
            answer = replace(await self.run(task, call, request.client), vary=vary)
            return replace(answer, headers=headers) if headers and answer.status == 200 else answer

        key = (task, *map(repr, call.values()))
        return await self.remember(request, key, make, repeatable=repeatable, held=held)

    async def remember(
        self,
        request: Request,
        key: tuple[str, ...],
        make: Callable[[], Awaitable[Answer]],
        *,
        repeatable: bool = True,
        held: Answer | None = None,
    ) -> Answer:
        """Return the answer for a key: from memory, from another request that is making it, or made now.

        The key holds all that the bytes depend on but the version of the graph. Only answers with status
        200 that are storable are kept; what is not `repeatable` is made each time, and nobody may store it.
        A client that holds the answer is told so without its being made, by the 304 `held` or that of an
        earlier answer.
        """
        if not repeatable:
            return replace(await make(), storable=False)
        full = (self.version, *key)
        if found := self.cache.get(full):
            return found
        tag = representations.tag_of(self._edition, key)
        held = self._held.get(full) or held
        if held and self.version and (unchanged := representations.unchanged(request, tag, held)):
            return unchanged
        flight = self._flights.get(full)
        if flight is None:
            flight = self._flights[full] = _Flight(asyncio.ensure_future(self._made(full, tag, make)))
            return await self._landed(full, flight)
        answer = await self._landed(full, flight)
        # That another client has used up its share is nothing to tell this one.
        return await self.remember(request, key, make, held=held) if answer.status == 429 else answer

    async def _made(self, full: tuple[str, ...], tag: str, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make an answer, and keep it if others may get it too."""
        answer = await make()
        if answer.status == 200 and answer.storable and full[0] == self.version:
            size = sum(map(len, full))
            # A part of a file is joined to another, so its tag is one of bytes.
            answer = replace(answer, tag=hash_tag(answer.body) if answer.ranged else tag)
            if not answer.ranged:
                self._held.put(full, representations.unmodified(answer), 400 + size)
            self.cache.put(full, replace(answer, is_reused=True), len(answer.body) + 800 + size)
        return answer

    async def _landed(self, full: tuple[str, ...], flight: _Flight) -> Answer:
        """Wait for an answer that is being made; if all who wait are cancelled, so is its making."""
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                if self._flights.get(full) is flight:
                    del self._flights[full]
                flight.task.cancel()

    def close(self) -> None:
        """End the processes that are behind the server, and the log."""
        self.connections.is_draining = True
        if self._workers is not None:
            self._workers.close()
        self.log.close()

    def _lost(self, workers: Workers) -> None:
        """Load anew if the process that holds the graph being served has been killed."""
        if workers is self._workers and not self.connections.is_draining:
            self.log.event("graph lost", "the process that held it ended; loading it anew")
            self._mending = asyncio.ensure_future(self._reload())

    async def _reload(self) -> None:
        """Load anew until it succeeds, at first soon, then more and more seldom."""
        now = asyncio.get_running_loop().time
        if now() - self._lost_at > 2 * _LONGEST_PAUSE:
            self._pause = _FIRST_PAUSE
        while not self.connections.is_draining and (self._workers is None or self._workers.lost.done()):
            self._lost_at = now()
            await asyncio.sleep(self._pause)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            try:
                await self.load()
            except InputError as error:
                self.log.event("graph not loaded", str(error))
