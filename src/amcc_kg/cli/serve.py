"""`amcc serve`: what the server is told when it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amcc_kg.cli.dataset import meant
from amcc_kg.cli.options import Repo, flag, seconds, value, whole
from amcc_kg.serving import config as settings
from amcc_kg.serving.config import Config, base_url, network

_USUAL = Config()


def serve(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="RDF files to serve instead of the repository's graph.", metavar="[FILE]..."),
    ] = None,
    host: Annotated[str, value("The address to listen on.", "ADDRESS")] = _USUAL.host,
    port: Annotated[
        int, whole("The port to listen on; 0 for any that is free.", 0, 65535, "PORT")
    ] = _USUAL.port,
    base: Annotated[
        str | None, value("The URL that the server is reached by from outside.", "URL")
    ] = _USUAL.base,
    timeout: Annotated[float, seconds("End a query after this many seconds.")] = _USUAL.timeout,
    workers: Annotated[
        int, whole("Long queries that run at once.", 1, settings.MOST_WORKERS)
    ] = _USUAL.workers,
    memory: Annotated[
        int,
        whole("Memory a query may take beyond the graph.", settings.LEAST_MEMORY, settings.MOST_MEMORY, "MB"),
    ] = _USUAL.memory,
    max_rows: Annotated[int, whole("Rows or triples that one answer may have.", 1)] = _USUAL.max_rows,
    max_bytes: Annotated[
        int, whole("Bytes that one answer may have.", settings.LEAST_BYTES)
    ] = _USUAL.max_bytes,
    watch: Annotated[
        bool, flag("Load the graph anew when its files change, as SIGHUP does.", "--watch")
    ] = False,
    trusted_proxy: Annotated[
        list[str] | None, value("A network whose forwarded headers are believed; may be repeated.", "CIDR")
    ] = None,
    quiet: Annotated[bool, flag("Do not log requests.", "--quiet", "-q")] = False,
    repo: Repo = None,
) -> None:
    """Serve until SIGTERM or SIGINT; raises `InputError` for a URL or a network that is none."""
    from amcc_kg.serving import server

    trusted = tuple(network(text) for text in trusted_proxy or ())
    limits = (timeout, workers, memory, max_rows, max_bytes)
    files_served = tuple(files or ())
    if not files_served and repo is None:
        meant(None)
    server.run(Config(files_served, repo, host, port, base_url(base), *limits, watch, trusted, quiet))
