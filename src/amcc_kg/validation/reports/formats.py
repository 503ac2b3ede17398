"""The formats of reports by name: each is a function from a `Report` to a text, or to its pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module

from amcc_kg.terms.errors import InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation.findings.report import Report

_WRITERS = {
    "text": "text.write",
    "turtle": "rdf.turtle_report",
    "json-ld": "rdf.jsonld_report",
    "json": "programs.json_report",
    "csv": "programs.csv_report",
    "sarif": "programs.sarif",
    "junit": "programs.junit",
    "github": "programs.github",
    "gitlab": "programs.gitlab",
    "html": "pages.html_report",
    "markdown": "pages.markdown",
}
FORMATS = tuple(_WRITERS)
"""The names of the formats."""


def render(report: Report, format_: str) -> str:
    """Return the report in one of `FORMATS`; raises `InputError` for any other."""
    return "".join(pieces(report, format_))


def pieces(report: Report, format_: str) -> Iterable[str]:
    """Return the same in pieces, which may come one after another."""
    if format_ not in _WRITERS:
        raise InputError(
            f"unknown format {format_!r}; one of {', '.join(FORMATS)}{nearest(format_, FORMATS)}"
        )
    module, _, name = _WRITERS[format_].partition(".")
    writer: Callable[[Report], str | Iterable[str]] = getattr(import_module(f"{__package__}.{module}"), name)
    written = writer(report)
    return (written,) if isinstance(written, str) else written
