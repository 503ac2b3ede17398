"""What may be chosen on the command line, where there is a choice of a few."""

from __future__ import annotations

from enum import StrEnum


class AnswerFormat(StrEnum):
    """How an answer is written; the names are those of `amcc_kg.graph.formats.FORMATS`."""

    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    XML = "xml"
    MARKDOWN = "markdown"
    TURTLE = "turtle"
    NTRIPLES = "ntriples"


class ListFormat(StrEnum):
    """How a list of queries is written."""

    TEXT = "text"
    JSON = "json"


class ProofFormat(StrEnum):
    """How an explanation is written; the names are those of `amcc_kg.explain.explanation.FORMATS`."""

    TEXT = "text"
    JSON = "json"
    TURTLE = "turtle"
    MERMAID = "mermaid"
    SVG = "svg"
    HTML = "html"


class Reasoner(StrEnum):
    """What closes the graph; the names are those of `amcc_kg.reasoning.closure`."""

    RULES = "rules"
    OWLRL = "owlrl"
