"""Processes behind the server: how they are started and spoken to, and that they end with who started them.

A process is started afresh and never forked from the server, so that it has nothing of the server's. What is
said to it and by it are messages: two lengths, a head of JSON, a body of bytes.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from amcc_kg.serving.config import Config
from amcc_kg.terms.errors import InputError

_LENGTHS = struct.Struct(">II")
PID = struct.Struct(">I")
ORDER = b"w"
TOO_MUCH = "the answer needs more memory than a query may take; ask for less, for example with LIMIT"
# The module that knows all tasks; it lies above this room and is run by its name.
_ZYGOTE = "amcc_kg.serving.answers.table"
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of linux/prctl.h


@dataclass(frozen=True, slots=True)
class Zygote:
    """A process that loads a graph and forks workers, and the socket that it is spoken to over."""

    process: subprocess.Popen[bytes]
    control: socket.socket

    def end(self) -> None:
        """End it and its workers; whoever calls this waits for `process` at some time."""
        self.control.close()
        self.process.kill()


def pack(head: dict[str, Any], body: bytes = b"") -> bytes:
    """Return a message as bytes."""
    encoded = json.dumps(head).encode()
    return b"".join((_LENGTHS.pack(len(encoded), len(body)), encoded, body))


def read(connection: socket.socket) -> tuple[dict[str, Any], bytes] | None:
    """Wait for a message and return it, None if the other end has gone; one at a time."""
    frames = Frames()
    with suppress(ConnectionError):
        while piece := connection.recv(1 << 20):
            if message := frames.feed(piece):
                return message
    return None


class Frames:
    """Puts messages together from whatever pieces of them arrive."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, piece: bytes) -> tuple[dict[str, Any], bytes] | None:
        """Take a piece and return the message that it completes, None if it does not; one at a time."""
        self._held += piece
        if len(self._held) < _LENGTHS.size:
            return None
        head, body = _LENGTHS.unpack_from(self._held)
        body_at = _LENGTHS.size + head
        if len(self._held) < body_at + body:
            return None
        whole, self._held = self._held, bytearray()
        return json.loads(whole[_LENGTHS.size : body_at]), bytes(memoryview(whole)[body_at:])


def command(module: str, *arguments: str) -> list[str]:
    """Return how a module is run as a process that is told who its parent is."""
    # Without the folder that it happens to be started in.
    return [sys.executable, "-P", "-m", module, str(os.getpid()), *arguments]


def environment() -> dict[str, str]:
    """Return the environment in which a process finds the modules that this one finds."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def start(config: Config) -> Zygote:
    """Start a process that loads the graph; raises `InputError` if the system has no room for it.

    Its parent is the thread that calls this, and it ends with that.
    """
    spec = {
        "files": [str(path.resolve()) for path in config.files],
        "repo": None if config.repo is None else str(config.repo.resolve()),
        "memory": config.memory,
    }
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(
                command(_ZYGOTE, str(theirs.fileno())),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment(),
                pass_fds=(theirs.fileno(),),
                # A group, because what a terminal sends is for the server, which ends these processes itself;
                # of the server's session, because the system then wakes what is stopped in it when the
                # server is gone, and whoever wakes sees that (POSIX, orphaned process groups).
                process_group=0,
            )
        except OSError as error:
            ours.close()
            raise InputError(f"the process that loads the graph cannot be started: {error}") from error
    with suppress(OSError):
        # If it has ended already, its end is noticed where its answer is read.
        ours.sendall(pack(spec))
    return Zygote(process, ours)


def end_with(parent: int) -> None:
    """Have the system end this process when its parent ends, however that ends, and whatever this one does.

    Where the system cannot, a process ends when it next reads from the server that is gone.
    """
    # A service that may not make memory executable may have no ctypes.
    with suppress(ImportError, MemoryError, OSError, AttributeError):
        import ctypes  # which the server itself does without

        ctypes.CDLL(None, use_errno=True).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
