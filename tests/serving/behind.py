"""A server that is told what it is called from outside: it then prints that and not where it listens."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from live import Server, settles

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


class Named(Server):
    """`amcc serve --base URL` with further options over the repository that the tests stand in."""

    def __init__(self, base: str, *options: str) -> None:
        self.address = ("127.0.0.1", free_port())
        self.url = base
        command = [sys.executable, "-m", "amcc_kg", "serve", "--quiet", "--base", base, *options]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.address[1])], cwd=HERE, stdout=subprocess.DEVNULL
        )


@contextmanager
def named(base: str, *options: str) -> Iterator[Server]:
    """Run a server under that base until the block is left."""
    server = Named(base, *options)
    try:
        assert settles(lambda: answers(server), 15)
        yield server
    finally:
        server.process.terminate()
        server.process.wait(20)


def answers(server: Server) -> bool:
    """Tell whether the server answers yet."""
    try:
        return server.get("/readyz", timeout=1).status == 200
    except OSError:
        return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
