"""What a server is told when it starts, and the limits it holds strangers to.

Knows numbers and their units, and the variables of the environment that stand for options; nothing of how
limits are enforced.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from amcc_kg.terms.bounds import LONGEST, SHORTEST
from amcc_kg.terms.errors import InputError

Network = IPv4Network | IPv6Network
# Connections that the system holds until the server takes them.
BACKLOG = 2048
# The bounds of what options may say.
MOST_WORKERS = 256
LEAST_MEMORY, MOST_MEMORY = 16, 1 << 20
LEAST_BYTES = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take; sizes in bytes, times in seconds."""

    url: int = 16 << 10  # the request target
    head: int = 32 << 10  # request line and headers together
    body: int = 1 << 20  # the request body
    bodies: int = 64 << 20  # request bodies in memory, all clients together; a quarter of it one client's
    head_time: float = 10  # from the first byte of a request (or the connection) to the end of its headers
    body_time: float = 30  # from the end of the headers to the end of the body
    idle_time: float = 60  # between two requests on a connection that is kept open
    write_time: float = 30  # for the client to take an answer, on top of its length at `write_rate`
    write_rate: int = 64 << 10  # bytes a second
    connections: int = 4000  # open at once, all clients together
    client_connections: int = 256  # of one client; a trusted peer may open as many as all together
    pipelined: int = 64  # requests sent ahead on one connection
    unsent: int = 256 << 20  # answers that all clients together have asked for and not yet taken
    queue: int = 64  # queries waiting for a worker
    queue_time: float = 5  # how long a query may wait
    share: int = 16  # queries of one client that run or wait
    facts: int = 4 << 20  # what is kept of answers that are no longer in memory, so that a 304 can be given
    cache: int = 64 << 20  # encoded answers kept in memory


@dataclass(frozen=True, slots=True)
class Config:
    """What to serve, where, and within which limits."""

    files: tuple[Path, ...] = ()  # RDF files to serve instead of a repository's graph
    repo: Path | None = None  # the repository's folder, None for the one around or installed
    host: str = "127.0.0.1"  # the address to listen on
    port: int = 8080  # the port to listen on, 0 for any that is free
    base: str | None = None  # the URL that the server is reached by from outside, None to believe the request
    timeout: float = 10  # seconds a query may take
    workers: int = 2  # queries of one client that run at once; one process more is kept for others
    memory: int = 1024  # megabytes a query may take beyond the graph
    max_rows: int = 500_000  # rows or triples of one answer
    max_bytes: int = 64 << 20  # bytes of one answer
    watch: bool = False  # whether to load the graph anew when its files change
    trusted: tuple[Network, ...] = ()  # peers whose forwarded headers are believed
    quiet: bool = False  # whether to leave out the log of requests
    limits: Limits = field(default_factory=Limits)


def base_url(text: str | None) -> str | None:
    """Return a server's URL with a slash at its end; raises `InputError` if it is none."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        # The port is read only here, and raises if it is none.
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    # Also where nothing follows them: what is added to a base would become part of it.
    if not good or "?" in text or "#" in text:
        raise InputError(f"--base {text}: expected a URL such as https://example.org/kg/")
    if not text.isascii() or not text.isprintable() or any(c in text for c in ' "<>\\^`{|}'):
        raise InputError(f"--base {text}: a URL has no such characters; encode them")
    return text if text.endswith("/") else f"{text}/"


def network(text: str) -> Network:
    """Return a network of peers, such as 10.0.0.0/8; raises `InputError` if it is none."""
    try:
        return ip_network(text)
    except ValueError as error:
        raise InputError(f"--trusted-proxy {text}: {error}") from error


def _number(kind: type[int] | type[float], least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        number = kind(text)
        if not least <= number <= most:
            raise ValueError(f"expected a number from {least:g} to {most:g}")
        return number

    return read


def _is_set(text: str) -> bool:
    found = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower())
    if found is None:
        raise ValueError("expected true or false")
    return found


# What a variable of the environment sets, and how its text is read.
VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "AMCC_FILES": ("files", lambda text: tuple(map(Path, text.split(os.pathsep)))),
    "AMCC_REPO": ("repo", Path),
    "AMCC_BASE": ("base", base_url),
    "AMCC_TIMEOUT": ("timeout", _number(float, SHORTEST, LONGEST)),
    "AMCC_WORKERS": ("workers", _number(int, 1, MOST_WORKERS)),
    "AMCC_MEMORY": ("memory", _number(int, LEAST_MEMORY, MOST_MEMORY)),
    "AMCC_MAX_ROWS": ("max_rows", _number(int, 1, 1 << 60)),
    "AMCC_MAX_BYTES": ("max_bytes", _number(int, LEAST_BYTES, 1 << 60)),
    "AMCC_WATCH": ("watch", _is_set),
    "AMCC_TRUSTED_PROXY": ("trusted", lambda text: tuple(map(network, text.replace(",", " ").split()))),
    "AMCC_QUIET": ("quiet", _is_set),
}


def of_environment(variables: Mapping[str, str] | None = None) -> Config:
    """Return what `VARIABLES` say, empty ones as if not set; raises `InputError` naming a wrong one."""
    given = os.environ if variables is None else variables
    found = {}
    for name, (option, read) in VARIABLES.items():
        if text := given.get(name, ""):
            try:
                found[option] = read(text)
            except (ValueError, InputError) as error:
                raise InputError(f"{name}={text}: {error}") from error
    return Config(**found)
