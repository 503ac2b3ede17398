"""What a long validation is doing, in one line at the terminal that is gone before the results are written.

Nothing is shown within the first second, nor where standard error is no terminal. A timer paints the line, so
that the work itself does no more than note where it is.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class _Work:
    doing = ""


def step(what: str, number: int, total: int) -> None:
    """Note that the work has come to a part of it, counted from 1."""
    _Work.doing = f"{what} {min(number, total):,} of {total:,}"


@contextmanager
def shown() -> Iterator[None]:
    """Show what the work inside is doing, if it takes long and somebody looks."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or not hasattr(signal, "setitimer"):
        yield
        return
    painted = False

    def paint(*_: object) -> None:
        nonlocal painted
        # Written past all buffers, as the work may be in the midst of writing something itself.
        with suppress(OSError):
            width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            os.write(sys.stderr.fileno(), f"\r{_Work.doing[: width - 1]}\x1b[K".encode())
            painted = True

    _Work.doing = ""
    try:
        before = signal.signal(signal.SIGALRM, paint)
    except ValueError:  # only the main thread may be told of the time
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, 1.0, 0.1)  # seconds until it first paints, and from then on
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if painted:
            with suppress(OSError):
                os.write(sys.stderr.fileno(), b"\r\x1b[K")
