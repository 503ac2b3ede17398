"""How a server begins: what it needs, the processes behind it, the port; in an order that is fast and safe.

Imports little, so that a process of its own loads the graph while the rest of the server is imported.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from amcc_kg.serving.config import BACKLOG
from amcc_kg.serving.workers import processes
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from amcc_kg.serving.config import Config

_MISSING = "the server needs {}, which is not installed: pip install 'amcc-kg[serve]'"
_NEEDED = ("httptools", "jinja2", "markupsafe", "prometheus_client", "uvloop", "werkzeug")


def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT, then let requests end and return.

    Raises `InputError` if the address is taken, the graph cannot be loaded, or a package is missing.
    """
    _open_standard_streams()
    with suppress(AttributeError):
        # Before the graph is there, there is nothing to load anew, and nothing to end for.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # Only looked for: importing all of it now would cost a third of the start.
    for name in _NEEDED:
        if importlib.util.find_spec(name) is None:
            raise InputError(_MISSING.format(name))
    # First, so that the processes behind the server inherit nothing, least of all the port.
    launcher = processes.launch()
    processes.order(launcher, config)
    listening = _listen(config)

    from amcc_kg.serving import server

    server.run(config, listening, launcher)


def _open_standard_streams() -> None:
    """Open what is closed of the standard streams, so that no socket comes to be taken for one of them."""
    # The system gives the lowest number that is free.
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
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
