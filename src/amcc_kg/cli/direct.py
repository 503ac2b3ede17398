"""A quick reading of the commonest calls: `amcc query …` and `amcc explain …`, every word as it should be.

Loading what gives help, completion and good complaints takes longer than answering. So a call that needs
none of them is read here; anything unusual, and every mistake, is left to `amcc_kg.cli.app`, whose word is
final. A test holds the two to the same options.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amcc_kg.cli.explain import Call as ExplainCall
    from amcc_kg.cli.query import Call

VALUED = ("--parameter", "-p", "--format", "--limit", "--timeout", "--endpoint", "--output")
FLAGS = ("--no-inference", "--evidence", "--because")
EXPLAIN_VALUED = ("--bound", "--format", "--output")
EXPLAIN_FLAGS = ("--all",)
_REPEATED = ("--parameter", "-p")


def read(arguments: list[str]) -> Call | None:
    """Return the call of `query` that the arguments are, None where the full reader has to look at them."""
    if arguments[:1] != ["query"] or "_AMCC_COMPLETE" in os.environ:
        return None
    found = _sorted_out(arguments[1:], VALUED, FLAGS)
    return _call(*found) if found else None


def read_explain(arguments: list[str]) -> ExplainCall | None:
    """Return the call of `explain` that the arguments are, as `read` does."""
    if arguments[:1] != ["explain"] or "_AMCC_COMPLETE" in os.environ:
        return None
    found = _sorted_out(arguments[1:], EXPLAIN_VALUED, EXPLAIN_FLAGS)
    if not found or len(found[0]) != 3:
        return None
    (subject, predicate, object_), _, options = found
    from pathlib import Path

    from amcc_kg.cli.explain import Call
    from amcc_kg.explain.explanation import FORMATS

    bound, format = options.get("--bound", "12"), options.get("--format", "text")
    if format not in FORMATS or not (bound.isascii() and bound.isdigit() and int(bound) > 0):
        return None
    output = options.get("--output")
    every = "--all" in options
    place = None if output is None else Path(output)
    return Call(subject, predicate, object_, every, int(bound), format, place)


def _sorted_out(
    arguments: list[str], valued: tuple[str, ...], flags: tuple[str, ...]
) -> tuple[list[str], list[str], dict[str, str]] | None:
    """Return plain words, parameters and options; None for what is not quite as it should be."""
    words: list[str] = []
    parameters: list[str] = []
    options: dict[str, str] = {}
    rest = iter(arguments)
    for word in rest:
        name, joined, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            words.append(word)
        elif word in flags and word not in options:
            options[word] = ""
        elif name in valued and (not joined or name.startswith("--")):
            given = value if joined else next(rest, None)
            if given is None or name in options:
                return None
            if name in _REPEATED:
                parameters.append(given)
            else:
                options[name] = given
        else:
            return None
    return words, parameters, options


def _call(words: list[str], parameters: list[str], options: dict[str, str]) -> Call | None:
    from amcc_kg.cli.arguments import LONGEST
    from amcc_kg.cli.query import Call
    from amcc_kg.graph.formats import FORMATS

    limit, timeout, output = (options.get(name) for name in ("--limit", "--timeout", "--output"))
    try:
        rows = None if limit is None else int(limit)
        seconds = None if timeout is None else float(timeout)
    except ValueError:
        return None
    format = options.get("--format")
    good = len(words) == 1 and (format is None or format in FORMATS) and (rows is None or rows >= 0)
    if not good or not (seconds is None or 0.001 <= seconds <= LONGEST):
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
