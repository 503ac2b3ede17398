"""The words of a command line, sorted into plain ones and the values of options, without what gives help."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST = 86_400
"""Seconds that anything may be asked to take at most."""


def seconds(value: float | None) -> float | None:
    """Return the seconds that an option was given; complains of what is no number, which no bound holds."""
    if value is not None and value != value:
        from typer import BadParameter

        raise BadParameter("nan is not a number.")
    return value


def sorted_out(
    arguments: list[str], repeated: Collection[str], valued: Collection[str], flags: Collection[str]
) -> tuple[list[str], dict[str, list[str]]] | None:
    """Return the plain words, and the values of each option; None for what is not quite as it should be.

    An option of `repeated` may come more than once, one of `valued` once; one of `flags` has no value.
    """
    words: list[str] = []
    options: dict[str, list[str]] = {}
    rest = iter(arguments)
    for word in rest:
        name, joined, value = word.partition("=")
        if not word.startswith("-"):
            words.append(word)
        elif word in flags:
            options[word] = []
        elif name in repeated or (name in valued and name not in options):
            given = value if joined else next(rest, "")
            if not given or given.startswith("-"):
                return None
            options.setdefault(name, []).append(given)
        else:
            return None
    return words, options
