"""A quick reading of the commonest call: `amcc query …` with every word as it should be.

Loading what gives help, completion and good complaints takes longer than answering. So a call that needs
none of them is read here; anything unusual, and every mistake, is left to `amcc_kg.cli`, whose word is final.
A test holds the two to the same options.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amcc_kg.asking import Call

VALUED = ("--parameter", "-p", "--format", "--limit", "--timeout", "--endpoint", "--output")
FLAGS = ("--no-inference", "--evidence", "--because")


def read(arguments: list[str]) -> Call | None:
    """Return the call that the arguments are, None where the full reader has to look at them."""
    if arguments[:1] != ["query"] or "_AMCC_COMPLETE" in os.environ:
        return None
    words: list[str] = []
    parameters: list[str] = []
    options: dict[str, str] = {}
    rest = iter(arguments[1:])
    for word in rest:
        name, joined, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            words.append(word)
        elif word in FLAGS and word not in options:
            options[word] = ""
        elif name in VALUED and (not joined or name.startswith("--")):
            given = value if joined else next(rest, None)
            if given is None or name in options:
                return None
            if name in ("--parameter", "-p"):
                parameters.append(given)
            else:
                options[name] = given
        else:
            return None
    return _call(words, parameters, options)


def _call(words: list[str], parameters: list[str], options: dict[str, str]) -> Call | None:
    from amcc_kg.asking import Call
    from amcc_kg.formats import FORMATS

    limit, timeout, output = (options.get(name) for name in ("--limit", "--timeout", "--output"))
    try:
        rows = None if limit is None else int(limit)
        seconds = None if timeout is None else float(timeout)
    except ValueError:
        return None
    format = options.get("--format")
    good = len(words) == 1 and (format is None or format in FORMATS) and (rows is None or rows >= 0)
    if not good or not (seconds is None or 0.001 <= seconds < float("inf")):
        return None
    from pathlib import Path

    return Call(
        words[0],
        tuple(parameters),
        format,
        "--no-inference" not in options,
        "--evidence" in options,
        "--because" in options,
        rows,
        seconds,
        options.get("--endpoint"),
        None if output is None else Path(output),
    )
