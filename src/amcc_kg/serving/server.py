"""The application run by uvicorn: what it needs, its port, the signals that end it.

Imports little before the process that loads the graph is at work, so that the rest is imported meanwhile.
"""

from __future__ import annotations

import fcntl
import gc
import importlib.util
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from amcc_kg.serving.config import BACKLOG, Config
from amcc_kg.serving.workers import processes
from amcc_kg.terms.errors import InputError

_NEEDED = "httptools jinja2 markupsafe prometheus_client starlette uvicorn uvloop werkzeug"


def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT, then let requests end and return.

    Raises `InputError` if the address is taken, the graph cannot be loaded, or a package is missing.
    """
    _open_standard_streams()
    with suppress(AttributeError):
        # Before the graph is there, there is nothing to load anew, and nothing to end for.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for name in _NEEDED.split():
        if importlib.util.find_spec(name) is None:
            raise InputError(f"the server needs {name}, which is not installed: pip install 'amcc-kg[serve]'")
    listening = _listen(config)
    config = replace(config, port=listening.getsockname()[1])
    zygote = processes.start(config)
    try:
        _serve(config, listening, zygote)
    finally:
        zygote.end()
        zygote.process.wait()


def _serve(config: Config, listening: socket.socket, zygote: processes.Zygote) -> None:
    import asyncio

    import uvicorn

    from amcc_kg.serving.app import create_app
    from amcc_kg.serving.http.protocol import Protocol

    app = create_app(config, zygote)
    gc.enable()
    _more_files(config)

    class Server(uvicorn.Server):
        """uvicorn, which says where it serves when it does, and ends as if nothing had happened."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            try:
                await super().startup(sockets)
            except SystemExit as error:
                raise app.state.failure from error
            host = f"[{config.host}]" if ":" in config.host else config.host
            base = config.base or f"http://{host}:{config.port}/"
            # Whoever has read the addresses may ask, or send SIGHUP, at once.
            with suppress(OSError):
                print(f"pages and linked data: {base}\nSPARQL endpoint: {base}sparql", flush=True)

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            task = asyncio.current_task()

            def end() -> None:
                self.should_exit = True
                if not self.started and task is not None:
                    task.cancel()

            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, end)
            yield

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.service.log.event("shutting down", f"{len(self.server_state.connections)} connections")
            await super().shutdown(sockets)

    options = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        loop="uvloop",
        lifespan="on",
        log_config=None,
        # Its own words are for nobody: the application has a log.
        log_level=60,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=round(config.timeout + config.limits.queue_time),
    )
    with suppress(asyncio.CancelledError):
        Server(options).run(sockets=[listening])


def _more_files(config: Config) -> None:
    """Allow as many open connections as the configuration does, if the system lets us."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = config.limits.connections + 200
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def _open_standard_streams() -> None:
    """Open what is closed of the standard streams, so that no socket comes to be taken for one of them."""
    # The system gives the lowest number that is free.
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        # The processes behind the server have these too.
        os.set_inheritable(handle, True)
    # Output that refuses what is written to it stands for closed output; a server goes on without.
    if fcntl.fcntl(1, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        os.dup2(handle, 1)
    os.close(handle)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))


def _listen(config: Config) -> socket.socket:
    try:
        found = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # Now, because two may bind one port, but only one of them can listen to it. Whoever connects before
        # the server is ready waits.
        listening.listen(BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot listen on {config.host} port {config.port}: {reason}") from error
    return listening
