"""SHACL validation: shapes → findings → reports.

`shapes` are values, `engine` evaluates them by what `components` constrain; `findings` says what a finding is
and where, `advice` what may help, `reports` writes findings down; `examples` try the shapes themselves,
`baseline` tells what is new, `inputs` knows what is validated against what. No command line is read here.
"""

from amcc_kg.validation.engine.engines import ENGINES
from amcc_kg.validation.findings.report import Finding, Notice, Report, Severity
from amcc_kg.validation.inputs.check import validate_paths
from amcc_kg.validation.reports import FORMATS, render
from amcc_kg.validation.verdict import validate

__all__ = [
    "ENGINES",
    "FORMATS",
    "Finding",
    "Notice",
    "Report",
    "Severity",
    "render",
    "validate",
    "validate_paths",
]
