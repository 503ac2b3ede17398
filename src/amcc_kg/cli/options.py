"""Kinds of options that several verbs have: how each is read, shown, complained of and completed."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from pathlib import Path
from typing import Annotated, Any

import typer

from amcc_kg.terms.bounds import LONGEST, SHORTEST
from amcc_kg.terms.spelling import nearest


def value(about: str, metavar: str, *names: str, **more: Any) -> Any:
    """Return an option that takes a text or a path, spelt as its parameter where it has no other names."""
    return typer.Option(*names, metavar=metavar, help=about, **more)


def flag(about: str, *names: str) -> Any:
    """Return an option that is given or not; its names have to be told, as it is given no `--no-` one."""
    return typer.Option(*names, help=about)


def choice(names: Iterable[str], about: str, kind: Any = typer.Option) -> Any:
    """Return an option, or an argument, that takes one of a few names."""
    known = tuple(map(str, names))

    def read(text: str) -> str:
        if text not in known:
            among = ", ".join(map(repr, known))
            raise typer.BadParameter(f"{text!r} is not one of {among}{nearest(text, known)}")
        return text

    def complete(incomplete: str) -> list[str]:
        return [name for name in known if name.startswith(incomplete)]

    return kind(parser=read, metavar=f"<{'|'.join(known)}>", autocompletion=complete, help=about)


def whole(about: str, least: int, most: float = inf, metavar: str = "N") -> Any:
    """Return an option that takes a whole number within bounds, which belong to it."""
    return _number(about, int, least, most, metavar)


def seconds(about: str) -> Any:
    """Return an option that takes a time, from a millisecond to a day."""
    return _number(about, float, SHORTEST, LONGEST, "SECONDS")


def _number(about: str, kind: type[int] | type[float], least: float, most: float, metavar: str) -> Any:
    bounds = f"{least} or more" if most == inf else f"{least} to {most}"

    def read(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not a {'whole ' * (kind is int)}number") from None
        if not least <= number <= most:  # nan is within no bounds
            raise typer.BadParameter(f"{text} is not in the range of {bounds}")
        return number

    return typer.Option(parser=read, metavar=metavar, help=f"{about}  [{bounds}]")


def _repo(context: typer.Context, folder: Path | None) -> Path | None:
    """Return the folder given here, else the one given before the verb."""
    return folder or context.find_root().params.get("repo")


Repo = Annotated[
    Path | None,
    value("Use the repository in this folder instead of the one around or installed.", "DIR", callback=_repo),
]
"""Given before the verb and after it, the folder after it counts."""

Output = Annotated[Path | None, value("Write to this file instead of standard output.", "FILE")]
