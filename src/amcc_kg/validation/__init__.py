"""SHACL validation: shapes → findings → reports.

`engine` finds, `findings` says what a finding is, `reports` writes findings down, `inputs` knows what is
validated against what. The engine may change without the others noticing.
"""

from amcc_kg.validation.engine import validate
from amcc_kg.validation.findings import Finding, Report, Severity
from amcc_kg.validation.inputs import validate_paths
from amcc_kg.validation.reports import FORMATS, render, to_json, to_text, to_turtle

__all__ = [
    "FORMATS",
    "Finding",
    "Report",
    "Severity",
    "render",
    "to_json",
    "to_text",
    "to_turtle",
    "validate",
    "validate_paths",
]
