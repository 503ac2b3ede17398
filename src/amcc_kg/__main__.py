"""Where the process starts and ends, and errors become a line of text and an exit code."""

from __future__ import annotations

import os
import sys

from amcc_kg.terms.errors import AmccError, InconsistentError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line with these arguments, `sys.argv` if none are given, and return the exit code.

    0: it holds or was answered; 1: it does not hold; 2: the input or the call is wrong.
    """
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # no traceback ever reaches a user
        if os.environ.get("AMCC_DEBUG"):
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return _complain(
            f"an error of this program, please report it: {reason} (AMCC_DEBUG=1 shows where)", 2
        )


def _complain(message: str, code: int) -> int:
    print(f"error: {' '.join(message.splitlines())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
