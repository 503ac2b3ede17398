"""Where the process starts and ends, and errors become a line of text and an exit code."""

from __future__ import annotations

import gc
import os
import sys

from amcc_kg.terms.errors import AmccError, InconsistentError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line with these arguments, `sys.argv` if none are given, and return the exit code.

    0: it holds or was answered; 1: it does not hold; 2: the input or the call is wrong.
    """
    # A short-lived process: what the collector would find is freed at the end anyway.
    gc.disable()
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = _run(given)
        if arguments is None and given[:1] == ["validate"]:
            _leave(code)
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
    except Exception as error:
        if os.environ.get("AMCC_DEBUG"):
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return _complain(
            f"an error of this program, please report it: {reason} (AMCC_DEBUG=1 shows where)", 2
        )


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["validate"]:
        from amcc_kg.cli import validate_direct as validating

        if (validation := validating.read(arguments)) is not None:
            from amcc_kg.cli import validate

            return validate.answer(validation)
    from amcc_kg.cli import direct

    if call := direct.read(arguments):
        from amcc_kg.cli import query

        query.answer(call)
        return 0
    if explanation := direct.read_explain(arguments):
        from amcc_kg.cli import explain

        return explain.answer(explanation)
    if arguments[:1] == ["serve"]:
        from amcc_kg.cli import serve_direct as serving_direct

        if (config := serving_direct.read(arguments)) is not None:
            from amcc_kg.serving import start

            start.run(config)
            return 0
    from amcc_kg.cli import app

    code = app.run(arguments)
    sys.stdout.flush()
    return code


def _leave(code: int) -> None:
    """End the process as it stands: to give back a large graph term by term takes a tenth of a run."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _complain(message: str, code: int) -> int:
    print(f"error: {' '.join(message.splitlines())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
