"""The server as an ASGI application: `amcc_kg.serving.app:app`, for any server that speaks ASGI.

To import it reads nothing; it opens the graph when its server starts it, as variables of the environment or
a configuration say. SIGHUP has it load the graph anew. Knows the order in which things begin and end; nothing
of requests or of the protocol.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from amcc_kg.repository import files
from amcc_kg.serving import config as settings
from amcc_kg.serving.config import Config
from amcc_kg.serving.exchange import Exchanges, unrouted
from amcc_kg.serving.routes import ROUTES
from amcc_kg.serving.service import Service
from amcc_kg.serving.workers.processes import Zygote
from amcc_kg.terms.errors import AmccError


def create_app(config: Config | None = None, zygote: Zygote | None = None) -> Starlette:
    """Return an application; without a configuration, variables of the environment say what it serves.

    `zygote` is the process that loads the graph, if it has been started already; see
    `amcc_kg.serving.config.VARIABLES` for the variables. When the application is started and its graph cannot
    be loaded, `state.failure` is the reason.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        with ExitStack() as ending:
            try:
                service = app.state.service = Service(config or settings.of_environment())
                ending.callback(service.close)
                await service.load(zygote)
            except Exception as error:  # raised again: it is kept because uvicorn only logs it
                app.state.failure = error
                raise
            gc.freeze()
            service.log.gather()
            asked, loop = asyncio.Event(), asyncio.get_running_loop()
            # Where signals are another's, or there are none of this kind, nothing asks.
            with suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(signal.SIGHUP, asked.set)
            ending.callback(loop.create_task(_reload(service, asked)).cancel)
            if service.config.watch:
                ending.callback(loop.create_task(_watch(service, asked)).cancel)
            yield {"connections": service.connections}

    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(Exchanges)],
        exception_handlers={HTTPException: unrouted},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


async def _reload(service: Service, asked: asyncio.Event) -> None:
    while True:
        await asked.wait()
        asked.clear()
        try:
            await service.load()
        except AmccError as error:
            service.log.event("graph not loaded", str(error))


async def _watch(service: Service, asked: asyncio.Event) -> None:
    seen = await asyncio.to_thread(_stamps, service.config)
    while True:
        await asyncio.sleep(1.0)
        now = await asyncio.to_thread(_stamps, service.config)
        if now != seen:
            seen = now
            asked.set()


def _stamps(config: Config) -> dict[Path, tuple[int, int]]:
    """Return when each file that the graph is made of was last changed, and its size."""
    found: dict[Path, tuple[int, int]] = {}
    with suppress(AmccError, OSError):
        for path in config.files or files.find(config.repo).input_files:
            with suppress(OSError):
                status = path.stat()
                found[path] = status.st_mtime_ns, status.st_size
    return found


app = create_app()
