"""A quick reading of `amcc validate …`, every word as it should be, as `amcc_kg.cli.direct` reads queries.

Help, completion, complaints and whatever is unusual are left to `amcc_kg.cli.app`, whose word is final. A
test holds the two to the same options and the same calls.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from amcc_kg.cli.arguments import sorted_out

if TYPE_CHECKING:
    from amcc_kg.cli.validate import Call

REPEATED = ("--shapes", "--ontology", "--format")
VALUED = (
    "--baseline",
    "--changed",
    "--engine",
    "--explain",
    "--jobs",
    "--max-findings",
    "--output",
    "--severity-threshold",
)
FLAGS = ("--strict", "--write-baseline")
LEFT = ("--syntax", "--watch")
"""The options of the full reader that are left to it."""

LEAST = ("info", "warning", "violation")


def read(arguments: list[str]) -> Call | None:
    """Return the call that the arguments are, None where the full reader has to look at them."""
    if arguments[:1] != ["validate"] or "_AMCC_COMPLETE" in os.environ:
        return None
    found = sorted_out(filled_in(arguments[1:]), REPEATED, VALUED, FLAGS)
    if found is None:
        return None
    words, options = found

    def one(name: str) -> str | None:
        return options[name][0] if name in options else None

    least, engine = one("--severity-threshold") or "info", one("--engine") or "columns"
    numbers = [one("--jobs") or "1", one("--max-findings") or "0"]
    if not all(number.isascii() and number.isdigit() for number in numbers) or int(numbers[0]) < 1:
        return None

    from pathlib import Path

    from amcc_kg.cli.validate import Call
    from amcc_kg.validation.engine.run import ENGINES

    if least not in LEAST or engine not in ENGINES:
        return None
    output, baseline = one("--output"), one("--baseline")
    return Call(
        paths=tuple(map(Path, words)),
        shapes=tuple(options.get("--shapes", ())),
        ontology=tuple(map(Path, options.get("--ontology", ()))),
        formats=tuple(options.get("--format", ())),
        output=None if output is None else Path(output),
        least=least,
        most=int(numbers[1]) if "--max-findings" in options else None,
        baseline=None if baseline is None else Path(baseline),
        write_baseline="--write-baseline" in options,
        changed=one("--changed"),
        explain=one("--explain"),
        engine=engine,
        strict="--strict" in options,
        jobs=int(numbers[0]),
    )


def filled_in(arguments: list[str]) -> list[str]:
    """Return the arguments with the revision that `--changed` means where it names none."""
    return [
        "--changed=HEAD" if word == "--changed" and after.startswith("-") else word
        for word, after in zip(arguments, [*arguments[1:], "-"], strict=False)
    ]
