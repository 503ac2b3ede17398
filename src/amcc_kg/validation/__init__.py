"""SHACL validation: shapes → findings → reports.

`columns` finds, `reference` is pyshacl, `engine` chooses between them; `findings` says what a finding is,
`notices` what a verdict does not cover, `reports` writes findings down, `inputs` knows what is validated
against what.
What only some callers need is imported when it is asked for: a clean file is validated without rdflib.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amcc_kg.validation.engine import ENGINES, validate
    from amcc_kg.validation.findings import Finding, Report, Severity
    from amcc_kg.validation.inputs import validate_paths
    from amcc_kg.validation.notices import Notice
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
_MODULES = {
    "engine": ("ENGINES", "validate"),
    "findings": ("Finding", "Report", "Severity"),
    "inputs": ("validate_paths",),
    "notices": ("Notice",),
    "reports": ("FORMATS", "render", "to_json", "to_text", "to_turtle"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
