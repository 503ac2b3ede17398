"""SHACL validation: shapes → findings → reports.

`columns` finds, `reference` is pyshacl, `engine` chooses between them; `findings` says what a finding is,
`notices` what a verdict does not cover, `reports` writes findings down, `inputs` knows what is validated
against what.
What only some callers need is imported when it is asked for: a clean file is validated without rdflib.
"""

from typing import TYPE_CHECKING, Any

from amcc_kg.validation.engine import ENGINES, validate
from amcc_kg.validation.findings import Finding, Report, Severity
from amcc_kg.validation.inputs import validate_paths
from amcc_kg.validation.notices import Notice

if TYPE_CHECKING:
    from amcc_kg.validation.reports import FORMATS, render, to_json, to_text, to_turtle

__all__ = [
    "ENGINES",
    "FORMATS",
    "Finding",
    "Notice",
    "Report",
    "Severity",
    "render",
    "to_json",
    "to_text",
    "to_turtle",
    "validate",
    "validate_paths",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from amcc_kg.validation import reports

        return getattr(reports, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
