"""A server from its first request to its end: signals, new versions of the graph.

Knows the order in which things are begun and ended; nothing of requests.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import signal
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from amcc_kg.serving.config import BACKLOG
from amcc_kg.terms.errors import AmccError

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from amcc_kg.serving.config import Config
    from amcc_kg.serving.http.dispatch import Dispatcher
    from amcc_kg.serving.service import Service

_WATCH_PERIOD = 1.0


def run(config: Config, listening: socket.socket, launcher: socket.socket) -> None:
    """Serve on a socket until SIGTERM or SIGINT, then let requests end and return.

    The graph has been ordered of the launcher. Raises `InputError` if it cannot be loaded.
    """
    gc.enable()
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, listening, launcher))


async def _serve(config: Config, listening: socket.socket, launcher: socket.socket) -> None:
    from amcc_kg.serving.http.connection import Connection
    from amcc_kg.serving.http.dispatch import Dispatcher
    from amcc_kg.serving.http.logs import Log
    from amcc_kg.serving.service import Service

    loop = asyncio.get_running_loop()
    log = Log(quiet=config.quiet)
    service = Service(replace(config, port=listening.getsockname()[1]), launcher, log)
    loading = asyncio.ensure_future(service.load())
    dispatcher = Dispatcher(service)
    _more_files(config)
    server = await loop.create_server(lambda: Connection(dispatcher), sock=listening, backlog=BACKLOG)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait((loading, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            loading.result()
            gc.freeze()
            log.gather()
            # The name that requests import first: threads that enter its cycle from two sides fall out.
            loop.run_in_executor(None, importlib.import_module, "werkzeug.datastructures")
            tasks = _reloading(service, loop)
            # Last: whoever has read the addresses may ask, or send SIGHUP, at once.
            _announce(service)
            await stopping
            for task in tasks:
                task.cancel()
        loading.cancel()
        await _drain(service, dispatcher, server)
    finally:
        service.draining = True
        service.close()
        log.close()


def _announce(service: Service) -> None:
    config = service.config
    host = f"[{config.host}]" if ":" in config.host else config.host
    base = config.base or f"http://{host}:{config.port}/"
    with suppress(OSError):
        print(f"pages and linked data: {base}\nSPARQL endpoint: {base}sparql", flush=True)


def _more_files(config: Config) -> None:
    """Allow as many open connections as the configuration does, if the system lets us."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = config.limits.connections + 200
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def _reloading(service: Service, loop: asyncio.AbstractEventLoop) -> list[asyncio.Task[None]]:
    """Load the graph anew on SIGHUP, and with `--watch` when its files have changed."""
    asked = asyncio.Event()
    with suppress(AttributeError, NotImplementedError):
        loop.add_signal_handler(signal.SIGHUP, asked.set)
    tasks = [loop.create_task(_reload(service, asked))]
    if service.config.watch:
        tasks.append(loop.create_task(_watch(service, asked)))
    return tasks


async def _reload(service: Service, asked: asyncio.Event) -> None:
    while True:
        await asked.wait()
        asked.clear()
        try:
            await service.load()
        except AmccError as error:
            service.log.event("graph not loaded", str(error))


async def _watch(service: Service, asked: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    seen = await loop.run_in_executor(None, _stamps, service.config)
    while True:
        await asyncio.sleep(_WATCH_PERIOD)
        now = await loop.run_in_executor(None, _stamps, service.config)
        if now != seen:
            seen = now
            asked.set()


def _stamps(config: Config) -> dict[Path, tuple[int, int]]:
    """Return when each file that the graph is made of was last changed, and its size."""
    from amcc_kg.repository import files

    found: dict[Path, tuple[int, int]] = {}
    with suppress(AmccError, OSError):
        for path in config.files or files.find(config.repo).input_files:
            with suppress(OSError):
                status = path.stat()
                found[path] = status.st_mtime_ns, status.st_size
    return found


async def _drain(service: Service, dispatcher: Dispatcher, server: asyncio.Server) -> None:
    """Take no more connections, and give the requests under way the time that a query may take."""
    service.draining = True
    dispatcher.forget()
    server.close()
    service.log.event("shutting down", f"{len(dispatcher.connections)} connections")
    end = asyncio.get_running_loop().time() + service.config.timeout + service.config.limits.queue_time
    while dispatcher.connections and asyncio.get_running_loop().time() < end:
        for connection in list(dispatcher.connections):
            connection.drain()
        await asyncio.sleep(0.02)
