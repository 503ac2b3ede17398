"""SHACL validation: shapes → findings → reports.

`shapes` are values, `components` what they constrain, `engine` evaluates them; `findings` says what a finding
is and where, `advice` what may help, `reports` writes findings down; `examples` try the shapes themselves,
`baseline` tells what is new, `inputs` knows what is validated against what. No command line is read here.
What only some callers need is imported when it is asked for: a clean file is validated without rdflib.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amcc_kg.validation.engine.run import ENGINES, validate
    from amcc_kg.validation.findings.findings import Finding, Report, Severity
    from amcc_kg.validation.findings.notices import Notice
    from amcc_kg.validation.inputs.inputs import validate_paths
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
    "engine.run": ("ENGINES", "validate"),
    "findings.findings": ("Finding", "Report", "Severity"),
    "inputs.inputs": ("validate_paths",),
    "findings.notices": ("Notice",),
    "reports": ("FORMATS", "render", "to_json", "to_text", "to_turtle"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
