"""The words of `amcc serve`: its options, checked and made into a configuration.

Imported to show help, so nothing heavy is imported here; the server itself is loaded when it starts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amcc_kg.cli import arguments


def serve(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="RDF files to serve instead of the repository's graph.", metavar="[FILE]..."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port to listen on; 0 for any that is free.", min=0, max=65535)
    ] = 8080,
    base: Annotated[
        str | None, typer.Option(help="The URL that the server is reached by from outside.", metavar="URL")
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            help="End a query after this many seconds.",
            min=0.001,
            max=arguments.LONGEST,
            metavar="SECONDS",
            callback=arguments.seconds,
        ),
    ] = 10,
    workers: Annotated[int, typer.Option(help="Long queries that run at once.", min=1, max=256)] = 2,
    memory: Annotated[
        int, typer.Option(help="Memory a query may take beyond the graph.", min=16, max=1 << 20, metavar="MB")
    ] = 1024,
    max_rows: Annotated[
        int, typer.Option(help="Rows or triples that one answer may have.", min=1, metavar="N")
    ] = 500_000,
    max_bytes: Annotated[int, typer.Option(help="Bytes that one answer may have.", min=1000, metavar="N")] = (
        64 << 20
    ),
    watch: Annotated[
        bool, typer.Option("--watch", help="Load the graph anew when its files change, as SIGHUP does.")
    ] = False,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(help="A network whose forwarded headers are believed; may be repeated.", metavar="CIDR"),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not log requests.")] = False,
) -> None:
    """Serve the graph: a SPARQL endpoint, linked data and web pages on one port.

    Example: amcc serve --port 8080
    """
    from amcc_kg.serving import start
    from amcc_kg.serving.config import Config, base_url, network

    repo = context.obj
    start.run(
        Config(
            tuple(files or ()),
            repo if isinstance(repo, Path) else None,
            host,
            port,
            base_url(base),
            timeout,
            workers,
            memory,
            max_rows,
            max_bytes,
            watch,
            tuple(network(text) for text in trusted_proxy or ()),
            quiet,
        )
    )
