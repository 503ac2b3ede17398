"""Where the process starts and ends, and errors become a line of text and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

from amcc_kg.terms.errors import AmccError, InconsistentError

# What the system says where output has no room, or nowhere to go.
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line with these arguments, `sys.argv` if none are given, and return the exit code.

    0: it holds or was answered; 1: it does not hold; 2: the input or the call is wrong.
    """
    _open_closed_streams()
    try:
        # Here, so that Ctrl-C is answered alike while it is loaded.
        from amcc_kg.cli import app

        code = app.run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return code
    except AmccError as error:
        code = _complain(str(error), error.exit_code)
        if isinstance(error, InconsistentError) and error.explanation:
            print(f"\n{error.explanation}", end="", file=sys.stderr)
        return code
    except BrokenPipeError:
        # The reader has gone (`| head`); what is still buffered must not raise again at exit.
        _discard_output()
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE:
            return _own(error)
        _discard_output()
        reason = "it is closed" if error.errno == errno.EBADF else error.strerror
        return _complain(f"standard output cannot be written: {reason}", 2)
    except Exception as error:  # no traceback ever reaches a user
        return _own(error)


def _own(error: Exception) -> int:
    """Complain of an error that nobody foresaw, or let it through to whoever looks for its place."""
    if os.environ.get("AMCC_DEBUG"):
        raise error
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return _complain(f"an error of this program, please report it: {reason} (AMCC_DEBUG=1 shows where)", 2)


def _complain(message: str, code: int) -> int:
    with suppress(OSError):  # where nobody can be told
        print(f"error: {' '.join(message.splitlines())}", file=sys.stderr, flush=True)
    return code


def _open_closed_streams() -> None:
    """Let output that is closed be one that refuses what is written to it, and complaints go nowhere."""
    if sys.stdin is None:
        _nowhere(os.O_RDONLY)  # so that the next does not take its number
    if sys.stdout is None:
        sys.stdout = os.fdopen(_nowhere(os.O_RDONLY), "w")
    if sys.stderr is None:  # what is printed to None would go to standard output
        sys.stderr = os.fdopen(_nowhere(os.O_WRONLY), "w")


def _nowhere(flags: int) -> int:
    handle = os.open(os.devnull, flags)
    os.set_inheritable(handle, True)  # as all standard streams are
    return handle


def _discard_output() -> None:
    """Let what is still buffered go nowhere, so that it does not raise again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
